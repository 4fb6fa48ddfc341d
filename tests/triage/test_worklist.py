"""The reading order is total, harms nobody who refused, and explains itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.record import PatientId
from tests.triage.test_urgency import a_reading, readings, vitals
from triage.errors import StudyHeld
from triage.study import Patient, Study, Urgency
from triage.urgency import Assessment, assess
from triage.worklist import Claim, check_claim, place

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)


def a_study(uid="1.2.3", minutes_ago=0, order=Urgency.ROUTINE):
    at = NOW - timedelta(minutes=minutes_ago)
    return Study(uid, Patient(PatientId("P", "H")), "A", "DX", at, at, order_priority=order)


studies = st.builds(
    a_study, st.integers(1, 10**6).map(lambda n: f"1.2.{n}"), st.integers(0, 600), st.sampled_from(Urgency)
)
assessments = st.builds(Assessment, st.sampled_from(Urgency), st.just(()), st.booleans())


@given(st.lists(st.tuples(studies, assessments), unique_by=lambda s: s[0].study_uid), st.randoms())
def test_the_order_is_total_and_does_not_depend_on_how_studies_arrive(ranked, random):
    places = [place(*r) for r in ranked]
    shuffled = [*places]
    random.shuffle(shuffled)
    assert sorted(places) == sorted(shuffled)
    assert len(set(places)) == len(places)


@given(studies, studies, st.none() | vitals, readings)
def test_a_study_the_model_never_saw_stands_before_one_it_called_negative(unseen, seen, measured, reading):
    """Refusal, silence and a failed model cost nothing: same order, same vitals, never behind a negative."""
    seen = replace(seen, order_priority=unseen.order_priority, study_uid="9.9")
    by_model = assess(seen.order_priority, measured, reading)
    by_person = assess(unseen.order_priority, measured, None)
    if by_model.ai_negative:
        assert place(unseen, by_person) < place(seen, by_model)


@given(studies, st.none() | vitals, st.none() | readings)
def test_refusing_never_costs_a_place_against_being_called_negative(study, measured, reading):
    refused = place(study, assess(study.order_priority, measured, None))
    negative = place(study, assess(study.order_priority, measured, a_reading(0.0)))
    assert refused <= negative


@given(studies, assessments, st.integers(1, 600))
def test_waiting_never_costs_a_place(study, assessment, minutes):
    waited = replace(study, received_at=study.received_at - timedelta(minutes=minutes))
    assert place(waited, assessment) < place(study, assessment)


def test_urgency_outweighs_waiting():
    old = place(a_study("1.1", minutes_ago=600), Assessment(Urgency.ROUTINE, ()))
    new = place(a_study("1.2"), Assessment(Urgency.STAT, ()))
    assert new < old


def test_a_claim_keeps_others_out_until_it_ends():
    claim = Claim("keller", NOW + timedelta(minutes=20))
    check_claim(None, "okoye", NOW)
    check_claim(claim, "keller", NOW)
    check_claim(claim, "okoye", claim.until)
    with pytest.raises(StudyHeld, match="03:20 UTC"):
        check_claim(claim, "okoye", NOW)
