import numpy as np
import pytest

from engine.evaluation.consistency import BENDS, certainty_steps, consistency, shifted
from engine.model.config import HEAD
from tests.engine.evaluation.table import a_film, answered
from triage.finding import Certainty, Finding

PIXELS = np.arange(100 * 200, dtype=np.float32).reshape(100, 200)


def test_a_shift_moves_the_film_and_keeps_its_size():
    moved = shifted(0.03, 0)(PIXELS)

    assert moved.shape == PIXELS.shape
    assert (moved[3:] == PIXELS[:-3]).all()
    assert (moved[:3] == PIXELS[0]).all()
    assert (BENDS["3 % left"](PIXELS)[:, :-6] == PIXELS[:, 6:]).all()


def test_mirroring_twice_is_the_film():
    assert (BENDS["mirrored"](BENDS["mirrored"](PIXELS)) == PIXELS).all()
    assert (BENDS["as it is"](PIXELS) == PIXELS).all()


def test_words_are_counted_as_the_findings_say_them():
    words = [c for c in Certainty if c is not Certainty.NOT_ASSESSED]
    for p in (0.0, 0.19, 0.2, 0.49, 0.5, 0.79, 0.8, 1.0):
        assert words[certainty_steps(np.array([p]))[0]] is Finding("mass", p).certainty


def test_change_and_changed_words_are_reported_for_each_answered_finding():
    answers = answered([a_film(i) for i in range(4)], effusion=[0.1, 0.3, 0.6, 0.9], mass=[None] * 4)
    answers.bent["mirrored"][:, HEAD.index("effusion")] += [0.05, 0.05, 0.0, -0.3]
    found = consistency(answers)

    assert found["mirrored"]["effusion"] == pytest.approx(
        {"n": 4, "mean": 0.1, "most": 0.3, "word_changed": 0.25}
    )
    assert found["3 % up"]["effusion"]["most"] == 0
    assert "mass" not in found["mirrored"]
