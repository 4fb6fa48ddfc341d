import json
import re
from pathlib import Path

from engine.evaluation.markdown import number, spread, table, write_section
from engine.evaluation.tables import TITLE
from engine.passport import SHIPPED as PASSPORT


def test_a_section_takes_the_place_of_the_one_before_and_leaves_the_rest(tmp_path):
    path = tmp_path / "evaluation.md"
    path.write_text(
        "# Evaluation\n\n## Impressions\n\nkept\n\n## Findings\n\nold\n\n### Goals\n\nold\n\n## Where\n\nkept too\n"
    )
    write_section(path, [TITLE, "", "new", ""])

    assert path.read_text() == (
        "# Evaluation\n\n## Impressions\n\nkept\n\n## Findings\n\nnew\n\n## Where\n\nkept too\n"
    )
    write_section(path, [TITLE, "", "newer", ""])
    assert path.read_text().count(TITLE) == 1


def test_a_new_section_comes_last(tmp_path):
    write_section(tmp_path / "new.md", [TITLE, "", "first"])

    assert (tmp_path / "new.md").read_text() == "# Evaluation\n\n## Findings\n\nfirst\n"


def test_a_value_without_an_interval_says_so():
    assert spread({"value": 0.5, "low": 0.4, "high": 0.61}) == "0.50 (0.40 to 0.61)"
    assert spread({"value": 0.5, "low": None, "high": None}) == "0.50"
    assert spread({"value": None, "low": None, "high": None}) == "not estimable"
    assert number(None) == "–"


def test_a_table_has_as_many_cells_in_every_line():
    lines = table(("a", "b", "c"), [(1, 2, 3)], left=2)

    assert {line.count("|") for line in lines if line} == {4}


def test_figures_are_of_the_shipped_weights_or_say_whose_they_are():
    shipped = json.loads(
        PASSPORT.read_text(encoding="utf-8")
    )  # its own test holds it against the shipped delta
    ours = {row["sha256"][:12] for row in shipped["widths"].values()}
    text = (Path(__file__).parents[3] / "docs" / "evaluation.md").read_text(encoding="utf-8")
    made = [line for line in text.splitlines() if "with the checkpoint " in line]

    assert len(made) >= 3
    for line in made:
        (checkpoint,) = re.findall(r"with the checkpoint ([0-9a-f]{12})", line)
        assert checkpoint in ours or line.startswith("Made by `FIRSTREAD_DELTA=DIR "), line[:200]
