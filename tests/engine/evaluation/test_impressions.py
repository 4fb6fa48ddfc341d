import csv

import pytest

from engine.errors import BadTable
from engine.evaluation.impressions import compare, evaluate, fact_agreement, read_pairs
from tests.engine.scripted import ScriptedFilmReader

PAIRS = 'findings,impression\n"There is a left pleural effusion.","Left pleural effusion."\n"No pneumothorax.",\n"Clear lungs.","No acute cardiopulmonary abnormality."\n'


@pytest.fixture
def pairs(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text(PAIRS, encoding="utf-8")
    return path


def test_rows_that_lack_a_half_are_left_out(pairs):
    assert len(read_pairs(pairs)) == 2


def test_three_styles_are_scored_and_written(pairs, tmp_path):
    found = evaluate(pairs, ScriptedFilmReader([]), tmp_path / "p.csv", lambda _step, _share: None)

    assert set(found["styles"]) == {"brief", "bullet", "comprehensive"}
    scores = found["styles"]["comprehensive"]
    assert scores["n"] == 2
    assert scores["rougeL_low"] <= scores["rougeL"] <= scores["rougeL_high"]
    with (tmp_path / "p.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    assert list(rows[0]) == ["row", "style", "text"]
    assert len(rows) == 6


def test_a_perfect_text_scores_a_hundred_and_another_little():
    reference = ["No acute cardiopulmonary abnormality."]

    assert compare(reference, reference)["rougeL"] == pytest.approx(100)
    assert compare(reference, reference)["chrf"] == pytest.approx(100)
    assert compare(["Large mass."], reference)["rougeL"] == 0


def test_agreement_hears_a_flipped_negation_and_side():
    right, wrong = "There is a left effusion.", "There is no left effusion."

    assert fact_agreement([right], [right]) == 100
    assert fact_agreement([wrong], [right]) == 0
    assert fact_agreement(["There is a right effusion."], [right]) == 0
    assert fact_agreement(["Fine."], ["Good."]) is None


def test_a_table_without_its_columns_is_refused(tmp_path):
    (tmp_path / "p.csv").write_text("a,b\n1,2\n", encoding="utf-8")

    with pytest.raises(BadTable, match="findings and impression"):
        read_pairs(tmp_path / "p.csv")
