from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from consent.audit import Outcome
from consent.record import PatientId, Purpose
from db.sign_in_store import SignInStore
from tests.builders import (
    NOW,
    STUDY_UID,
    a_consent,
    a_patient,
    a_person,
    a_reading,
    a_study,
    an_event,
    vitals,
)
from triage.finding import Finding
from triage.ports import Quarantined
from triage.report import Report, ReportStatus, Verdict
from triage.status import Status
from triage.study import Urgency
from triage.urgency import Assessment
from triage.usage import Day

PLACE = Assessment(Urgency.ROUTINE, ())
TODAY, YESTERDAY = NOW.date(), NOW.date() - timedelta(days=1)


def add(house, uid=STUDY_UID, **changes):
    house.studies.add_study(a_study(study_uid=uid, **changes), PLACE, an_event())


def sign(house, uid, verdict=Verdict.ACCEPTED, at=NOW, version=1):
    status = ReportStatus.FINAL if version == 1 else ReportStatus.AMENDED
    report = Report(version, status, "Text.", verdict, "clinician@demo", at)
    house.studies.add_report(uid, report, an_event())
    if version == 1:
        house.studies.move(uid, Status.RECEIVED, Status.SIGNED, "", an_event())


# ── usage ─────────────────────────────────────────────────────────────────────────────────────────────


def test_an_empty_house_counts_nothing(house):
    usage = house.studies.usage(TODAY)
    assert (usage.days, usage.waiting, usage.turnaround_s, usage.verdicts) == ((), 0, (), {})
    assert (usage.refusals, usage.failures, usage.quarantined, usage.people) == (0, 0, 0, {})


def test_days_are_counted_in_utc_and_quiet_ones_are_there(house):
    add(house, "1", received_at=datetime(2026, 11, 18, 23, 59, 59, tzinfo=UTC))
    add(house, "2", received_at=datetime(2026, 11, 19, 0, 0, tzinfo=UTC))
    add(house, "3", received_at=NOW)
    house.studies.save_reading(a_reading(study_uid="3"), an_event())
    sign(house, "1")
    assert house.studies.usage(date(2026, 11, 18)).days == (
        Day(date(2026, 11, 18), 1, 0, 0),
        Day(date(2026, 11, 19), 1, 0, 0),
        Day(date(2026, 11, 20), 0, 0, 0),
        Day(date(2026, 11, 21), 1, 1, 1),
    )
    assert house.studies.usage(date(2026, 11, 19)).days[0] == Day(date(2026, 11, 19), 1, 0, 0)


def test_turnaround_runs_from_arrival_to_the_first_signature(house):
    add(house, "1", received_at=NOW - timedelta(minutes=10))
    add(house, "2", received_at=NOW - timedelta(hours=2))
    sign(house, "2", at=NOW - timedelta(hours=1))
    sign(house, "1")
    sign(house, "1", at=NOW + timedelta(days=3), version=2)
    assert house.studies.usage(TODAY).turnaround_s == (3600.0, 600.0)


def test_verdicts_count_what_became_of_drafts_and_amendments_are_none(house):
    for number, verdict in enumerate((Verdict.ACCEPTED, Verdict.EDITED, Verdict.EDITED, Verdict.REJECTED)):
        add(house, str(number))
        sign(house, str(number), verdict)
    sign(house, "0", Verdict.UNAIDED, version=2)
    assert house.studies.usage(TODAY).verdicts == {"accepted": 1, "edited": 2, "rejected": 1}


def test_open_studies_wait_whenever_they_came(house):
    add(house, "1", received_at=NOW - timedelta(days=400))
    add(house, "2")
    sign(house, "2")
    assert house.studies.usage(TODAY).waiting == 1


