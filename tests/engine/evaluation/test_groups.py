import pytest

from engine.evaluation.groups import KEYS, age_band, groups
from tests.engine.evaluation.table import a_film, answered
from triage.study import Sex

WOMEN = [a_film(i, ("effusion",) if i % 2 else ("no_finding",), sex=Sex.FEMALE, view="PA") for i in range(40)]
MEN = [a_film(100 + i, ("effusion",), sex=Sex.MALE, view="AP") for i in range(12)]
FEW = [a_film(200 + i, sex=Sex.UNKNOWN, view="LATERAL") for i in range(9)]
GIVEN = [0.6 if i % 2 else 0.1 for i in range(40)] + [0.6] * 9 + [0.1] * 3 + [0.1] * 9


def found(*by):
    return groups(answered(WOMEN + MEN + FEW, effusion=GIVEN, mass=[None] * 61), by)


def test_each_group_has_its_own_figures_with_intervals():
    women = found("sex")["sex"]["female"]
    effusion = women["labels"]["effusion"]

    assert women["n"] == 40
    assert effusion["positives"] == 20
    assert effusion["auc"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert effusion["false_alarms"]["value"] == 0
    assert "mass" not in women["labels"]


def test_what_one_class_allows_is_said_and_no_more():
    men = found("sex")["sex"]["male"]["labels"]["effusion"]

    assert men["noticed"]["value"] == pytest.approx(9 / 12)
    assert men["noticed"]["low"] < 9 / 12 < men["noticed"]["high"]
    assert men["auc"]["value"] is men["false_alarms"]["value"] is None


def test_a_small_cell_is_hidden_to_its_count():
    assert found("sex")["sex"]["unknown"] == {"n": None, "labels": {}}
    assert found("view")["view"].keys() == {"AP", "LATERAL", "PA"}
    assert found() == {}


@pytest.mark.parametrize(
    ("age", "band"), [(17, "under 18"), (18, "18 to 39"), (75, "75 and older"), (None, "unknown")]
)
def test_age_comes_in_bands(age, band):
    assert age_band(a_film(1, age=age)) == band


def test_every_key_names_every_film():
    assert {name: key(a_film(1)) for name, key in KEYS.items()} == dict.fromkeys(KEYS, "unknown")
