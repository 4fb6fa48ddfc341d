import json
import subprocess
import sys

from dashboard.parts.model_record import ModelRecord, load


def test_losses_of_one_number_and_of_several_are_both_lines():
    record = ModelRecord(
        run={
            "tower_losses": [0.6, 0.5],
            "language_losses": {"total": [2.0, 1.0], "findings": [None, 0.4]},
        }
    )
    assert record.losses("tower") == {"total": [0.6, 0.5]}
    assert record.losses("language") == {"total": [2.0, 1.0], "findings": [None, 0.4]}
    assert ModelRecord().losses("tower") == {}


def test_a_folder_without_papers_is_empty(tmp_path):
    assert load(tmp_path) == ModelRecord()
    (tmp_path / "calibration.json").write_text(
        json.dumps({"mass": {"assessed": True}, "hernia": {"assessed": False}})
    )
    assert load(tmp_path).answered == ["mass"]


def test_the_papers_are_those_of_the_weights_in_use_and_no_figure_of_others_is_among_them(
    tmp_path, monkeypatch
):
    shipped = load()
    assert shipped.evaluation
    assert shipped.passport

    (tmp_path / "run.json").write_text(json.dumps({"delta_sha256": "ours"}))
    for name in ("evaluation.json", "passport.json"):
        (tmp_path / name).write_text(json.dumps({"delta_sha256": "theirs"}))
    monkeypatch.setenv("FIRSTREAD_DELTA", str(tmp_path))
    house = load()
    assert house.run == {"delta_sha256": "ours"}
    assert (house.evaluation, house.passport, house.card) == ({}, {}, "")

    monkeypatch.setenv("FIRSTREAD_MODEL_URL", "http://127.0.0.1:9/v1")
    assert load() == ModelRecord()


def test_reading_the_papers_imports_no_torch():
    code = "import sys, dashboard.parts.model_charts; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
