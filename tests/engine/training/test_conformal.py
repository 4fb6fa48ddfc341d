import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.training.conformal import ALPHA, LEAST_PATIENTS, both_classes, by_person, ruled_out_below

scores = st.lists(st.floats(-50, 50), min_size=2, max_size=60)
levels = st.sampled_from([0.05, 0.1, 0.2, 0.5])


@given(scores, levels)
def test_of_any_exchangeable_patients_no_more_than_alpha_are_ruled_out(drawn, alpha):
    """Each of n + 1 patients is judged by the n others: exact, for any numbers, ties and all."""
    wrong = 0
    for i, one in enumerate(drawn):
        bound = ruled_out_below(np.array(drawn[:i] + drawn[i + 1 :]), alpha)
        wrong += bound is not None and one < bound
    assert wrong <= alpha * len(drawn) + 1e-9


@given(st.integers(1, 40), levels)
def test_with_too_few_patients_nothing_is_ruled_out(n, alpha):
    bound = ruled_out_below(np.arange(float(n)), alpha)

    assert (bound is None) == (n < round(1 / alpha) - 1)


def test_the_least_number_of_patients_is_enough_to_rule_out():
    assert ruled_out_below(np.arange(float(LEAST_PATIENTS)), ALPHA) == 0.0


def test_coverage_on_new_patients_is_what_was_promised():
    draw = np.random.default_rng(5)
    missed = []
    for _ in range(300):
        bound = ruled_out_below(draw.normal(1, 1, 25))
        missed.append(np.mean(draw.normal(1, 1, 400) < bound))

    assert np.mean(missed) == pytest.approx(2 / 26, abs=0.015)  # floor(26 * 0.1) of 26
    assert np.mean(missed) <= ALPHA


def test_films_of_one_person_are_one_witness():
    lowest = by_person(np.array([3.0, 1.0, 2.0]), ["a", "a", "b"])

    assert sorted(lowest) == [1.0, 2.0]
    many = both_classes(np.arange(40.0), np.repeat([1.0, 0.0], 20), ["one"] * 20 + list(map(str, range(20))))
    assert many[0] is None  # twenty films of one patient say no more than one
    assert many[1] == 38.0


def test_absence_is_ruled_out_from_above():
    truth = np.repeat([1.0, 0.0], 30)
    logits = np.concatenate([np.linspace(0, 3, 30), np.linspace(-3, 0.5, 30)])
    below, above = both_classes(logits, truth, list(map(str, range(60))))

    assert np.mean(logits[truth == 1] < below) <= ALPHA
    assert np.mean(logits[truth == 0] > above) <= ALPHA
    assert math.isfinite(below)
    assert above > below - 1
