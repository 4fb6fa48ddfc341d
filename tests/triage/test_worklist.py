"""The reading order is total, harms nobody who refused, starves nobody, and a claim keeps others out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.record import PatientId
from tests.triage.test_urgency import a_reading, readings, vitals
from triage.errors import StudyHeld
from triage.finding import Finding
from triage.levels import SHIPPED
from triage.study import Patient, Study, Urgency
from triage.urgency import Assessment, assess
from triage.vitals import early_warning
from triage.worklist import Claim, Place, check_claim, place

CRITICAL = [rule.code for rule in SHIPPED.findings if rule.urgency >= Urgency.ASAP]
NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
MONTH_MINUTES = 28 * 24 * 60


def a_study(uid="1.2.3", minutes_ago=0, order=Urgency.ROUTINE):
    at = NOW - timedelta(minutes=minutes_ago)
    return Study(uid, Patient(PatientId("P", "H")), "A", "DX", at, at, order_priority=order)


def an_assessment(urgency, *, negative=False):
    return Assessment(urgency, (), negative, SHIPPED.gives_way(urgency, ai_negative=negative))


uids = st.integers(1, 10**6).map(lambda n: f"1.2.{n}")
studies = st.builds(a_study, uids, st.integers(0, 2 * MONTH_MINUTES), st.sampled_from(Urgency))
assessments = st.builds(an_assessment, st.sampled_from(Urgency), negative=st.booleans())
ranked_studies = st.lists(st.tuples(studies, assessments), unique_by=lambda s: s[0].study_uid)


def overdue(study, assessment, at):
    return place(study, assessment).due_at <= at


# ── the order ─────────────────────────────────────────────────────────────────────────────────────────


@given(ranked_studies, st.randoms())
def test_the_order_is_total_and_does_not_depend_on_how_studies_arrive(ranked, random):
    places = [place(*r) for r in ranked]
    shuffled = [*places]
    random.shuffle(shuffled)
    assert sorted(places) == sorted(shuffled)
    assert len(set(places)) == len(places)


@given(studies, assessments, st.integers(1, MONTH_MINUTES))
def test_waiting_never_costs_a_place(study, assessment, minutes):
    waited = replace(study, received_at=study.received_at - timedelta(minutes=minutes))
    assert place(waited, assessment) < place(study, assessment)


@given(studies, assessments, studies, st.booleans())
def test_stat_stands_before_everything_that_is_not_due_when_it_arrives(other, seen, stat, negative):
    stat = replace(stat, study_uid="stat", order_priority=Urgency.STAT)
    at_once = an_assessment(Urgency.STAT, negative=negative)
    if not overdue(other, seen, stat.received_at):
        assert place(stat, at_once) < place(other, seen)


@given(studies, st.sampled_from(list(Urgency)[:-1]), st.booleans(), st.booleans())
def test_of_two_that_came_together_the_more_urgent_is_first_even_when_called_negative(
    study, level, negative, other_negative
):
    more = place(study, an_assessment(Urgency(level + 1), negative=negative))
    assert more < place(replace(study, study_uid="0"), an_assessment(level, negative=other_negative))


@given(studies, st.none() | vitals, readings, st.sampled_from(CRITICAL), st.floats(0, 1))
def test_a_surer_critical_finding_never_costs_a_place(study, measured, reading, code, higher):
    surer = max(reading.probability(code) or 0.0, higher)
    findings = tuple(Finding(code, surer) if f.code == code else f for f in reading.findings)
    before = place(study, assess(study.order_priority, measured, reading))
    assert place(study, assess(study.order_priority, measured, replace(reading, findings=findings))) <= before


@given(studies, vitals, st.none() | readings, st.integers(30, 100), st.integers(3, 80))
def test_a_worse_patient_never_loses_a_place(study, measured, reading, spo2, rate):
    """Lower SpO₂, and any higher NEWS2: of two scores of the same parameters the higher never stands behind."""
    low = min(spo2, measured.values["spo2_pct"])
    high = max(rate, measured.values["resp_rate_bpm"], 12)
    worse = replace(measured, values={"spo2_pct": low, "resp_rate_bpm": high})
    if early_warning(worse).points["resp_rate_bpm"] >= early_warning(measured).points["resp_rate_bpm"]:
        assert early_warning(worse).total >= early_warning(measured).total
        before = place(study, assess(study.order_priority, measured, reading))
        assert place(study, assess(study.order_priority, worse, reading)) <= before


# ── nobody starves ────────────────────────────────────────────────────────────────────────────────────


@given(studies, assessments, studies, assessments)
def test_nothing_that_arrives_after_a_study_is_due_ever_stands_before_it(waits, seen, comes, other):
    due_at = place(waits, seen).due_at
    if comes.received_at > due_at:
        assert place(waits, seen) < place(comes, other)
    assert due_at - waits.received_at <= timedelta(days=28)


@given(ranked_studies, studies, assessments)
def test_who_can_be_read_before_a_study_is_a_set_that_closes_when_it_is_due(others, study, seen):
    """Whatever later becomes of the others (vitals, a film, a new order): even as STAT only these could pass."""
    study = replace(study, study_uid="0")
    mine = place(study, seen)
    could_pass = {o.study_uid for o, _ in others if place(o, an_assessment(Urgency.STAT)) < mine}
    assert could_pass == {
        o.study_uid for o, _ in others if (o.received_at, o.study_uid) < (mine.due_at, study.study_uid)
    }
    assert {o.study_uid for o, given_to in others if place(o, given_to) < mine} <= could_pass


def read_one_by_one(arrivals, minutes_each):
    """One reader who always takes the first of the list; when each study was begun."""
    coming = sorted(arrivals, key=lambda a: a[0].received_at)
    here: list[Place] = []
    begun, now, each = {}, coming[0][0].received_at, timedelta(minutes=minutes_each)
    while coming or here:
        while coming and coming[0][0].received_at <= now:
            here.append(place(*coming.pop(0)))
        if not here:
            now = coming[0][0].received_at
            continue
        here.sort()
        begun[here.pop(0).study_uid] = now
        now += each
    return begun


@given(ranked_studies.filter(bool), st.integers(1, 3000))
def test_every_study_is_begun_by_when_it_is_due_and_the_work_before_it_is_done(arrivals, minutes):
    """Guarantee 2 of `Place`, also when there is far more work than one reader can do."""
    begun, each = read_one_by_one(arrivals, minutes), timedelta(minutes=minutes)
    for study, assessment in arrivals:
        mine = place(study, assessment)
        left = [
            o.study_uid
            for o, other in arrivals
            if place(o, other) < mine and begun[o.study_uid] >= mine.due_at
        ]
        assert begun[study.study_uid] <= mine.due_at + each * (len(left) + 1)


def test_a_flood_of_stat_does_not_keep_a_routine_study_out():
    routine, minute = a_study("routine"), timedelta(minutes=1)
    flood = [
        (
            replace(a_study(f"{n}", order=Urgency.STAT), received_at=NOW + n * 10 * minute),
            an_assessment(Urgency.STAT),
        )
        for n in range(4000)  # one every ten minutes for 27 days, each read for ten minutes
    ]
    begun = read_one_by_one([(routine, an_assessment(Urgency.ROUTINE)), *flood], 10)
    assert NOW + timedelta(days=20) < begun["routine"] <= NOW + timedelta(days=21, minutes=10)


# ── whoever refuses loses nothing ─────────────────────────────────────────────────────────────────────


@given(studies, st.none() | vitals, readings, st.integers(0, 2 * MONTH_MINUTES))
def test_a_study_the_model_never_saw_stands_before_one_it_called_negative(seen, measured, reading, later):
    """Refusal, silence and a failed model cost nothing: same order, same vitals, never behind a negative.

    However much later it came, as long as it came before the other was due without the AI's word and some days more.
    """
    unseen = replace(seen, study_uid="0", received_at=seen.received_at + timedelta(minutes=later))
    by_model = assess(seen.order_priority, measured, reading)
    by_person = assess(unseen.order_priority, measured, None)
    if by_model.ai_negative:
        longer = by_model.gives_way - by_person.gives_way
        stands_before = place(unseen, by_person) < place(seen, by_model)
        assert stands_before == (timedelta(minutes=later) <= longer)


@given(studies, st.none() | vitals, readings, st.sampled_from([None, "abstained"]))
def test_refusing_abstaining_or_failing_never_costs_a_place_against_being_called_negative(
    study, measured, reading, answer
):
    unread = a_reading(None) if answer else None
    refused = place(study, assess(study.order_priority, measured, unread))
    negative = assess(study.order_priority, measured, a_reading(0.0))
    assert negative.ai_negative
    assert refused <= place(study, negative)
    assert (refused < place(study, negative)) == (negative.urgency is not Urgency.STAT)


@given(studies, st.none() | vitals, readings, st.sampled_from(list(Urgency)[:-1]))
def test_the_ai_never_puts_a_study_behind_a_less_urgent_order(study, measured, reading, less):
    """Even called negative, it stays before one that came with it and asks for less."""
    mine = place(study, assess(study.order_priority, measured, reading))
    if study.order_priority > less:
        assert mine < place(replace(study, study_uid="0"), an_assessment(less))


# ── claims ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_claim_keeps_others_out_until_it_ends():
    claim = Claim("keller", NOW + timedelta(minutes=20))
    check_claim(None, "okoye", NOW)
    check_claim(claim, "keller", NOW)
    check_claim(claim, "okoye", claim.until)
    with pytest.raises(StudyHeld, match="03:20 UTC"):
        check_claim(claim, "okoye", NOW)
