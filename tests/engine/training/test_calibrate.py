import math

import numpy as np
import pytest

from engine.evaluation.metrics import calibration_error
from engine.training.calibrate import calibrate_label, platt

DRAW = np.random.default_rng(3)
CHANCE = DRAW.random(600)
TRUTH = (DRAW.random(600) < CHANCE).astype(float)
LOGITS = 3.0 * np.log(CHANCE / (1 - CHANCE)) + 1.0  # far too sure, and shifted
PEOPLE = list(map(str, range(600)))


def test_a_boastful_score_becomes_a_probability():
    slope, offset = platt(LOGITS, TRUTH)
    p = 1 / (1 + np.exp(-(slope * LOGITS + offset)))

    assert slope == pytest.approx(1 / 3, rel=0.25)
    assert calibration_error(TRUTH, p) < 0.06
    assert calibration_error(TRUTH, 1 / (1 + np.exp(-LOGITS))) > 0.08


def test_the_order_is_never_turned_around():
    assert platt(-LOGITS, TRUTH)[0] > 0


def test_enough_films_and_better_than_chance_is_answered():
    row = calibrate_label(LOGITS, TRUTH, PEOPLE)

    assert row.assessed
    assert row.n == 600
    assert row.low > 0.5


def test_too_few_positives_or_no_better_than_chance_is_not_answered():
    few = np.where(np.cumsum(TRUTH) <= 9, TRUTH, 0.0)
    noise = DRAW.normal(size=600)

    assert not calibrate_label(LOGITS, few, PEOPLE).assessed
    assert not calibrate_label(noise, TRUTH, PEOPLE).assessed
    assert not calibrate_label(LOGITS, np.zeros(600), PEOPLE).assessed


def test_unknown_labels_are_not_counted():
    truth = TRUTH.copy()
    truth[:100] = math.nan

    assert calibrate_label(LOGITS, truth, PEOPLE).n == 500
