import numpy as np
import pytest

from engine.evaluation.metrics import calibration_error
from engine.evaluation.reliability import bins, honest_error, reliability

DRAW = np.random.default_rng(1)
P = DRAW.random(500)
TRUTH = (DRAW.random(500) < P).astype(float)
PEOPLE = list(map(str, range(500)))


def test_bins_hold_every_film_and_explain_the_error():
    found = bins(TRUTH, P)

    assert sum(b.n for b in found) == 500
    assert [b.p for b in found] == sorted(b.p for b in found)
    gap = sum(b.n * abs(b.p - b.share) for b in found) / 500
    assert gap == pytest.approx(calibration_error(TRUTH, P))
    assert bins(TRUTH[:9], P[:9]) == ()


def test_even_honest_probabilities_show_an_error_that_shrinks_with_films():
    few, many = honest_error(P[:60]), honest_error(np.tile(P, 8))

    assert few > 0.08
    assert many < 0.03
    assert honest_error(P[:9]) is None


def test_a_boast_is_told_from_an_honest_answer():
    honest, boast = reliability(TRUTH, P, PEOPLE), reliability(TRUTH, np.where(P > 0.5, 0.99, 0.01), PEOPLE)

    assert honest.ece.value < 2 * honest.honest
    assert boast.ece.low > boast.honest
    assert boast.brier.value > honest.brier.value
    assert honest.brier.low < honest.brier.value < honest.brier.high
    assert (honest.n, honest.positives) == (500, int(TRUTH.sum()))
