import json

import numpy as np
import pytest
from PIL import Image

from dashboard import cli
from dashboard.commands import calibrate
from dashboard.evaluation_trail import EvaluationTrail
from engine.general import GeneralReader
from tests.engine.scripted import ScriptedFilmReader
from triage.reading import ModelIdentity


class Steady:
    """Says yes the more, the brighter a film is."""

    identity, precision = ModelIdentity("steady", "0" * 64, 4), "nf4"

    def yes_over_no(self, film, _context, questions):
        return [float(np.asarray(film).mean()) / 64] * len(questions)


@pytest.fixture
def manifest(tmp_path, monkeypatch):
    monkeypatch.setenv("FIRSTREAD_HOME", str(tmp_path / "home"))
    rows = ["file,labels"]
    for n in range(4):
        Image.fromarray(np.random.default_rng(n).integers(0, 60 * (n + 1), (256, 256), np.uint8)).save(
            tmp_path / f"{n}.png"
        )
        rows.append(f"{n}.png,{'mass' if n > 1 else 'no_finding'}")
    (tmp_path / "films.csv").write_text("\n".join(rows) + "\n")
    return tmp_path / "films.csv"


def test_the_calibration_lies_where_the_reader_looks_for_it_and_the_act_is_on_record(
    manifest, tmp_path, monkeypatch, capsys
):
    reader = GeneralReader(Steady(), admit=lambda _pixels, _study: None)
    monkeypatch.setattr(calibrate, "load_model", lambda _home, _progress: reader)

    assert cli.main(["calibrate", "--json", "--manifest", str(manifest)]) == 0

    answer = json.loads(capsys.readouterr().out)
    made = tmp_path / "home" / "model" / f"served-{'0' * 16}.calibration.json"
    assert answer["calibration"] == str(made)
    assert answer["films"] == 4
    assert json.loads(made.read_text())["findings"]["mass"]["assessed"] is False
    (place,) = EvaluationTrail(tmp_path / "home").chain()
    assert (place.event.action, place.event.purpose) == ("calibrate", "evaluation")


def test_the_embedded_model_is_not_calibrated_here(manifest, monkeypatch, capsys):
    monkeypatch.setattr(calibrate, "load_model", lambda _home, _progress: ScriptedFilmReader([]))

    assert cli.main(["calibrate", "--manifest", str(manifest)]) == 1
    assert "set FIRSTREAD_MODEL" in capsys.readouterr().err
