import csv
import os
from pathlib import Path

import pytest

from engine.errors import BadTable
from engine.evaluation.floors import floors
from engine.evaluation.impressions import JUDGED, TAUGHT, abnormal, evaluate, read_pairs
from engine.evaluation.texts import compare
from tests.engine.scripted import ScriptedFilmReader
from triage.reading import Style

PAIRS = 'findings,impression\n"There is a left pleural effusion.","Left pleural effusion."\n"No pneumothorax.",\n"Clear lungs.","No acute cardiopulmonary abnormality."\n'
SPLIT = "findings,impression,split\nClear lungs.,Normal.,train\nRight mass.,Right mass.,val\nLungs clear.,Fine.,test\n"
REPORTS = Path(os.environ.get("FIRSTREAD_DATA", "../shared/data")) / "reports" / "iu_reports.csv"


@pytest.fixture
def pairs(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text(PAIRS, encoding="utf-8")
    return path


def quiet(_step, _share):
    pass


def test_rows_that_lack_a_half_are_left_out(pairs):
    assert len(read_pairs(pairs)) == 2


def test_a_table_with_a_split_is_judged_on_it_and_copied_from_the_rest(tmp_path):
    path = tmp_path / "split.csv"
    path.write_text(SPLIT, encoding="utf-8")

    assert read_pairs(path, JUDGED) == [("Right mass.", "Right mass.")]
    assert read_pairs(path, TAUGHT) == [("Clear lungs.", "Normal.")]
    assert len(read_pairs(path)) == 3


def test_three_styles_are_scored_and_written(pairs, tmp_path):
    found = evaluate(pairs, ScriptedFilmReader([]), tmp_path / "p.csv", quiet)

    assert set(found["styles"]) == {"brief", "bullet", "comprehensive"}
    scores = found["styles"]["comprehensive"]
    assert scores["n"] == 2
    assert scores["rougeL_low"] <= scores["rougeL"] <= scores["rougeL_high"]
    assert scores["composer_wrote"] == 2
    with (tmp_path / "p.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    assert list(rows[0]) == ["row", "style", "text"]
    assert len(rows) == 6


def test_the_floors_stand_beside_it_over_all_and_over_abnormal_pairs(pairs, tmp_path):
    train = tmp_path / "train.csv"
    train.write_text(
        "findings,impression\nA left effusion.,Effusion.\nClear lungs.,Copied.\n", encoding="utf-8"
    )
    found = evaluate(pairs, ScriptedFilmReader([]), None, quiet, train=train, styles=[Style.BRIEF])

    assert (found["rows"], found["abnormal_rows"], found["pairs_to_copy"]) == (2, 1, 1)
    assert set(found["floors"]) == {"constant", "copy", "naming_sentences", "nearest"}
    assert found["floors"]["constant"]["abnormal"]["rougeL"] == 0
    assert set(found["styles"]) == {"brief"}
    assert found["styles"]["brief"]["over_floors"]["constant"]["n"] == 1
    assert found["negation_flip"]["style"] == found["typing_errors"]["style"] == "brief"


def test_abnormal_rows_name_a_finding_and_come_once():
    rows = [
        ("Left effusion.", "Left effusion."),
        ("left  effusion.", "Effusion."),
        ("Clear.", "No effusion."),
        ("Mass.", "Normal."),
    ]

    assert abnormal(rows) == [0]


def test_findings_that_come_twice_are_written_once(tmp_path):
    path = tmp_path / "twice.csv"
    path.write_text("findings,impression\n" + "Left effusion.,Left effusion.\n" * 3, encoding="utf-8")
    asked = []

    class Counting(ScriptedFilmReader):
        def impressions(self, findings, style):
            asked.extend(findings)
            return super().impressions(findings, style)

    found = evaluate(path, Counting([]), None, quiet, styles=[Style.COMPREHENSIVE])

    assert found["rows"] == 3
    assert asked.count("Left effusion.") == 1


def test_a_table_without_its_columns_is_refused(tmp_path):
    (tmp_path / "p.csv").write_text("a,b\n1,2\n", encoding="utf-8")

    with pytest.raises(BadTable, match="findings and impression"):
        read_pairs(tmp_path / "p.csv")


@pytest.mark.data
@pytest.mark.skipif(not REPORTS.is_file(), reason="the public reports are not here")
def test_on_real_reports_the_constant_sentence_is_worth_little_where_something_is_there():
    rows, taught = read_pairs(REPORTS, JUDGED), read_pairs(REPORTS, TAUGHT)
    few = abnormal(rows)
    free = floors([rows[i] for i in few], taught)
    scores = {name: compare(texts, [rows[i] for i in few])["rougeL"] for name, texts in free.items()}

    assert len(rows) == 382
    assert 60 <= len(few) <= 110
    assert scores["constant"] < scores["copy"] < scores["nearest"]
