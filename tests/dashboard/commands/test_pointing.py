"""`firstread evaluate pointing` plays the game with whatever draws a map, and writes its section."""

import json

import numpy as np
import pytest
from PIL import Image

from dashboard import cli
from dashboard.commands import pointing
from dashboard.evaluation_trail import EvaluationTrail
from engine.model.calibration import Calibration
from engine.model.config import HEAD
from engine.model.load import LoadedModel
from engine.reader import FilmReader
from tests.engine.model.tiny import a_model
from tests.engine.scripted import ScriptedFilmReader
from tests.engine.test_reader import a_tokenizer


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """The arguments for one boxed film and one simulated effusion."""
    monkeypatch.setenv("FIRSTREAD_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("engine.evaluation.pointing.SHOWS", {"effusion": ("effusion",)})
    noise = np.random.default_rng(0).integers(0, 255, (96, 96), np.uint8)
    Image.fromarray(noise).save(tmp_path / "nih_1_000.png")
    (tmp_path / "films.csv").write_text("file,labels,split\nnih_1_000.png,mass,val\n")
    (tmp_path / "boxes.csv").write_text("image,finding,x,y,w,h\n1_000.png,Mass,0,0,1024,1024\n")
    return ["evaluate", "pointing", "--json", "--manifest", str(tmp_path / "films.csv"), "--boxes",
            str(tmp_path / "boxes.csv"), "--simulated", "1", "--markdown", str(tmp_path / "evaluation.md")]  # fmt: skip


def load_with(monkeypatch, reader):
    monkeypatch.setattr(pointing, "load_model", lambda _home, _progress: reader)


def test_boxes_and_lesions_are_pointed_at_and_the_section_is_written(asked, monkeypatch, tmp_path, capsys):
    reader = FilmReader(
        LoadedModel(a_model(), "fp32", "b" * 64), a_tokenizer(), Calibration(dict.fromkeys(HEAD, (1.0, 0.0)))
    )
    load_with(monkeypatch, reader)

    assert cli.main(asked) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [(row["group"], row["kind"], row["n"]) for row in answer["table"]] == [
        ("boxed films", "mass", 1), ("boxed films", "all", 1), ("simulated", "effusion", 1), ("simulated", "all", 1),
    ]  # fmt: skip
    assert answer["table"][0]["hits"] == 1
    written = (tmp_path / "evaluation.md").read_text()
    assert "## Where it looked" in written
    assert "firstread evaluate pointing --manifest films.csv --boxes boxes.csv" in written
    (place,) = EvaluationTrail(tmp_path / "home").chain()
    assert place.event.entity == "table/boxes.csv"


def test_a_model_that_draws_no_map_is_a_sentence(asked, monkeypatch, capsys):
    load_with(monkeypatch, ScriptedFilmReader([]))

    assert cli.main(asked) == 1
    assert "draws no map" in capsys.readouterr().err
