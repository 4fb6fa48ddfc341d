"""Everything can raise an urgency and nothing can lower it; each rule by its row."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.finding import LABELS, Finding
from triage.levels import SHIPPED
from triage.reading import ModelIdentity, Reading
from triage.study import Urgency
from triage.urgency import NEGATIVE_BELOW, OUTLOOKS, WARNING_RULES, assess, called_negative, outlook
from triage.vitals import Vitals

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
probabilities = st.none() | st.floats(0, 1)
urgencies = st.sampled_from(Urgency)


def a_reading(pathology=0.1, **found):
    return Reading(
        study_uid="1.2",
        findings=tuple(Finding(code, found.get(code, 0.05)) for code in LABELS),
        pathology_probability=pathology,
        model=ModelIdentity("m", "0" * 64, 4),
        permit_id="permit-1",
        input_sha256="0" * 64,
        read_at=NOW,
    )


readings = st.builds(
    lambda pathology, found: a_reading(pathology, **found),
    probabilities,
    st.dictionaries(st.sampled_from(list(LABELS)), probabilities),
)
vitals = st.builds(
    lambda rate, spo2, oxygen: Vitals(NOW, {"resp_rate_bpm": rate, "spo2_pct": spo2}, on_oxygen=oxygen),
    st.integers(3, 80),
    st.integers(30, 100),
    st.none() | st.booleans(),
)


@pytest.mark.parametrize("rule", SHIPPED.findings, ids=lambda r: r.code)
def test_each_finding_asks_for_its_urgency_from_its_probability_on(rule):
    at = assess(Urgency.ROUTINE, None, a_reading(**{rule.code: rule.from_probability}))
    assert at.urgency is rule.urgency
    assert (LABELS[rule.code].lower() in at.reasons[0]) == (rule.urgency > Urgency.ROUTINE)
    assert not at.ai_negative
    below = assess(Urgency.ROUTINE, None, a_reading(**{rule.code: rule.from_probability - 0.01}))
    assert below.urgency is Urgency.ROUTINE
    assert "ACR" in rule.source


@pytest.mark.parametrize(
    ("measured", "urgency", "says"),
    [
        ({"resp_rate_bpm": 25, "spo2_pct": 93, "heart_rate_bpm": 111}, Urgency.STAT, "NEWS2 7: emergency"),
        ({"resp_rate_bpm": 21, "spo2_pct": 93, "heart_rate_bpm": 91}, Urgency.ASAP, "NEWS2 5: urgent review"),
        ({"spo2_pct": 91}, Urgency.ASAP, "NEWS2 3: one parameter alone"),
        ({"resp_rate_bpm": 21, "spo2_pct": 93}, Urgency.ROUTINE, "ordered routine"),
    ],
)
def test_the_bedside_asks_by_its_score(measured, urgency, says):
    assessment = assess(Urgency.ROUTINE, Vitals(NOW, measured), None)
    assert assessment.urgency is urgency
    assert assessment.reasons[0].startswith(says)
    assert [r.from_total for r in WARNING_RULES] == [7, 5]


@given(urgencies, st.none() | vitals, st.none() | readings)
def test_nothing_lowers_what_was_ordered(order, measured, reading):
    assert assess(order, measured, reading).urgency >= order


@given(urgencies, st.none() | vitals, readings)
def test_the_model_only_raises(order, measured, reading):
    assert assess(order, measured, reading).urgency >= assess(order, measured, None).urgency


@given(urgencies, vitals, st.none() | readings, st.floats(0, 70))
def test_less_oxygen_never_lowers(order, measured, reading, drop):
    spo2 = max(30.0, measured.values["spo2_pct"] - drop)
    worse = replace(measured, values={**measured.values, "spo2_pct": spo2})
    assert assess(order, worse, reading).urgency >= assess(order, measured, reading).urgency


@given(urgencies, readings, st.sampled_from([r.code for r in SHIPPED.findings]), st.floats(0, 1))
def test_a_higher_probability_never_lowers_nor_makes_negative(order, reading, code, higher):
    before = reading.probability(code) or 0.0
    findings = tuple(Finding(f.code, max(before, higher)) if f.code == code else f for f in reading.findings)
    after = assess(order, None, replace(reading, findings=findings))
    assert after.urgency >= assess(order, None, reading).urgency
    assert not (after.ai_negative and not assess(order, None, reading).ai_negative)


def test_an_abstention_is_not_a_negative():
    assert called_negative(a_reading(NEGATIVE_BELOW - 0.01))
    assert not called_negative(a_reading(None))
    assert not called_negative(a_reading(0.1, pneumothorax=None))
    assert not called_negative(a_reading(NEGATIVE_BELOW))
    assert not called_negative(a_reading(0.1, pneumothorax=0.9))
    assert not assess(Urgency.ROUTINE, None, None).ai_negative


@pytest.mark.parametrize(
    ("probability", "says"),
    [
        (0.18, "no pathology"),
        (0.73, "follow-up in 48 h"),
        (0.05, "no pathology"),
        (0.89, "further examination"),
        (None, "not assessed"),
        (0.5, "pathology not ruled out"),
    ],
)
def test_the_four_patients_of_the_paper_are_put_into_its_words(probability, says):
    assert outlook(probability) == says
    level = assess(Urgency.ROUTINE, None, a_reading(probability)).urgency
    assert level is (Urgency.URGENT if probability and probability >= 0.7 else Urgency.ROUTINE)


@given(probabilities.filter(lambda p: p is not None), st.floats(0, 1))
def test_a_higher_probability_never_gets_milder_words(one, other):
    order = [row.says for row in reversed(OUTLOOKS)]
    low, high = sorted((one, other))
    assert order.index(outlook(low)) <= order.index(outlook(high))


def test_a_place_says_why_in_one_sentence():
    film = a_reading(pneumothorax=0.91)
    said = assess(Urgency.URGENT, Vitals(NOW, {"spo2_pct": 91}), film).sentence
    assert said == (
        "STAT (within minutes) because of: AI: pneumothorax 91%; also NEWS2 3: one parameter alone asks for urgent "
        "review within 1 hour, ordered urgent."
    )
    negative = assess(Urgency.ROUTINE, None, a_reading(0.1))
    assert negative.sentence == (
        "ROUTINE (in turn) because of: ordered routine; AI called the film negative, so others of this level go first "
        "until it is due."
    )


@given(urgencies, st.none() | vitals, st.none() | readings, st.text(max_size=30))
def test_every_place_has_one_sentence(order, measured, reading, notes):
    sentence = assess(order, measured, reading, notes=notes).sentence
    assert sentence.startswith(tuple(f"{level.name} (" for level in Urgency if level >= order))
    assert sentence.endswith(".")
    assert "\n" not in sentence


MILD = replace(
    SHIPPED,
    findings=tuple(replace(rule, urgency=Urgency.ROUTINE) for rule in SHIPPED.findings),
    pathology=replace(SHIPPED.pathology, urgency=Urgency.ROUTINE),
    notes=(),
)


@given(urgencies, st.none() | vitals, st.none() | readings)
def test_no_table_of_a_site_lowers_what_order_and_bedside_ask(order, measured, reading):
    assert assess(order, measured, reading, levels=MILD).urgency is assess(order, measured, None).urgency
