"""The steps of a critical result, in the whole house."""

from dataclasses import replace
from datetime import timedelta

import pytest

from consent.audit import Outcome, verify
from consent.record import PatientId
from db.errors import ChangeRefused
from tests.builders import NOW, PATIENT_ID, STUDY_UID, an_event
from tests.triage.given import ADA, ROBIN, TOMAS, events, withdraw
from triage import calling, signing, withdrawal, writing
from triage.call_list import CallList
from triage.calling import Told
from triage.critical import Category, Cause, Delivery, Mark, Method, ReadBack, Standing
from triage.errors import MoveNotAllowed, NotPermitted, TriageError, UnknownStudy
from triage.escalation import overdue, state
from triage.half_written import HalfWritten

MARK = Mark("Tension pneumothorax, left.", Category.MINUTES)


def told(house, **changes):
    said = {
        "told_by": "Dr. Ada Keller",
        "received_by": "Dr. Noor Haddad",
        "received_at": house.clock.now(),
        "method": Method.TELEPHONE,
        "read_back": ReadBack.CONFIRMED,
    }
    return Told(**{**said, **changes})


@pytest.fixture
def opened(received):
    return calling.open_result(received, STUDY_UID, ADA, MARK)


def jobs(owner):
    rows = owner.execute(
        "SELECT args ->> 'result_id', args ->> 'step', queue_name FROM procrastinate_jobs "
        "WHERE task_name = 'firstread.notify' ORDER BY id"
    ).fetchall()
    return [(result_id[:4], step, lane) for result_id, step, lane in rows]


def notices(house, opened):
    return [(n.step, n.to, n.cause) for n in house.critical.result(opened.result_id).notices]


# ── opened ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_person_opens_it_before_anything_is_signed_and_the_first_is_called_at_once(received, opened, owner):
    kept = received.critical.result(opened.result_id)
    assert (kept.what, kept.category, kept.opened_by) == (MARK.what, Category.MINUTES, ADA.subject)
    assert (kept.report_version, kept.found_at) == (None, NOW)
    assert notices(received, opened) == [("0", "Ordering clinician", Cause.OPENED)]
    assert jobs(owner) == [(opened.result_id[:4], "0", "notices")]
    made = [c.event.action for c in received.audit.chain()][-2:]
    assert made == ["open critical result", "call on"]


def test_what_follows_a_signed_report_names_its_version(received):
    signing.sign(received, STUDY_UID, ADA, "Left pneumothorax.", style=None)
    assert calling.open_result(received, STUDY_UID, ADA, MARK).report_version == 1


def test_the_limit_of_the_day_it_was_opened_holds(received, opened):
    assert opened.limit == CallList().limits[Category.MINUTES]
    assert opened.due_at == NOW + timedelta(hours=1)


def test_who_may_not_tell_opens_nothing(received):
    with pytest.raises(NotPermitted):
        calling.open_result(received, STUDY_UID, ROBIN, MARK)
    with pytest.raises(UnknownStudy):
        calling.open_result(received, "1.2.3", ADA, MARK)
    for half in (Mark(" ", Category.DAYS), Mark("Pneumothorax"), Mark()):
        with pytest.raises(TriageError, match="what is critical and how soon"):
            calling.open_result(received, STUDY_UID, ADA, half)
    assert received.critical.open_results() == []


def test_it_was_found_when_the_reader_says_and_can_have_been_telephoned_before_it_was_opened(received, clock):
    clock.advance(20 * 60)
    opened = calling.open_result(received, STUDY_UID, ADA, replace(MARK, found_at=NOW))
    assert (opened.found_at, opened.due_at) == (NOW, NOW + timedelta(hours=1))
    heard_at = NOW + timedelta(minutes=3)
    closed = calling.record(received, opened.result_id, ADA, told(received, received_at=heard_at))
    assert closed.attempts[0].received_at == heard_at < closed.opened_at
    with pytest.raises(TriageError, match="later than now"):
        calling.open_result(
            received, STUDY_UID, ADA, replace(MARK, found_at=clock.now() + timedelta(seconds=1))
        )


