import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import WeightsMismatch
from engine.model.calibration import REASSURING_BELOW, SHIPPED, UNCERTAIN, Calibration, load_calibration
from engine.model.config import HEAD
from triage import levels
from triage.finding import POSSIBLE_FROM
from triage.urgency import NEGATIVE_BELOW

PLAIN = dict.fromkeys(HEAD, (1.0, 0.0))


def test_a_score_goes_through_its_own_curve():
    calibration = Calibration(PLAIN | {"effusion": (2.0, -1.0), "mass": None})
    p = calibration.probabilities([1.0] * 15)

    assert p["effusion"] == pytest.approx(1 / (1 + math.exp(-1)))
    assert p["edema"] == pytest.approx(1 / (1 + math.exp(-1)))
    assert p["mass"] is None


def test_wild_scores_stay_probabilities():
    calibration = Calibration(dict.fromkeys(HEAD, (5.0, 0.0)))

    assert calibration.probabilities([1e6] * 15)["mass"] == pytest.approx(1.0)
    assert 0 <= calibration.probabilities([-1e6] * 15)["mass"] < 1e-9


def test_nobody_is_told_unlikely_where_it_cannot_be_ruled_out():
    calibration = Calibration(PLAIN, absent_below={"effusion": -3.0, "abnormal": -3.0})

    assert calibration.probabilities([-3.5] * 15)["effusion"] == pytest.approx(0.029, abs=0.001)
    held_back = calibration.probabilities([-2.0] * 15)
    assert held_back["effusion"] is None
    assert held_back["abnormal"] is None
    assert held_back["mass"] == pytest.approx(0.119, abs=0.001)
    assert calibration.reasons([-2.0] * 15) == {"effusion": UNCERTAIN, "abnormal": UNCERTAIN}
    assert calibration.probabilities([-1.0] * 15)["effusion"] == pytest.approx(0.269, abs=0.001)


@given(st.floats(-9, 9), st.floats(-9, 9), st.floats(0.05, 4), st.floats(-3, 3))
def test_what_could_raise_an_urgency_is_never_held_back(score, floor, slope, offset):
    curves, floors = dict.fromkeys(HEAD, (slope, offset)), dict.fromkeys(HEAD, floor)
    plain = Calibration(curves).probabilities([score] * 15)
    careful = Calibration(curves, floors).probabilities([score] * 15)

    for name in HEAD:
        if plain[name] >= REASSURING_BELOW[name]:
            assert careful[name] == plain[name]
        assert careful[name] in (None, plain[name])


def test_every_rule_of_urgency_starts_where_nothing_is_held_back():
    assert all(rule.from_probability >= POSSIBLE_FROM for rule in levels.SHIPPED.findings)
    assert levels.SHIPPED.pathology.from_probability >= NEGATIVE_BELOW == REASSURING_BELOW["abnormal"]


def test_each_reason_is_said_once_with_its_findings():
    calibration = Calibration(
        PLAIN | {"mass": None, "hernia": None},
        absent_below={"effusion": -3.0},
        why={"mass": "too few films to judge (4 with it)"},
    )

    assert calibration.note([-2.0] * 15) == (
        "Pleural effusion: uncertain on this film: it cannot be ruled out. "
        "Hiatal hernia: too few films to judge. Mass: too few films to judge (4 with it)."
    )
    assert Calibration(PLAIN).note([0.0] * 15) == ""


def test_answers_nobody_sees_can_still_be_measured():
    calibration = Calibration(PLAIN | {"mass": None}, doubted={"mass": (2.0, 0.0)})

    assert calibration.doubtful([1.0] * 15)["mass"] == pytest.approx(1 / (1 + math.exp(-2)))
    assert calibration.doubtful([1.0] * 15)["edema"] == pytest.approx(1 / (1 + math.exp(-1)))


def test_a_table_that_skips_a_finding_is_refused(tmp_path):
    (tmp_path / "c.json").write_text(json.dumps({"mass": {}}))

    with pytest.raises(WeightsMismatch, match="every finding"):
        load_calibration(tmp_path / "c.json")
    with pytest.raises(WeightsMismatch, match="no calibration"):
        load_calibration(tmp_path / "none.json")


def test_the_committed_table_answers_only_what_the_films_support():
    table = json.loads(SHIPPED.read_text())

    assert tuple(table) == HEAD
    for row in table.values():
        assert not row["assessed"] or (row["positives"] >= 10 and row["low"] > 0.5)
        assert row["slope"] > 0
