"""Refusal wins, silence is no, order never matters, and no Permit outlives a refusal."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.decision import Permit, decide
from consent.errors import ConsentDenied
from consent.record import PatientId, Provision, Purpose

PATIENT = PatientId("P-1", "HOSPITAL")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
moments = st.integers(-48, 48).map(lambda hours: NOON + timedelta(hours=hours))
ANSWERS = st.booleans()
purposes = st.sampled_from([Purpose.AI_READING, Purpose.TRAINING])


@st.composite
def provisions(draw, permits=ANSWERS):
    starts = draw(moments)
    length = draw(st.none() | st.integers(1, 72))
    ends = None if length is None else starts + timedelta(hours=length)
    return Provision(draw(st.sampled_from(["c1", "c2", "c3"])), draw(purposes), draw(permits), starts, ends)


def answer(given_provisions, purpose, at):
    try:
        return decide(PATIENT, given_provisions, purpose, at)
    except ConsentDenied:
        return None


@given(st.lists(provisions()), purposes, moments)
def test_order_never_matters(given_provisions, purpose, at):
    assert answer(given_provisions, purpose, at) == answer(given_provisions[::-1], purpose, at)


@given(st.lists(provisions()), purposes, moments)
def test_a_covering_refusal_outweighs_everything(given_provisions, purpose, at):
    refusal = Provision("no", purpose, permits=False, starts_at=at)
    assert answer([*given_provisions, refusal], purpose, at) is None


@given(st.lists(provisions(permits=st.just(False))), purposes, moments)
def test_without_a_yes_there_is_no_permit(given_provisions, purpose, at):
    assert answer(given_provisions, purpose, at) is None


@given(st.lists(provisions(permits=st.just(True))), purposes, moments)
def test_a_yes_to_one_purpose_says_nothing_about_the_other(given_provisions, purpose, at):
    others = [p for p in given_provisions if p.purpose != purpose]
    assert answer(others, purpose, at) is None


@given(st.lists(provisions()), purposes, moments, st.integers(0, 96))
def test_a_permit_never_outlives_a_refusal_or_the_first_permission_it_leans_on(
    given_provisions, purpose, at, later_hours
):
    permit = answer(given_provisions, purpose, at)
    if permit is None:
        return
    later = at + timedelta(hours=later_hours)
    if permit.lapses_at is None or later < permit.lapses_at:
        assert answer(given_provisions, purpose, later) is not None


@given(st.lists(provisions(permits=st.just(True)), min_size=1), moments)
def test_a_covering_yes_without_refusal_is_a_permit(given_provisions, at):
    covering = [p for p in given_provisions if p.covers(Purpose.TRAINING, at)]
    permit = answer(given_provisions, Purpose.TRAINING, at)
    assert (permit is not None) == bool(covering)
    if permit:
        assert permit.consent_id in {p.consent_id for p in covering}


def test_a_permit_cannot_be_made_by_hand():
    with pytest.raises(TypeError, match="alone"):
        Permit("permit-x", PATIENT, Purpose.AI_READING, "c1", NOON, None, key=object())


def test_the_moment_needs_a_zone():
    with pytest.raises(ValueError, match="time zone"):
        decide(PATIENT, [], Purpose.AI_READING, NOON.replace(tzinfo=None))


def test_the_reasons_tell_refusal_from_silence():
    with pytest.raises(ConsentDenied, match="No consent on file allows AI reading"):
        decide(PATIENT, [], Purpose.AI_READING, NOON)
    refusal = Provision("c1", Purpose.AI_READING, permits=False, starts_at=NOON)
    with pytest.raises(ConsentDenied, match="The patient refused AI reading"):
        decide(PATIENT, [refusal], Purpose.AI_READING, NOON)


@pytest.fixture
def permit():
    yes = Provision("c1", Purpose.AI_READING, permits=True, starts_at=NOON, ends_at=NOON + timedelta(hours=1))
    return decide(PATIENT, [yes], Purpose.AI_READING, NOON)


def test_a_permit_opens_its_own_door(permit):
    permit.check(PATIENT, Purpose.AI_READING, NOON + timedelta(minutes=59))


@pytest.mark.parametrize(
    ("patient", "purpose", "at"),
    [
        (PatientId("P-2", "HOSPITAL"), Purpose.AI_READING, NOON),
        (PatientId("P-1", "ELSEWHERE"), Purpose.AI_READING, NOON),
        (PATIENT, Purpose.TRAINING, NOON),
        (PATIENT, Purpose.AI_READING, NOON + timedelta(hours=1)),
        (PATIENT, Purpose.AI_READING, NOON - timedelta(seconds=1)),
    ],
    ids=["another patient", "another issuer", "another purpose", "lapsed", "before it was given"],
)
def test_a_permit_opens_no_other_door(permit, patient, purpose, at):
    with pytest.raises(ConsentDenied):
        permit.check(patient, purpose, at)


def test_the_same_question_gives_the_same_permit_id(permit):
    yes = Provision("c1", Purpose.AI_READING, permits=True, starts_at=NOON, ends_at=NOON + timedelta(hours=1))
    assert decide(PATIENT, [yes], Purpose.AI_READING, NOON).permit_id == permit.permit_id
    later = decide(PATIENT, [yes], Purpose.AI_READING, NOON + timedelta(seconds=1))
    assert later.permit_id != permit.permit_id