def test_what_is_opened_is_no_longer_kept_as_half_written_and_the_words_stay(received):
    half = HalfWritten(STUDY_UID, ADA.subject, "Some words.", mark=MARK)
    writing.keep(received, half, ADA)
    assert received.half_written.find(STUDY_UID, ADA.subject) == half
    calling.open_result(received, STUDY_UID, ADA, MARK)
    assert received.half_written.find(STUDY_UID, ADA.subject) == replace(half, mark=Mark())


def test_who_is_shown_critical_results_is_on_record_for_each_patient(received, opened):
    calling.view(received, [opened], TOMAS)
    (event,) = events(received, "view critical result")
    assert (event.agent, event.detail, event.patient) == (TOMAS.subject, opened.result_id, PATIENT_ID)
    with pytest.raises(NotPermitted):
        calling.view(received, [opened], ROBIN)


def test_no_model_opens_anything_however_sure_it_is(ranked):
    """The scripted model calls an effusion at 84 %; reading, ranking and drafting leave no loop behind."""
    assert ranked.critical.of_study(STUDY_UID) == ()
    assert calling.call_next(ranked) == 0


# ── told ──────────────────────────────────────────────────────────────────────────────────────────────


def test_told_and_read_back_closes_it(received, opened, clock):
    clock.advance(300)
    closed = calling.record(received, opened.result_id, ADA, told(received))
    now = state(closed, clock.now())
    assert now.closed
    assert now.read_back is ReadBack.CONFIRMED
    assert received.critical.open_results() == []
    (event,) = events(received, "record attempt")
    assert event.detail == f"{opened.result_id}, confirmed by read-back"
    assert event.agent == ADA.subject


def test_unable_to_reach_closes_nothing_and_calls_the_next_in_the_same_step(received, opened, owner):
    open_still = calling.record(received, opened.result_id, ADA, told(received, read_back=ReadBack.UNABLE))
    assert state(open_still, NOW).standing is Standing.ESCALATED
    assert notices(received, opened)[1:] == [("1", "Ward doctor on call", Cause.UNREACHED)]
    assert [step for _, step, _ in jobs(owner)] == ["0", "1"]


def test_a_fact_that_is_missing_keeps_everything_as_it_was(received, opened):
    before = received.audit.head()
    for changes in ({"received_by": " "}, {"method": Method.MESSAGE}, {"received_at": NOW + timedelta(1)}):
        with pytest.raises(TriageError):
            calling.record(received, opened.result_id, ADA, told(received, **changes))
    with pytest.raises(NotPermitted):
        calling.record(received, opened.result_id, ROBIN, told(received))
    assert received.critical.result(opened.result_id).attempts == ()
    assert received.audit.head() == before


def test_two_who_tell_it_at_once_are_not_both_the_one_who_told_it(received, opened):
    calling.record(received, opened.result_id, ADA, told(received))
    with pytest.raises(MoveNotAllowed, match="told already"):
        calling.record(received, opened.result_id, TOMAS, told(received, told_by="Dr. Tomas Okoye"))


def test_an_entry_that_was_wrong_is_corrected_by_a_new_one_and_both_stay(received, opened):
    first = calling.record(received, opened.result_id, ADA, told(received)).attempts[0]
    wrong = told(received, read_back=ReadBack.UNABLE)
    again = calling.record(
        received, opened.result_id, ADA, wrong, corrects=first.number, reason="Another patient's ward."
    )
    assert len(again.attempts) == 2
    assert not state(again, NOW).closed
    assert [c.event.action for c in received.audit.chain()][-2:] == [
        "correct attempt",
        "call on",
    ]


# ── called ────────────────────────────────────────────────────────────────────────────────────────────


