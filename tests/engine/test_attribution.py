import json

import numpy as np
import pytest
import torch

from engine.attribution import STEPS, explain, foremost_features, pixel_parts, take_apart
from engine.model.config import CLINICAL, HEAD
from engine.model.vision import to_input
from tests.engine.model.tiny import a_model

SQUARE = torch.rand(32, 32, generator=torch.Generator().manual_seed(3))


def a_patient(**values):
    x = torch.full((1, len(CLINICAL)), float("nan"))
    for slot, value in values.items():
        x[0, list(CLINICAL).index(slot)] = value
    return x


def logit(model, x, name, square=SQUARE):
    with torch.no_grad():
        return float(model.look(to_input(square[None]), x)[2][0, HEAD.index(name)])


def parts_of(model, x, name="effusion"):
    return take_apart(model, SQUARE, x, name)


@pytest.mark.parametrize("name", HEAD)
def test_the_parts_of_an_answer_are_the_answer(name):
    model, x = a_model(), a_patient(spo2_pct=-2.0, glucose_mmol_l=1.5)
    parts = parts_of(model, x, name)

    assert parts.film + sum(parts.clinical.values()) + parts.constant == pytest.approx(
        logit(model, x, name), abs=1e-5
    )
    assert parts.features.sum() == pytest.approx(parts.film, abs=1e-5)


def test_a_value_adds_what_changing_it_changes():
    model = a_model()
    low, centre = a_patient(spo2_pct=-2.0), a_patient(spo2_pct=0.0)

    assert parts_of(model, centre).clinical["spo2_pct"] == 0
    assert parts_of(model, low).clinical["spo2_pct"] == pytest.approx(
        logit(model, low, "effusion") - logit(model, centre, "effusion"), abs=1e-5
    )


def test_what_was_not_measured_is_named_so_and_is_not_normal():
    parts = parts_of(a_model(), a_patient(spo2_pct=1.0))

    assert len(parts.clinical) == len(CLINICAL)
    assert parts.clinical["lactate_mmol_l not measured"] != 0
    assert "lactate_mmol_l" not in parts.clinical


def test_the_foremost_tenth_holds_the_largest_parts():
    parts = parts_of(a_model(), a_patient(spo2_pct=4.0))
    top = foremost_features(parts)
    weights = np.abs([*parts.features, *parts.clinical.values()])

    assert top.count == round(len(weights) / 10) == len(top.channels) + len(top.clinical)
    assert top.share == pytest.approx(np.sort(weights)[-top.count :].sum() / weights.sum())
    assert 0.1 < top.share <= 1


@pytest.mark.parametrize("name", ["effusion", "abnormal"])
def test_the_pixels_add_up_to_the_change_of_the_answer(name):
    model, x = a_model(), a_patient(spo2_pct=-1.0)
    found = pixel_parts(model, SQUARE, x, name)
    change = logit(model, x, name) - logit(model, x, name, torch.full_like(SQUARE, float(SQUARE.mean())))

    assert found.complete
    assert found.pixels.shape == SQUARE.shape
    assert found.pixels.sum() == pytest.approx(change, rel=0.01)
    assert found.delta == pytest.approx(found.pixels.sum() - change, abs=1e-5)
    assert found.steps in STEPS


def test_parts_that_do_not_add_up_are_tried_with_more_steps_and_then_told(monkeypatch):
    monkeypatch.setattr("engine.attribution.STEPS", (2, 4))
    monkeypatch.setattr("engine.attribution.COMPLETE", 0.0)
    found = pixel_parts(a_model(), SQUARE, a_patient(), "effusion")

    assert found.steps == 4
    assert not found.complete


def test_pixels_of_another_answer_and_of_another_network_are_others():
    model, x = a_model(), a_patient()
    ours = pixel_parts(model, SQUARE, x, "effusion").pixels
    with torch.no_grad():
        model.finding_head.weight.normal_(generator=torch.Generator().manual_seed(9))
    theirs = pixel_parts(model, SQUARE, x, "effusion").pixels

    assert abs(np.corrcoef(ours.ravel(), theirs.ravel())[0, 1]) < 0.9


def test_an_explanation_is_plain_numbers_that_add_up():
    pixels = np.random.default_rng(5).random((80, 64), np.float32)
    told = json.loads(json.dumps(explain(a_model(), pixels, a_patient(spo2_pct=-2.0), "effusion")))

    assert told["film"] + told["constant"] + sum(told["clinical"].values()) == pytest.approx(
        told["logit"], abs=1e-5
    )
    assert sum(told["pixels"]["where"].values()) == pytest.approx(1)
    assert set(told["pixels"]["where"]) == {
        f"{s} {t}" for s in ("left", "right") for t in ("upper", "middle", "lower")
    }
    assert told["pixels"]["complete"] == (told["pixels"]["completeness_error"] < 0.01)
