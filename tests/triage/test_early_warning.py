"""NEWS2 against the printed chart, every value it can take; and the trend, which is ours."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.study import Urgency
from triage.urgency import RISE_RULES, assess
from triage.vitals import PARAMETERS, Consciousness, Vitals, early_warning, rise

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)

# The chart as it is printed (RCP 2017, chart 1: the NEWS scoring system): parameter, from, to, points; both ends included.
CHART = """
resp_rate_bpm  3    8     3
resp_rate_bpm  9    11    1
resp_rate_bpm  12   20    0
resp_rate_bpm  21   24    2
resp_rate_bpm  25   80    3
systolic_mmhg  40   90    3
systolic_mmhg  91   100   2
systolic_mmhg  101  110   1
systolic_mmhg  111  219   0
systolic_mmhg  220  300   3
heart_rate_bpm 20   40    3
heart_rate_bpm 41   50    1
heart_rate_bpm 51   90    0
heart_rate_bpm 91   110   1
heart_rate_bpm 111  130   2
heart_rate_bpm 131  300   3
temperature_c  25.0 35.0  3
temperature_c  35.1 36.0  1
temperature_c  36.1 38.0  0
temperature_c  38.1 39.0  1
temperature_c  39.1 45.0  2
"""
SCALES = {  # SpO₂: (scale 2?, on oxygen?) to the rows
    (False, False): "30 91 3; 92 93 2; 94 95 1; 96 100 0",
    (False, True): "30 91 3; 92 93 2; 94 95 1; 96 100 0",
    (True, False): "30 83 3; 84 85 2; 86 87 1; 88 100 0",
    (True, True): "30 83 3; 84 85 2; 86 87 1; 88 92 0; 93 94 1; 95 96 2; 97 100 3",
}


def printed():
    for line in CHART.split("\n"):
        if line:
            code, low, high, points = line.split()
            yield code, round(float(low) * 10), round(float(high) * 10), int(points)


def test_every_value_on_the_chart_scores_what_is_printed():
    """Every tenth of a degree and every whole number that a living patient can have, and each of them once."""
    seen = {}
    for code, low, high, points in printed():
        step = 1 if code == "temperature_c" else 10
        for tenths in range(low, high + 1, step):
            assert seen.setdefault((code, tenths), points) == points
            assert early_warning(Vitals(NOW, {code: tenths / 10})).points[code] == points
    for code in {code for code, *_ in printed()}:
        parameter, step = PARAMETERS[code], 1 if code == "temperature_c" else 10
        whole = range(round(parameter.lowest * 10), round(parameter.highest * 10) + 1, step)
        assert {tenths for known, tenths in seen if known == code} == set(whole)


@pytest.mark.parametrize(("scale", "rows"), SCALES.items())
def test_every_saturation_on_both_scales(scale, rows):
    hypercapnic, on_oxygen = scale
    scored = {}
    for row in rows.split("; "):
        low, high, points = map(int, row.split())
        for value in range(low, high + 1):
            vitals = Vitals(NOW, {"spo2_pct": value}, on_oxygen=on_oxygen, hypercapnic=hypercapnic)
            score = early_warning(vitals)
            assert score.points["spo2_pct"] == points
            assert score.points["on_oxygen"] == (2 if on_oxygen else 0)
            scored[value] = points
    assert list(scored) == list(range(30, 101))


def test_every_total_is_the_sum_of_what_is_printed_and_decides_alone():
    """One value of each band of each parameter, with three states of mind: 18 000 patients."""
    bands = {}
    for code, _, high, points in printed():
        bands.setdefault(code, []).append((high / 10, points))
    saturations = [(85, 3), (92, 2), (95, 1), (98, 0)]
    mind = [(c, 0 if c is Consciousness.ALERT else 3) for c in Consciousness]
    for rr, sys, hr, temp, spo2, oxygen, awake in product(
        *bands.values(), saturations, [(True, 2), (False, 0)], mind[:3]
    ):
        values = dict(zip(bands, (v for v, _ in (rr, sys, hr, temp)), strict=True))
        vitals = Vitals(NOW, {**values, "spo2_pct": spo2[0]}, oxygen[0], awake[0])
        points = [p for _, p in (rr, sys, hr, temp, spo2, oxygen, awake)]
        score = early_warning(vitals)
        assert (score.total, score.missing, score.single_three) == (sum(points), (), 3 in points)
        expected = (
            Urgency.STAT if sum(points) >= 7 else Urgency.ASAP if sum(points) >= 5 or 3 in points else 0
        )
        assert assess(Urgency.ROUTINE, vitals, None).urgency == expected


@pytest.mark.parametrize("awake", Consciousness)
def test_whoever_is_not_alert_scores_three(awake):
    points = early_warning(Vitals(NOW, {}, consciousness=awake)).points["consciousness"]
    assert points == (0 if awake is Consciousness.ALERT else 3)


# ── the trend ─────────────────────────────────────────────────────────────────────────────────────────


def measured(*values, **more):
    return [Vitals(NOW + timedelta(hours=n), v, **more) for n, v in enumerate(values)]


def test_the_score_is_compared_with_the_best_moment_before():
    sinking = measured(
        {"resp_rate_bpm": 16}, {"resp_rate_bpm": 22}, {"resp_rate_bpm": 23}, {"resp_rate_bpm": 26}
    )
    assert [rise(sinking[:n]) for n in range(5)] == [0, 0, 2, 2, 3]
    assert rise(sinking[::-1]) == 0


def test_what_is_measured_for_the_first_time_is_no_change():
    assert rise(measured({"spo2_pct": 98}, {"resp_rate_bpm": 30, "spo2_pct": 97})) == 0
    assert rise(measured({"spo2_pct": 98}, {"resp_rate_bpm": 30})) == 0


@pytest.mark.parametrize("rule", RISE_RULES, ids=lambda rule: str(rule.from_points))
def test_a_rise_asks_for_its_level_and_says_so(rule):
    heart = {2: 115, 3: 135}[rule.from_points]
    history = measured({"heart_rate_bpm": 80, "spo2_pct": 98}, {"heart_rate_bpm": heart})
    raised = assess(Urgency.ROUTINE, history[-1], None, earlier=history)
    assert f"NEWS2 rose by {rule.from_points}" in raised.reasons
    assert raised.urgency >= rule.urgency
    assert not any("rose" in r for r in assess(Urgency.ROUTINE, history[-1], None).reasons)


saturations = st.integers(30, 100)
histories = st.lists(st.tuples(saturations, st.integers(3, 80)), max_size=4)


def with_last(history, spo2, rate, **more):
    return measured(*({"spo2_pct": s, "resp_rate_bpm": r} for s, r in [*history, (spo2, rate)]), **more)


def urgency(vitals, order=Urgency.ROUTINE):
    return assess(order, vitals[-1], None, earlier=vitals).urgency


@given(histories, saturations, saturations, st.integers(3, 80), st.booleans(), st.booleans())
def test_less_oxygen_in_the_blood_never_lowers_the_urgency(history, one, other, rate, hypercapnic, on_oxygen):
    """As published, with one exception: on scale 2 with oxygen, coming down towards 92 is what is wanted."""
    if hypercapnic and on_oxygen:
        one, other = min(one, 92), min(other, 92)
    more = {"hypercapnic": hypercapnic, "on_oxygen": on_oxygen}
    low, high = sorted((one, other))
    assert urgency(with_last(history, low, rate, **more)) >= urgency(with_last(history, high, rate, **more))


@given(histories, saturations, st.integers(3, 80), st.integers(3, 80))
def test_a_higher_score_never_lowers_the_urgency(history, spo2, one, other):
    first, second = (with_last(history, spo2, rate) for rate in (one, other))
    if early_warning(first[-1]).total >= early_warning(second[-1]).total:
        first, second = second, first
    if early_warning(second[-1]).single_three or not early_warning(first[-1]).single_three:
        assert urgency(second) >= urgency(first)


@given(histories, saturations, st.integers(3, 80), saturations, st.integers(3, 80))
def test_a_patient_who_goes_on_sinking_keeps_the_alarm(history, spo2, rate, lower, faster):
    """A further measurement in which nothing scores less takes no urgency away."""
    before = with_last(history, spo2, rate)
    after = [*before, Vitals(NOW + timedelta(hours=9), {"spo2_pct": lower, "resp_rate_bpm": faster})]
    was, now = early_warning(before[-1]).points, early_warning(after[-1]).points
    if all(now[code] >= was[code] for code in was):
        assert urgency(after) >= urgency(before)