def test_refusals_count_patients_who_refused_ai_reading(house):
    def answer(number, answers, at=NOW):
        patient = PatientId(f"P-{number}", "Ward 7")
        consent = a_consent(patient, answers, consent_id=f"c-{number}-{at}", starts_at=at)
        house.consents.sign(consent, an_event())

    answer(1, {Purpose.AI_READING: False})
    answer(1, {Purpose.AI_READING: False}, NOW + timedelta(minutes=1))
    answer(2, {Purpose.AI_READING: True, Purpose.TRAINING: False})
    answer(3, {Purpose.AI_READING: False, Purpose.TRAINING: True})
    answer(4, {Purpose.AI_READING: False}, NOW - timedelta(days=9))
    assert house.studies.usage(TODAY).refusals == 2


def test_failures_count_studies_the_model_could_not_read(house):
    failed = an_event(action="move study", outcome=Outcome.FAILED)
    for event in (failed, failed, replace(failed, entity="study/2"), replace(failed, outcome=Outcome.DONE)):
        house.audit.record(event)
    house.audit.record(replace(failed, entity="study/3", recorded_at=NOW - timedelta(days=2)))
    assert house.studies.usage(TODAY).failures == 2


def test_files_kept_apart_are_counted(house):
    for at in (NOW, NOW, NOW - timedelta(days=3)):
        house.studies.quarantine(Quarantined("a.dcm", "Truncated.", "a" * 64, at), an_event())
    assert house.studies.usage(TODAY).quarantined == 2


def test_people_are_those_who_sign_in_not_patients_and_not_the_machine(house, database):
    person = a_person()
    SignInStore(database).open("sid", person, NOW, an_event(agent=person.subject))
    for agent in (person.subject, "worker", "patient", person.subject):
        house.audit.record(an_event(agent=agent))
    assert house.studies.usage(TODAY).people == {person.subject: 3}


# ── correlations ──────────────────────────────────────────────────────────────────────────────────────


def test_numbers_of_a_read_study(house):
    add(house)
    house.studies.add_vitals(STUDY_UID, vitals(NOW - timedelta(hours=5), spo2_pct=80.0), an_event())
    house.studies.add_vitals(STUDY_UID, vitals(spo2_pct=91.0, crp_mg_l=40.5), an_event())
    findings = (Finding("effusion", 0.84), Finding("hernia", None))
    house.studies.save_reading(a_reading(findings=findings, pathology_probability=0.9), an_event())
    (numbers,) = house.studies.measured()
    assert numbers.values == {"spo2_pct": 91.0, "crp_mg_l": 40.5, "age": 68.0}
    assert numbers.probabilities == {"effusion": 0.84, "pathology": 0.9}


def test_a_partial_measurement_hides_nothing_from_the_numbers(house):
    add(house)
    house.studies.add_vitals(STUDY_UID, vitals(NOW - timedelta(days=2), crp_mg_l=9.0), an_event())
    house.studies.add_vitals(STUDY_UID, vitals(NOW - timedelta(hours=5), spo2_pct=80.0), an_event())
    house.studies.add_vitals(STUDY_UID, vitals(heart_rate_bpm=91.0), an_event())
    house.studies.save_reading(a_reading(), an_event())
    (numbers,) = house.studies.measured()
    assert numbers.values == {"spo2_pct": 80.0, "heart_rate_bpm": 91.0, "age": 68.0}


def test_what_is_not_known_is_absent_never_zero(house):
    add(house, patient=a_patient(birth_date=None))
    house.studies.save_reading(a_reading(findings=(), pathology_probability=None), an_event())
    (numbers,) = house.studies.measured()
    assert (numbers.values, numbers.probabilities) == ({}, {})


@pytest.mark.parametrize("hidden", [True, False])
def test_a_hidden_reading_counts_nowhere(house, hidden):
    add(house)
    add(house, "unread")
    house.studies.save_reading(a_reading(), an_event())
    if hidden:
        house.studies.hide_reading(STUDY_UID, an_event())
    assert len(house.studies.measured()) == (0 if hidden else 1)


def test_only_the_latest_shown_answer_of_a_study_counts(house):
    add(house)
    for probability in (0.1, 0.2):
        house.studies.save_reading(a_reading(pathology_probability=probability), an_event())
    assert [m.probabilities["pathology"] for m in house.studies.measured()] == [0.2]
