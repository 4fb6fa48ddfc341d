import pytest

from engine.evaluation.impression_tables import SHIPPED, section
from engine.evaluation.impressions import evaluate
from tests.engine.scripted import ScriptedFilmReader

PAIRS = """findings,impression
There is a left pleural effusion.,Left pleural effusion.
There is a right pneumothorax. No effusion.,Right pneumothorax.
Clear lungs.,No acute cardiopulmonary abnormality.
"""


@pytest.fixture
def lines(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text(PAIRS, encoding="utf-8")
    found = evaluate(path, ScriptedFilmReader([]), None, lambda _step, _share: None, train=path)
    return section(found, "firstread evaluate impressions", SHIPPED)


def test_floors_and_styles_stand_in_one_table_before_and_after_the_check(lines):
    named = [line.split("|")[1].strip() for line in lines if line.startswith("| ")]

    assert named.count("floor: one constant sentence") == 2
    assert named.count("brief, as the model wrote it") == named.count("**brief, after the check**") == 2
    assert "floor: nearest neighbour (TF-IDF)" not in named  # all that could be copied is also judged


def test_every_row_has_every_cell_and_says_its_n(lines):
    table = [line for line in lines if line.startswith(("| floor", "| brief,", "| **"))]

    assert {line.count("|") for line in table} == {12}
    assert any("(n = 1)" in line for line in table)
    assert "The 2 pairs worth quoting" in "\n".join(lines)


def test_the_command_and_the_tests_of_steadiness_are_told(lines):
    text = "\n".join(lines)

    assert lines[0] == SHIPPED
    assert "`firstread evaluate impressions`" in text
    assert "the text turned with it in" in text
    assert "of 1 critical findings 0 are lost" in text