def test_the_clock_calls_the_next_person_and_then_says_it_is_overdue(received, opened, clock, owner):
    assert calling.call_next(received) == 0
    clock.advance(15 * 60)
    assert calling.call_next(received) == 1
    assert calling.call_next(received) == 0
    clock.advance(45 * 60 + 1)
    assert calling.call_next(received) == 3
    assert notices(received, opened)[1:] == [
        ("1", "Ward doctor on call", Cause.TIME),
        ("2", "Senior doctor on call", Cause.TIME),
        ("4", "Senior doctor on call", Cause.TIME),
        ("overdue", "Senior doctor on call", Cause.OVERDUE),
    ]
    assert len(jobs(owner)) == 5
    assert {e.agent for e in events(received, "call on")} == {ADA.subject, "worker"}
    verify(received.audit.chain(), received.audit.head())


@pytest.mark.usefixtures("own_database")
def test_a_result_that_cannot_be_called_about_silences_no_other(received, opened, clock, owner, caplog):
    others = [calling.open_result(received, STUDY_UID, ADA, MARK) for _ in range(2)]
    owner.execute(f"ALTER TABLE critical_notice ADD CHECK (result_id <> '{opened.result_id}' OR step = '0')")
    clock.advance(15 * 60)
    with pytest.raises(ChangeRefused):
        calling.call_next(received)
    assert [step for step, _, _ in notices(received, opened)] == ["0"]
    for other in others:
        assert [step for step, _, _ in notices(received, other)] == ["0", "1"]
    assert opened.result_id in caplog.text
    assert MARK.what not in caplog.text


def test_what_was_told_is_called_no_more(received, opened, clock):
    calling.record(received, opened.result_id, ADA, told(received))
    clock.advance(10 * 24 * 3600)
    assert calling.call_next(received) == 0
    assert not overdue(received.critical.result(opened.result_id), clock.now())


def test_a_notice_on_its_way_is_not_sent_once_it_was_told(received, opened):
    result, notice = calling.to_send(received, opened.result_id, "0")
    assert (result.result_id, notice.step) == (opened.result_id, "0")
    with pytest.raises(TriageError, match="No notice"):
        calling.to_send(received, opened.result_id, "7")
    calling.record(received, opened.result_id, ADA, told(received))
    assert calling.to_send(received, opened.result_id, "0") is None


def test_a_failure_to_send_is_on_record_with_its_reason(received, opened):
    failed = Delivery("0", "mail", sent=False, at=NOW, reason="The mail server did not answer.")
    calling.note_delivery(received, opened, failed)
    (event,) = events(received, "send notice")
    assert event.outcome is Outcome.FAILED
    assert event.detail.endswith("step 0 by mail: The mail server did not answer.")
    kept = received.critical.result(opened.result_id)
    assert calling.undelivered(kept, "0", ("mail", "webhook")) == ("mail", "webhook")
    calling.note_delivery(received, kept, Delivery("0", "mail", sent=True, at=NOW))
    assert calling.undelivered(received.critical.result(opened.result_id), "0", ("mail", "webhook")) == (
        "webhook",
    )


# ── consent ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_withdrawn_consent_and_a_hidden_reading_close_nothing_a_person_opened(ranked, clock):
    opened = calling.open_result(ranked, STUDY_UID, ADA, MARK)
    clock.advance(60)
    withdraw(ranked)
    withdrawal.reconsider(ranked, PatientId("P-1001", "Ward 7"))
    assert ranked.studies.reading(STUDY_UID) is None
    assert ranked.critical.open_results() == [ranked.critical.result(opened.result_id)]
    ranked.studies.hide_reading(STUDY_UID, an_event())
    clock.advance(15 * 60)
    assert calling.call_next(ranked) == 1
    calling.record(ranked, opened.result_id, ADA, told(ranked))
    assert ranked.critical.open_results() == []
