from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from consent.audit import Outcome
from consent.record import PatientId, Purpose
from db.sign_in_store import SignInStore
from tests.builders import (
    NOW,
    STUDY_UID,
    a_consent,
    a_draft,
    a_person,
    a_reading,
    a_study,
    an_event,
)
from triage.finding import Finding
from triage.reading import Style
from triage.report import Report, ReportStatus, Verdict
from triage.status import Status
from triage.stores import Quarantined
from triage.study import Urgency
from triage.urgency import Assessment
from triage.usage import Day, Hour, Milestone, Queue, Turnaround

PLACE = Assessment(Urgency.ROUTINE, ())
TODAY, YESTERDAY = NOW.date(), NOW.date() - timedelta(days=1)


def add(house, uid=STUDY_UID, **changes):
    house.studies.add_study(a_study(study_uid=uid, **changes), PLACE, an_event())


def sign(
    house, uid, verdict=Verdict.ACCEPTED, at=NOW, version=1, style=None, text="Text.", by="clinician@demo"
):
    status = ReportStatus.FINAL if version == 1 else ReportStatus.AMENDED
    report = Report(version, status, text, verdict, by, at, style=style)
    house.studies.add_report(uid, report, an_event())
    if version == 1:
        house.studies.move(uid, house.studies.entry(uid).status, Status.SIGNED, "", an_event())


# ── usage ─────────────────────────────────────────────────────────────────────────────────────────────


def test_an_empty_house_counts_nothing(house):
    usage = house.figures.usage(TODAY)
    assert (usage.days, usage.waiting, usage.turnarounds, usage.readings) == ((), 0, (), 0)
    assert (usage.by_style, usage.by_reader, usage.alone) == ({}, {}, {})
    assert (usage.refusals, usage.failures, usage.quarantined, usage.people) == (0, 0, 0, {})


def test_days_are_counted_in_utc_and_quiet_ones_are_there(house):
    add(house, "1", received_at=datetime(2026, 11, 18, 23, 59, 59, tzinfo=UTC))
    add(house, "2", received_at=datetime(2026, 11, 19, 0, 0, tzinfo=UTC))
    add(house, "3", received_at=NOW)
    house.studies.save_reading(a_reading(study_uid="3"), an_event())
    sign(house, "1")
    assert house.figures.usage(date(2026, 11, 18)).days == (
        Day(date(2026, 11, 18), 1, 0, 0),
        Day(date(2026, 11, 19), 1, 0, 0),
        Day(date(2026, 11, 20), 0, 0, 0),
        Day(date(2026, 11, 21), 1, 1, 1),
    )
    assert house.figures.usage(date(2026, 11, 19)).days[0] == Day(date(2026, 11, 19), 1, 0, 0)


def test_hours_are_those_in_which_it_happened(house):
    add(house, "1", received_at=NOW - timedelta(minutes=90))
    add(house, "2", received_at=NOW - timedelta(minutes=70))
    sign(house, "1", at=NOW + timedelta(minutes=59))
    hours = house.figures.usage(TODAY).hours
    assert hours == (Hour(NOW - timedelta(hours=2), 2, 0, 0), Hour(NOW, 0, 0, 1))


def test_every_step_is_timed_from_arrival_and_by_level(house):
    for uid, level, minutes in (
        ("1", Urgency.STAT, 10),
        ("2", Urgency.STAT, 30),
        ("3", Urgency.ROUTINE, 120),
    ):
        arrived = NOW - timedelta(minutes=minutes)
        house.studies.add_study(
            a_study(study_uid=uid, received_at=arrived), Assessment(level, ()), an_event()
        )
        way = (Status.IDENTIFIED, Status.CONSENTED, Status.READ, Status.RANKED)
        for number, (was, now) in enumerate(pairwise((Status.RECEIVED, *way))):
            at = arrived + timedelta(minutes=number)
            house.studies.move(uid, was, now, "", an_event(recorded_at=at))
        sign(house, uid)
    sign(house, "1", at=NOW + timedelta(days=3), version=2)
    usage = house.figures.usage(TODAY)
    assert usage.turnaround(Milestone.READ) == Turnaround(None, Milestone.READ, 3, 120.0, 120.0)
    assert usage.turnaround(Milestone.RANKED, Urgency.STAT) == Turnaround(
        Urgency.STAT, Milestone.RANKED, 2, 180.0, 180.0
    )
    assert usage.turnaround(Milestone.SIGNED) == Turnaround(None, Milestone.SIGNED, 3, 1800.0, 7200.0)
    assert usage.turnaround(Milestone.SIGNED, Urgency.ASAP) is None
    assert usage.turnaround(Milestone.COMMUNICATED) is None


def test_a_critical_result_is_timed_to_whom_it_was_confirmed_with(house, owner):
    add(house, "1", received_at=NOW - timedelta(hours=1))
    owner.execute(
        "INSERT INTO critical_result (result_id, study_uid, what, category, within_s, step_s, found_at, opened_by,"
        " opened_at) VALUES ('c', '1', 'Pneumothorax', 'minutes', 3600, 600, %s, 'ada', %s)",
        [NOW, NOW],
    )
    told = (
        "INSERT INTO critical_attempt (result_id, told_by, received_by, received_at, method, read_back, recorded_by,"
        " recorded_at, reason) VALUES ('c', 'ada', 'tom', %s, 'by telephone', %s, 'ada', %s, '')"
    )
    for minutes, read_back in ((5, "unable to reach"), (15, "confirmed by read-back")):
        at = NOW + timedelta(minutes=minutes)
        owner.execute(told, [at, read_back, at])
    found = house.figures.usage(TODAY).turnaround(Milestone.COMMUNICATED)
    assert (found.n, found.median_s) == (1, 75 * 60.0)


