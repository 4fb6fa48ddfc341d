"""Where a critical result stands: by example, and by property over every history a person and a clock can write."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOW, a_critical_result, an_attempt
from triage.critical import (
    OVERDUE_STEP,
    Category,
    Cause,
    Delivery,
    Limit,
    Method,
    Notice,
    ReadBack,
    Standing,
)
from triage.errors import MoveNotAllowed, TriageError
from triage.escalation import check_attempt, notices_due, overdue, standing_entries, state, unsent

PEOPLE = ("Ordering clinician", "Ward doctor", "Senior doctor")
HOUR, STEP = timedelta(hours=1), timedelta(minutes=15)


def after(minutes):
    return NOW + timedelta(minutes=minutes)


def told(minutes, **changes):
    at = after(minutes)
    return an_attempt(received_at=at, recorded_at=at, **changes)


def unreached(minutes, **changes):
    return told(minutes, read_back=ReadBack.UNABLE, **changes)


def steps(result, at):
    return [(n.step, n.to, n.cause) for n in notices_due(result, PEOPLE, at)]


# ── by example ────────────────────────────────────────────────────────────────────────────────────────


def test_it_opens_with_the_first_person_called():
    result = a_critical_result()
    now = state(result, NOW)
    assert (now.standing, now.level, now.next_at) == (Standing.OPEN, 0, NOW + STEP)
    assert steps(result, NOW) == [("0", "Ordering clinician", Cause.OPENED)]


def test_a_quarter_of_an_hour_without_an_answer_calls_the_next():
    result = a_critical_result()
    assert state(result, after(14.9)).level == 0
    now = state(result, after(15))
    assert (now.standing, now.level, now.next_at) == (Standing.ESCALATED, 1, after(30))


def test_unable_to_reach_calls_the_next_at_once_and_gives_them_their_whole_time():
    result = replace(a_critical_result(), attempts=(unreached(5),))
    now = state(result, after(5))
    assert (now.standing, now.level, now.next_at) == (Standing.ESCALATED, 1, after(20))
    assert ("1", "Ward doctor", Cause.UNREACHED) in steps(result, after(5))


@pytest.mark.parametrize("outcome", [ReadBack.CONFIRMED, ReadBack.REACHED])
def test_somebody_who_heard_it_closes_it_and_how_is_kept(outcome):
    result = replace(a_critical_result(), attempts=(unreached(5), told(9, read_back=outcome)))
    now = state(result, after(9))
    assert now.closed
    assert (now.read_back, now.next_at, now.level) == (outcome, None, 1)
    assert now.told is not None
    assert now.told.received_at == after(9)
    assert steps(result, after(600)) == []


def test_who_was_called_is_not_called_again_and_the_last_is_called_at_every_step():
    notices = tuple(Notice(str(n), "x", Cause.TIME, NOW) for n in range(3))
    result = replace(a_critical_result(), notices=notices)
    assert steps(result, after(44)) == []
    assert steps(result, after(45)) == [("3", "Senior doctor", Cause.TIME)]


def test_a_worker_that_was_away_calls_everybody_once_and_makes_up_for_no_repeats():
    found = steps(a_critical_result(), after(15 * 20))
    assert found == [
        ("0", "Ordering clinician", Cause.OPENED),
        ("1", "Ward doctor", Cause.TIME),
        ("2", "Senior doctor", Cause.TIME),
        ("20", "Senior doctor", Cause.TIME),
        (OVERDUE_STEP, "Senior doctor", Cause.OVERDUE),
    ]


def test_a_whole_year_of_silence_is_worked_out_at_once():
    assert state(a_critical_result(), NOW + timedelta(days=365)).level == 365 * 24 * 4


def test_overdue_begins_after_the_last_moment_and_ends_only_by_telling():
    result = a_critical_result()
    assert not overdue(result, after(60))
    assert overdue(result, after(60.1))
    late = replace(result, attempts=(told(70),))
    assert overdue(late, after(69))
    assert not overdue(late, after(70))


def test_a_correction_takes_an_entry_out_and_a_result_told_to_the_wrong_person_is_open_again():
    wrong = told(5, number=1)
    mended = unreached(20, number=2, corrects=1, reason="I had the other ward on the line.")
    result = replace(a_critical_result(), attempts=(wrong, mended))
    assert state(result, after(19)).closed
    assert not state(result, after(20)).closed
    assert standing_entries(result.attempts, after(20)) == [mended]


def test_a_correction_of_a_name_leaves_it_closed():
    fixed = told(20, number=2, corrects=1, reason="Misspelt.", received_by="Dr. Nour Haddad")
    result = replace(a_critical_result(), attempts=(told(5, number=1), fixed))
    now = state(result, after(20))
    assert now.closed
    assert now.told is not None
    assert now.told.received_by == "Dr. Nour Haddad"


def test_a_failure_to_send_stands_until_a_later_try_succeeds():
    failed = Delivery("0", "mail", sent=False, at=NOW, reason="refused")
    result = replace(a_critical_result(), deliveries=(failed, replace(failed, channel="webhook")))
    assert [d.channel for d in unsent(result)] == ["mail", "webhook"]
    healed = replace(result, deliveries=(*result.deliveries, replace(failed, sent=True, reason="")))
    assert [d.channel for d in unsent(healed)] == ["webhook"]


# ── what may be recorded ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"told_by": " "}, "Say what was told"),
        ({"received_by": ""}, "Say what was told"),
        ({"received_at": after(-1)}, "before it was found"),
        ({"received_at": after(6)}, "later than now"),
        ({"received_by": "dr. ada keller "}, "Somebody else"),
        ({"method": Method.MESSAGE}, "told by voice"),
        ({"corrects": 1}, "what was wrong"),
        ({"corrects": 1, "reason": "Wrong."}, "corrected already"),
    ],
)
def test_an_entry_that_cannot_stand_is_refused_with_a_sentence(changes, says):
    with pytest.raises(TriageError, match=says):
        check_attempt(a_critical_result(), replace(told(5), **changes))


def test_hours_and_days_may_be_told_by_message_and_a_try_to_reach_by_message_is_a_try():
    by_message = told(5, method=Method.MESSAGE)
    check_attempt(a_critical_result(category=Category.DAYS), by_message)
    check_attempt(a_critical_result(), replace(by_message, read_back=ReadBack.UNABLE))


def test_what_was_told_is_not_told_again_but_corrected():
    result = replace(a_critical_result(), attempts=(told(5, number=1),))
    with pytest.raises(MoveNotAllowed, match="told already"):
        check_attempt(result, told(9))
    check_attempt(result, told(9, corrects=1, reason="Wrong name."))
    twice = replace(result, attempts=(*result.attempts, told(9, number=2, corrects=1, reason="Wrong name.")))
    with pytest.raises(TriageError, match="corrected already"):
        check_attempt(twice, told(12, corrects=1, reason="Again."))


# ── by property ───────────────────────────────────────────────────────────────────────────────────────


@st.composite
def results(draw):
    """Any history that `check_attempt` lets in, entry after entry, at any pace."""
    within = draw(st.integers(1, 500))
    limit = Limit(timedelta(minutes=within), timedelta(minutes=draw(st.integers(1, within))))
    result = a_critical_result(
        category=draw(st.sampled_from(Category)),
        limit=limit,
        found_at=NOW - timedelta(minutes=draw(st.integers(0, 300))),
    )
    at = NOW
    for number in range(1, draw(st.integers(0, 6)) + 1):
        at += timedelta(minutes=draw(st.integers(0, 200)))
        wrong = draw(st.none() | st.integers(1, number))
        entry = an_attempt(
            told_by=draw(st.sampled_from(["Dr. Ada Keller", " ", ""])),
            received_by=draw(st.sampled_from(["Dr. Noor Haddad", "Dr. Ada Keller", ""])),
            received_at=at - timedelta(minutes=draw(st.integers(-5, 30))),
            method=draw(st.sampled_from(Method)),
            read_back=draw(st.sampled_from(ReadBack)),
            recorded_at=at,
            corrects=wrong,
            reason="Wrong." if wrong else "",
            number=number,
        )
        try:
            check_attempt(result, entry)
        except TriageError:
            continue
        result = replace(result, attempts=(*result.attempts, entry))
    return result


moments = st.integers(0, 5000).map(after)


@given(results(), moments)
def test_nothing_closes_without_six_facts_and_a_read_back(result, at):
    now = state(result, at)
    assert now.closed == (now.told is not None) == (now.read_back is not None)
    if now.told is None:
        return
    assert now.read_back is not ReadBack.UNABLE
    assert all(w.strip() for w in (now.told.what, now.told.told_by, now.told.received_by))
    assert result.found_at <= now.told.received_at <= at
    assert now.told.method in Method


@given(results(), moments, moments)
def test_time_alone_neither_opens_nor_closes(result, one, other):
    """Between two moments without an entry, closed stays closed, open stays open, and no level is taken back."""
    early, late = sorted((one, other))
    if any(early < a.recorded_at <= late for a in result.attempts):
        return
    before, after_it = state(result, early), state(result, late)
    assert before.closed == after_it.closed
    assert before.level <= after_it.level


@given(results(), moments, moments)
def test_once_overdue_it_stays_overdue_until_somebody_is_told(result, one, other):
    early, late = sorted((one, other))
    if overdue(result, early):
        assert overdue(result, late) or any(
            early < a.recorded_at <= late and a.read_back is not ReadBack.UNABLE for a in result.attempts
        )


@given(results(), moments)
def test_nobody_is_called_twice_for_one_step_and_nobody_at_all_once_it_is_closed(result, at):
    filed = replace(result, notices=notices_due(result, PEOPLE, at))
    assert len({n.step for n in filed.notices}) == len(filed.notices)
    assert notices_due(filed, PEOPLE, at) == ()
    if state(result, at).closed:
        assert filed.notices == ()


@given(results(), moments)
def test_whoever_is_open_has_a_next_call_that_lies_ahead(result, at):
    now = state(result, at)
    assert now.closed == (now.next_at is None)
    if now.next_at is not None:
        assert now.next_at > at
        assert state(result, now.next_at).level > now.level or any(
            at < a.recorded_at <= now.next_at for a in result.attempts
        )


@given(results(), moments)
def test_every_move_is_one_of_the_table(result, at):
    """Walking through it never meets a move that is not there: no history that can be recorded is refused later."""
    assert state(result, at).standing in Standing
