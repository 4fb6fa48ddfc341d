from dataclasses import astuple

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from engine.evaluation.metrics import (
    Interval,
    auc,
    auc_interval,
    brier,
    by_patient,
    calibration_error,
    interval,
)

DRAW = np.random.default_rng(0)
TRUTH = (DRAW.random(200) < 0.3).astype(float)
SCORES = np.round(TRUTH + DRAW.normal(0, 1, 200), 1)  # rounded, so that there are ties
PATIENTS = [str(i // 2) for i in range(200)]


def test_auc_agrees_with_another_implementation_ties_and_all():
    assert auc(TRUTH, SCORES) == pytest.approx(roc_auc_score(TRUTH, SCORES), abs=1e-12)


def test_one_class_alone_has_no_auc():
    assert auc(np.ones(5), SCORES[:5]) is None


def test_the_interval_holds_the_value_and_is_the_same_each_time():
    first = auc_interval(TRUTH, SCORES, PATIENTS, draws=300)

    assert first.low < first.value < first.high
    assert first == auc_interval(TRUTH, SCORES, PATIENTS, draws=300)


def test_films_of_one_person_come_together():
    for rows in by_patient(["a", "a", "b", "c"], 50, seed=1):
        assert np.count_nonzero(rows == 0) == np.count_nonzero(rows == 1)


def test_more_films_of_the_same_people_do_not_narrow_the_interval():
    once = auc_interval(TRUTH, SCORES, list(map(str, range(200))), draws=300)
    thrice = auc_interval(np.tile(TRUTH, 3), np.tile(SCORES, 3), list(map(str, range(200))) * 3, draws=300)

    assert thrice.high - thrice.low == pytest.approx(once.high - once.low, abs=1e-9)


def test_calibration_error_is_the_gap_between_word_and_world():
    honest = np.repeat([0.0, 1.0], 50)

    assert calibration_error(honest, honest) == 0
    assert calibration_error(np.zeros(100), np.full(100, 0.8)) == pytest.approx(0.8)
    assert calibration_error(np.zeros(5), np.zeros(5)) is None


def test_telling_the_strata_apart_earns_nothing_within_them():
    strata = np.repeat(["PA", "AP"], 100)
    truth = np.concatenate([np.tile([0, 0, 0, 1], 25), np.tile([1, 1, 1, 0], 25)])
    by_view = (strata == "AP").astype(float)

    assert auc(truth, by_view) == pytest.approx(0.75)
    people = list(map(str, range(200)))
    assert auc_interval(truth, by_view, people, strata=strata) == Interval(0.5, 0.5, 0.5)
    assert auc_interval(truth, truth + by_view, people, strata=strata) == Interval(1.0, 1.0, 1.0)
    assert auc_interval(np.ones(200), by_view, people, strata=strata) == Interval()


def test_brier_is_the_squared_distance():
    assert brier(np.array([1.0, 0.0]), np.array([0.8, 0.4])) == pytest.approx((0.04 + 0.16) / 2)


def test_pairs_counted_as_often_as_drawn_give_the_interval_of_drawn_films():
    slow = interval(lambda rows: auc(TRUTH[rows], SCORES[rows]), 200, PATIENTS, draws=100)

    assert astuple(auc_interval(TRUTH, SCORES, PATIENTS, draws=100)) == pytest.approx(astuple(slow))