def test_drafts_are_counted_by_style_and_by_reader_and_amendments_are_none(house):
    for number, verdict in enumerate((Verdict.ACCEPTED, Verdict.EDITED, Verdict.EDITED, Verdict.REJECTED)):
        add(house, str(number))
        sign(house, str(number), verdict, style=Style.BRIEF if number else Style.BULLET)
    add(house, "alone")
    sign(house, "alone", Verdict.UNAIDED, by="tom")
    sign(house, "0", Verdict.UNAIDED, version=2)
    usage = house.figures.usage(TODAY)
    assert {style: dict(use.verdicts) for style, use in usage.by_style.items()} == {
        "brief": {Verdict.EDITED: 2, Verdict.REJECTED: 1},
        "bullet": {Verdict.ACCEPTED: 1},
    }
    assert {who: use.n for who, use in usage.by_reader.items()} == {"clinician@demo": 4, "tom": 1}


def test_words_changed_are_counted_against_the_draft_that_was_signed_from(house):
    for number, text in enumerate(("Two words here now.", "Two other words here now.", "Something else.")):
        uid = str(number)
        add(house, uid)
        house.studies.save_reading(a_reading(study_uid=uid), an_event())
        house.studies.save_draft(uid, a_draft(text="Two words here now."), an_event())
        made = (Verdict.ACCEPTED, Verdict.EDITED, Verdict.REJECTED)[number]
        sign(house, uid, made, style=Style.BRIEF, text=text)
        house.studies.hide_reading(uid, an_event())
    brief = house.figures.usage(TODAY).by_style["brief"]
    assert (brief.n, brief.changed) == (3, pytest.approx((0 + 1 / 5) / 2))


def test_a_draft_that_is_gone_is_not_compared(house):
    add(house)
    sign(house, STUDY_UID, Verdict.EDITED, style=Style.BRIEF)
    use = house.figures.usage(TODAY).by_style["brief"]
    assert (use.n, use.changed) == (1, None)


def test_studies_left_to_a_person_are_counted_by_reason(house):
    for number, reason in enumerate(("No consent.", "No consent.", "No frontal film.")):
        add(house, str(number))
        house.studies.move(str(number), Status.RECEIVED, Status.UNRANKED, reason, an_event())
    assert list(house.figures.usage(TODAY).alone.items()) == [("No consent.", 2), ("No frontal film.", 1)]
    assert house.figures.usage(TODAY + timedelta(days=1)).alone == {}


def test_findings_without_an_answer_are_counted(house):
    for number in range(3):
        add(house, str(number))
        found = (Finding("effusion", 0.5 if number else None), Finding("mass", 0.1))
        house.studies.save_reading(a_reading(study_uid=str(number), findings=found), an_event())
    usage = house.figures.usage(TODAY)
    assert usage.readings == 3
    assert (usage.answered["effusion"], usage.answered["mass"], usage.answered["hernia"]) == (2, 3, 0)


def test_the_queue_says_what_waits_and_whether_a_worker_lives(house, owner):
    assert house.figures.queue() == Queue()
    house.jobs.read("1", Urgency.STAT)
    house.jobs.read("2", Urgency.ROUTINE)
    house.jobs.draft("3", Urgency.ROUTINE)
    owner.execute("UPDATE procrastinate_events SET at = now() - interval '5 minutes'")
    owner.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '2 minutes')")
    queue = house.figures.queue()
    assert (queue.films, queue.words, queue.busy, queue.workers) == (2, 1, 0, 0)
    assert queue.oldest_s == pytest.approx(300, abs=20)
    assert queue.silent_s == pytest.approx(120, abs=20)
    owner.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    assert house.figures.queue().workers == 1


def test_open_studies_wait_whenever_they_came(house):
    add(house, "1", received_at=NOW - timedelta(days=400))
    add(house, "2")
    sign(house, "2")
    assert house.figures.usage(TODAY).waiting == 1


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
    assert house.figures.usage(TODAY).refusals == 2


def test_failures_count_studies_the_model_could_not_read(house):
    failed = an_event(action="move study", outcome=Outcome.FAILED)
    for event in (failed, failed, replace(failed, entity="study/2"), replace(failed, outcome=Outcome.DONE)):
        house.audit.record(event)
    house.audit.record(replace(failed, entity="study/3", recorded_at=NOW - timedelta(days=2)))
    assert house.figures.usage(TODAY).failures == 2


def test_files_kept_apart_are_counted(house):
    for at in (NOW, NOW, NOW - timedelta(days=3)):
        house.studies.quarantine(Quarantined("a.dcm", "Truncated.", "a" * 64, at), an_event())
    assert house.figures.usage(TODAY).quarantined == 2


def test_people_are_those_who_sign_in_not_patients_and_not_the_machine(house, database):
    person = a_person()
    SignInStore(database).open("sid", person, NOW, an_event(agent=person.subject))
    for agent in (person.subject, "worker", "patient", person.subject):
        house.audit.record(an_event(agent=agent))
    assert house.figures.usage(TODAY).people == {person.subject: 3}
