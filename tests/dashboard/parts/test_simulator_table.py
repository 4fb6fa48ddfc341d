import csv
from io import StringIO

import pytest

from dashboard.commands.simulate import as_data
from dashboard.parts.simulator_table import as_csv, table
from triage.waiting.setting import Disease, Group, Setting
from triage.waiting.simulation import Plan, simulate

GROUPS = (
    Group("ct", 0.5, 10, (Disease("bleed", 0.2, 10, 1, 0.95, 0.9),)),
    Group("film", 0.5, 10, (Disease("mass <b>", 0.2, 10, 2),)),
)


@pytest.fixture(scope="module")
def result():
    return as_data(simulate(Setting(GROUPS, 0.9, 1, 0.05), Plan(3000, 8, 3)))


def test_the_table_holds_theory_and_escapes_names(result):
    drawn = str(table(result))
    assert "mass &lt;b&gt; (no AI)" in drawn
    assert drawn.count("<tr>") == 1 + len(result["outcomes"])


def test_the_csv_has_every_set_with_its_intervals(result):
    rows = list(csv.DictReader(StringIO(as_csv(result))))
    assert [r["set"] for r in rows] == [o["name"] for o in result["outcomes"]]
    diseased = rows[1]
    assert float(diseased["difference_mean_low"]) < float(diseased["difference_mean_value"])
    assert float(diseased["with_theory"]) > 0
    assert next(r for r in rows if r["set"] == "disease: mass <b>")["has_ai"] == "False"
