"""NEWS2 exactly as printed, and values no living patient has."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.errors import BadVitals
from triage.vitals import PARAMETERS, Consciousness, Vitals, early_warning, standing

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
WELL = {
    "resp_rate_bpm": 16,
    "spo2_pct": 98,
    "systolic_mmhg": 120,
    "heart_rate_bpm": 70,
    "temperature_c": 37.0,
}


def points(code, value, **more):
    return early_warning(Vitals(NOW, {code: value}, **more)).points[code]


@pytest.mark.parametrize(
    ("code", "edges"),
    [
        ("resp_rate_bpm", {8: 3, 9: 1, 11: 1, 12: 0, 20: 0, 21: 2, 24: 2, 25: 3}),
        ("spo2_pct", {91: 3, 92: 2, 93: 2, 94: 1, 95: 1, 96: 0, 100: 0}),
        ("systolic_mmhg", {90: 3, 91: 2, 100: 2, 101: 1, 110: 1, 111: 0, 219: 0, 220: 3}),
        ("heart_rate_bpm", {40: 3, 41: 1, 50: 1, 51: 0, 90: 0, 91: 1, 110: 1, 111: 2, 130: 2, 131: 3}),
        ("temperature_c", {35.0: 3, 35.1: 1, 36.0: 1, 36.1: 0, 38.0: 0, 38.1: 1, 39.0: 1, 39.1: 2}),
    ],
)
def test_every_edge_of_the_printed_chart(code, edges):
    assert {value: points(code, value) for value in edges} == edges


@pytest.mark.parametrize(
    ("on_oxygen", "edges"),
    [
        (False, {83: 3, 84: 2, 85: 2, 86: 1, 87: 1, 88: 0, 92: 0, 93: 0, 100: 0}),
        (True, {83: 3, 85: 2, 87: 1, 88: 0, 92: 0, 93: 1, 94: 1, 95: 2, 96: 2, 97: 3, 100: 3}),
    ],
)
def test_the_second_oxygen_scale_for_hypercapnic_patients(on_oxygen, edges):
    scored = {v: points("spo2_pct", v, on_oxygen=on_oxygen, hypercapnic=True) for v in edges}
    assert scored == edges


def test_oxygen_and_consciousness_add_their_points():
    awake = early_warning(Vitals(NOW, WELL, on_oxygen=False, consciousness=Consciousness.ALERT))
    assert (awake.total, awake.missing) == (0, ())
    confused = early_warning(Vitals(NOW, WELL, on_oxygen=True, consciousness=Consciousness.CONFUSED))
    assert confused.total == 5
    assert confused.single_three


def test_the_worst_patient_scores_twenty():
    worst = {
        "resp_rate_bpm": 30,
        "spo2_pct": 80,
        "systolic_mmhg": 80,
        "heart_rate_bpm": 150,
        "temperature_c": 34,
    }
    score = early_warning(Vitals(NOW, worst, on_oxygen=True, consciousness=Consciousness.UNRESPONSIVE))
    assert score.total == 20


@given(st.floats(30, 100), st.floats(30, 100))
def test_less_oxygen_in_the_blood_never_scores_less(one, other):
    low, high = sorted((one, other))
    assert points("spo2_pct", low) >= points("spo2_pct", high)


def test_what_was_not_measured_is_named_and_adds_nothing():
    score = early_warning(Vitals(NOW, {"spo2_pct": 98}))
    assert score.total == 0
    assert set(score.missing) == {*WELL, "on_oxygen", "consciousness"} - {"spo2_pct"}


@pytest.mark.parametrize("parameter", PARAMETERS.values(), ids=lambda p: p.code)
def test_values_outside_life_are_refused_with_their_bounds(parameter):
    for value in (parameter.lowest - 0.1, parameter.highest + 0.1):
        with pytest.raises(BadVitals, match="lies outside"):
            Vitals(NOW, {parameter.code: value})
    for value in (math.nan, math.inf, -math.inf):
        with pytest.raises(BadVitals, match="not a number"):
            Vitals(NOW, {parameter.code: value})
    assert Vitals(NOW, {parameter.code: parameter.lowest})


def test_a_wrong_unit_is_guessed_at():
    with pytest.raises(BadVitals, match="glucose_mg_dl"):
        Vitals(NOW, {"glucose_mmol_l": 110})
    with pytest.raises(BadVitals, match="temperature_f"):
        Vitals(NOW, {"temperature_c": 98.6})


def test_pressures_the_wrong_way_round_are_refused():
    with pytest.raises(BadVitals, match="not below"):
        Vitals(NOW, {"systolic_mmhg": 80, "diastolic_mmhg": 120})


def test_an_unknown_measurement_is_refused():
    with pytest.raises(BadVitals, match="not a measurement"):
        Vitals(NOW, {"mood": 3})


def test_a_partial_update_hides_nothing_that_was_measured_before():
    ill = Vitals(NOW, {"resp_rate_bpm": 28, "spo2_pct": 84, "heart_rate_bpm": 125}, on_oxygen=True)
    later = Vitals(NOW + timedelta(hours=1), {"temperature_c": 37.0, "spo2_pct": 97})
    now = standing([ill, later])
    assert now.values == {"resp_rate_bpm": 28, "spo2_pct": 97, "heart_rate_bpm": 125, "temperature_c": 37.0}
    assert now.on_oxygen is True
    assert now.measured_at == later.measured_at


def test_what_is_a_day_older_than_the_newest_no_longer_counts():
    old = Vitals(NOW, {"resp_rate_bpm": 28})
    assert standing([old, Vitals(NOW + timedelta(hours=25), {"spo2_pct": 97})]).values == {"spo2_pct": 97}
    assert standing([]) is None


def test_the_two_pressures_are_never_of_two_measurements():
    before = Vitals(NOW, {"systolic_mmhg": 90, "diastolic_mmhg": 60})
    after = Vitals(NOW + timedelta(hours=1), {"diastolic_mmhg": 95})
    assert standing([before, after]).values == {"diastolic_mmhg": 95}


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["resp_rate_bpm", "heart_rate_bpm"]), st.integers(20, 80)), min_size=1
    )
)
def test_the_last_word_on_each_parameter_counts(rows):
    measured = [Vitals(NOW + timedelta(minutes=n), values) for n, values in enumerate(rows)]
    for code in ("resp_rate_bpm", "heart_rate_bpm"):
        said = [values[code] for values in rows if code in values]
        assert standing(measured).values.get(code) == (said[-1] if said else None)


@pytest.mark.parametrize(
    ("said", "scored"),
    [
        ([True, False], 3),  # a wrong tick, taken back
        ([True, None], 0),  # an update that says nothing about the scale
        ([False, True], 0),
        ([None, None], 3),
    ],
)
def test_the_last_word_about_the_oxygen_scale_holds(said, scored):
    measured = [
        Vitals(NOW + timedelta(minutes=5 * at), {"spo2_pct": 89.0}, hypercapnic=word)
        for at, word in enumerate(said)
    ]
    assert early_warning(standing(measured)).points["spo2_pct"] == scored
