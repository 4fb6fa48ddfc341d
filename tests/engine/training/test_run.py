"""A whole run of training, small: from a table of films to weights that read, stopped on the way and gone on with."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from engine import selftest
from engine.model.calibration import load_calibration
from engine.model.config import HEAD
from engine.model.delta import load_delta
from engine.training.card import card_of
from engine.training.language import LanguageSettings
from engine.training.tower import TowerSettings
from engine.training.train import TrainSettings, run
from tests.films import a_chest

COLUMNS = "file,patient_id,split,labels,label_source,view,age,sex,source,shippable\n"


class Stopped(Exception):
    """The machine went off."""


@pytest.fixture
def settings(tmp_path):
    """Two epochs of towers and two steps of words, from twelve films of as many patients."""
    rows = []
    for i in range(16):
        Image.fromarray((a_chest(i) * 255).astype(np.uint8)).save(tmp_path / f"{i}.png")
        label, split = ("effusion" if i % 2 else "no_finding"), ("val" if i >= 12 else "train")
        rows.append(f"{i}.png,P{i},{split},{label},NLP of report,PA,{40 + i},F,NIH-ChestX-ray14,true")
    table = tmp_path / "films.csv"
    table.write_text(COLUMNS + "\n".join(rows) + "\n", encoding="utf-8")
    return TrainSettings(
        table,
        out=tmp_path / "weights",
        work=tmp_path / "work",
        simulated=2,
        folds=2,
        worded=3,
        tower=TowerSettings(epochs=2, batch=6),
        language=LanguageSettings(steps=2, batch=1, keep_every=1),
    )


def no_progress(_step, _share):
    pass


def until(stage, number):
    """The machine goes off when this stage says so many times that it went on."""
    left = [number]

    def stop(step, _share):
        left[0] -= step == stage
        if not left[0]:
            raise Stopped

    return stop


@pytest.mark.slow
def test_a_run_that_was_stopped_goes_on_to_the_same_end(settings, tmp_path):
    steps = []
    record = run(settings, lambda step, share: steps.append((step, share)))

    out = settings.out
    assert json.loads((out / "run.json").read_text(encoding="utf-8")) == json.loads(json.dumps(record))
    assert record["films"] == {"taught": 12, "simulated": 2, "val": 4}
    assert len(record["tower_losses"]) == 2
    assert {name: len(curve) for name, curve in record["language_losses"].items()} == {
        "total": 2,
        "findings": 2,
        "text": 2,
    }
    assert {step for step, _ in steps} >= {
        "simulated films",
        "tower",
        "features",
        "language",
        "delta written",
    }
    assert any(up.any() for _, up in load_delta(out / "delta.safetensors").low_rank.values())
    assert set(json.loads((out / "calibration.json").read_text(encoding="utf-8"))) == set(HEAD)
    assert load_calibration(out / "calibration.json")
    assert (out / "MODEL_CARD.md").read_text(encoding="utf-8") == card_of(out)
    assert selftest.load(out / selftest.SHIPPED.name, out / "delta.safetensors")

    again = replace(settings, out=tmp_path / "again", work=tmp_path / "other")
    for stage, number in (("tower", 3), ("language", 1)):
        with pytest.raises(Stopped):
            run(again, until(stage, number))
    finished = run(again, no_progress)
    # Bit for bit on a quiet machine; on a busy one threads may add in another order.
    assert finished["tower_losses"] == pytest.approx(record["tower_losses"], rel=0.01)
    for name, curve in record["language_losses"].items():
        assert finished["language_losses"][name] == pytest.approx(curve, rel=0.05), name
