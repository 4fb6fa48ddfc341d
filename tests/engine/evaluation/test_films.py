import csv
import json

import pytest

from consent.record import Purpose
from engine.errors import BadTable
from engine.evaluation.films import evaluate
from tests.engine.scripted import ScriptedFilmReader

TRUTHS = ["effusion", "no_finding"] * 12
ANSWERS = [
    {"effusion": 0.9 - i / 100, "abnormal": 0.8} if i % 2 == 0 else {"effusion": 0.2, "abnormal": 0.3}
    for i in range(24)
]


@pytest.fixture
def manifest(tmp_path):
    lines = ["file,labels,patient_id"]
    for i, label in enumerate(TRUTHS):
        (tmp_path / f"{i}.png").write_bytes(b"film")
        lines.append(f"{i}.png,{label},P{i // 2}")
    path = tmp_path / "films.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def no_progress(_step, _share):
    pass


def test_each_finding_is_measured_with_n_and_interval(manifest):
    found = evaluate(manifest, ScriptedFilmReader(ANSWERS), None, no_progress)

    effusion = found["labels"]["effusion"]
    assert found["films"] == 24
    assert found["patients"] == 12
    assert (effusion["n"], effusion["positives"], effusion["auc"]) == (24, 12, 1.0)
    assert effusion["low"] == effusion["high"] == 1.0
    assert effusion["ece"] == pytest.approx(0.206, abs=0.01)
    assert effusion["ece_low"] <= effusion["ece"] <= effusion["ece_high"]
    assert effusion["brier"] == pytest.approx(0.0425, abs=0.01)
    assert effusion["called_unlikely_with_it"] == 0
    assert sum(b["n"] for b in effusion["bins"]) == 24
    assert found["labels"]["abnormal"]["auc"] == 1.0


def test_an_abstained_finding_has_no_number(manifest):
    mass = evaluate(manifest, ScriptedFilmReader(ANSWERS), None, no_progress)["labels"]["mass"]

    assert (mass["n"], mass["positives"], mass["abstained"], mass["bins"]) == (0, 0, 24, [])
    assert {key for key, value in mass.items() if value is None} >= {"auc", "low", "high", "ece", "brier"}


def test_every_film_is_read_under_its_own_permit_for_evaluation(manifest):
    reader = ScriptedFilmReader(ANSWERS)
    evaluate(manifest, reader, None, no_progress)

    assert {permit.purpose for permit in reader.permits} == {Purpose.EVALUATION}
    assert len({permit.patient for permit in reader.permits}) == 12


def test_predictions_are_written_one_row_per_answer(manifest, tmp_path):
    evaluate(manifest, ScriptedFilmReader(ANSWERS), tmp_path / "p.csv", no_progress)

    with (tmp_path / "p.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    assert list(rows[0]) == ["file", "label", "probability", "abstained"]
    assert len(rows) == 24 * 15
    assert next(r for r in rows if r["label"] == "mass") == {
        "file": "0.png",
        "label": "mass",
        "probability": "",
        "abstained": "true",
    }


def test_a_broken_film_is_named_and_the_rest_goes_on(manifest):
    (manifest.parent / "3.png").write_bytes(b"broken")
    (manifest.parent / "4.png").unlink()

    found = evaluate(manifest, ScriptedFilmReader(ANSWERS), None, no_progress)

    assert found["films"] == 22
    assert [bad["file"] for bad in found["unreadable"]] == ["3.png", "4.png"]
    assert found["unreadable"][1]["reason"] == "No such file or directory."
    assert all(bad["reason"] for bad in found["unreadable"])


def test_a_folder_a_device_and_a_huge_file_are_not_opened(manifest):
    with (manifest.parent / "huge.png").open("wb") as made:
        made.truncate(60 * 1024**3)  # takes no room: a hole
    with manifest.open("a", encoding="utf-8") as table:
        table.write("\n/dev/zero,mass,P90\n,mass,P91\nhuge.png,mass,P92\n")

    found = evaluate(manifest, ScriptedFilmReader(ANSWERS), None, no_progress)

    assert found["films"] == 24
    assert [bad["reason"] for bad in found["unreadable"]] == [
        "This is no ordinary file.",
        "This is no ordinary file.",
        "The file is larger than 256 MB.",
    ]


def test_labels_are_understood_in_any_case_and_unknown_ones_are_listed(manifest):
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace("effusion", "Effusion|Ghost", 1), encoding="utf-8")

    found = evaluate(manifest, ScriptedFilmReader(ANSWERS), None, no_progress)

    assert found["unknown_labels"] == ["ghost"]
    assert found["labels"]["effusion"]["positives"] == 12


def test_an_absurd_age_does_not_end_an_evaluation(manifest):
    lines = manifest.read_text(encoding="utf-8").splitlines()
    aged = [
        f"{lines[0]},age",
        f"{lines[1]},99999",
        f"{lines[2]},-20000",
        *(f"{line},50" for line in lines[3:]),
    ]
    manifest.write_text("\n".join(aged), encoding="utf-8")

    assert evaluate(manifest, ScriptedFilmReader(ANSWERS), None, no_progress)["films"] == 24


def test_a_table_that_is_none_is_refused(tmp_path):
    with pytest.raises(BadTable):
        evaluate(tmp_path / "none.csv", ScriptedFilmReader([]), None, no_progress)


def test_only_the_chosen_split_is_measured(manifest):
    lines = manifest.read_text(encoding="utf-8").splitlines()
    split = [
        f"{lines[0]},split",
        *(f"{line},{'train' if i < 14 else 'val'}" for i, line in enumerate(lines[1:])),
    ]
    manifest.write_text("\n".join(split), encoding="utf-8")
    found = evaluate(manifest, ScriptedFilmReader(ANSWERS), None, no_progress, split="val")

    assert (found["films"], found["split"]) == (10, "val")
    with pytest.raises(BadTable, match="no film of the split"):
        evaluate(manifest, ScriptedFilmReader(ANSWERS), None, no_progress, split="test")


def test_everything_else_stands_beside_the_labels(manifest):
    found = evaluate(manifest, ScriptedFilmReader(ANSWERS), None, no_progress, by=("sex", "view"))

    assert found["groups"].keys() == {"sex", "view"}
    assert found["floors"]["effusion"]["model"]["value"] == 1.0
    assert found["source_shortcut"] is None
    assert found["labels_from_report"] == found["labels"]
    assert found["consistency"]["mirrored"]["effusion"]["most"] == 0
    assert found["symptoms"] | {"each": {}} == {"n": 12, "each": {}, "limit": 0.05, "alarm": False}
    assert found["bedside"]["each"]["spo2_pct"]["most"] == 0
    assert found["bedside"]["each"]["spo2_pct"]["texts"] == 18
    assert json.loads(json.dumps(found)) == found
