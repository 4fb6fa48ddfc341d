import json
import math

import numpy as np
import pytest

from engine.evaluation.metrics import calibration_error
from engine.model.calibration import load_calibration
from engine.model.config import HEAD
from engine.training.calibrate import (
    calibrate,
    calibrate_label,
    cross_fitted,
    hold_against,
    platt,
    save_calibration,
    sigmoid,
)

DRAW = np.random.default_rng(3)
CHANCE = DRAW.random(600)
TRUTH = (DRAW.random(600) < CHANCE).astype(float)
LOGITS = 3.0 * np.log(CHANCE / (1 - CHANCE)) + 1.0  # far too sure, and shifted
PEOPLE = list(map(str, range(600)))


@pytest.fixture(scope="module")
def row():
    return calibrate_label(LOGITS, TRUTH, PEOPLE)


def test_a_boastful_score_becomes_a_probability():
    slope, offset = platt(LOGITS, TRUTH)
    p = sigmoid(slope * LOGITS + offset)

    assert slope == pytest.approx(1 / 3, rel=0.25)
    assert calibration_error(TRUTH, p) < 0.06
    assert calibration_error(TRUTH, sigmoid(LOGITS)) > 0.08


def test_the_order_is_never_turned_around():
    assert platt(-LOGITS, TRUTH)[0] > 0


def test_enough_films_and_better_than_chance_is_answered(row):
    assert row.assessed
    assert row.why == ""
    assert (row.n, row.positives, row.people) == (600, int(TRUTH.sum()), int(TRUTH.sum()))
    assert row.low > 0.5


def test_calibrating_is_judged_on_patients_it_was_not_fitted_on(row):
    assert row.after.ece.high < row.before.ece.low
    assert row.after.brier.value < row.before.brier.value
    assert sum(b.n for b in row.after.bins) == 600


def test_films_of_one_patient_never_calibrate_each_other():
    people = [str(i // 2) for i in range(600)]
    p, told = cross_fitted(LOGITS, TRUTH, people), np.where(np.arange(600) < 2, 1 - TRUTH, TRUTH)

    assert cross_fitted(LOGITS, told, people)[:2] == pytest.approx(p[:2], abs=1e-9)


def test_presence_is_ruled_out_for_few_of_those_who_have_it(row):
    assert np.mean(LOGITS[TRUTH == 1] < row.absent_below) <= 0.1
    assert np.mean(LOGITS[TRUTH == 0] > row.present_above) <= 0.1


def test_too_few_positives_or_no_better_than_chance_is_not_answered_and_says_which():
    few = np.where(np.cumsum(TRUTH) <= 9, TRUTH, 0.0)
    noise = DRAW.normal(size=600)

    assert calibrate_label(LOGITS, few, PEOPLE).why == "films of too few patients to judge (9 with it)"
    assert calibrate_label(LOGITS, 1 - few, PEOPLE).why == "films of too few patients to judge (9 without it)"
    assert "not above chance" in calibrate_label(noise, TRUTH, PEOPLE).why
    none = calibrate_label(LOGITS, np.zeros(600), PEOPLE)
    assert (none.assessed, none.why) == (False, "too few films to judge (0 with it)")


def test_many_films_of_few_patients_are_too_few():
    people = [str(i % 9) if y else f"n{i}" for i, y in enumerate(TRUTH)]
    row = calibrate_label(LOGITS, TRUTH, people)

    assert not row.assessed
    assert row.people == 9


def test_unknown_labels_are_not_counted():
    truth = TRUTH.copy()
    truth[:100] = math.nan

    assert calibrate_label(LOGITS, truth, PEOPLE).n == 500


def test_a_table_goes_to_the_reader_and_to_other_films(tmp_path):
    few = slice(0, 80)
    truth = np.full((80, 15), math.nan)
    truth[:, [4, 14]] = TRUTH[few, None]
    logits = np.tile(LOGITS[few, None], 15)
    table = calibrate(logits, truth, PEOPLE[few])
    save_calibration(table, tmp_path / "c.json")
    reader = load_calibration(tmp_path / "c.json")
    held = hold_against(table, logits, truth, PEOPLE[few])

    assert tuple(table) == HEAD
    assert reader.curves["effusion"] == (table["effusion"].slope, table["effusion"].offset)
    assert reader.why["mass"] == "too few films to judge (0 with it)"
    assert json.loads((tmp_path / "c.json").read_text())["effusion"]["after"]["bins"]
    assert (held["effusion"].slope, held["effusion"].why) == (table["effusion"].slope, "")
    assert held["effusion"].auc == pytest.approx(table["effusion"].auc)
    assert held["mass"].auc is None
