"""Words, facts and the one table of moves."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.builders import NOW, a_critical_result, an_attempt
from triage.critical import (
    CATEGORIES,
    MOVES,
    VOICE,
    Category,
    Facts,
    Happening,
    Limit,
    Method,
    Standing,
    moved,
)
from triage.errors import MoveNotAllowed, TriageError
from triage.study import Urgency

FACTS = {
    "what": "Tension pneumothorax, left.",
    "found_at": NOW,
    "told_by": "Dr. Ada Keller",
    "received_by": "Dr. Noor Haddad",
    "received_at": NOW,
    "method": Method.TELEPHONE,
}


def test_nothing_leaves_closed_and_nothing_returns_to_open():
    assert {current for current, _ in MOVES} == {Standing.OPEN, Standing.ESCALATED}
    assert Standing.OPEN not in MOVES.values()


def test_only_somebody_who_heard_it_closes_it():
    assert {happening for (_, happening), to in MOVES.items() if to is Standing.CLOSED} == {Happening.TOLD}


@pytest.mark.parametrize("happening", Happening)
def test_a_closed_result_does_not_move(happening):
    with pytest.raises(MoveNotAllowed, match="does not move"):
        moved(Standing.CLOSED, happening)


@pytest.mark.parametrize("move", MOVES)
def test_each_move_of_the_table_can_be_made(move):
    assert moved(*move) is MOVES[move]


@pytest.mark.parametrize("lacking", ["what", "told_by", "received_by"])
@pytest.mark.parametrize("blank", ["", "  ", "\n"])
def test_a_fact_that_says_nothing_is_missing(lacking, blank):
    with pytest.raises(TriageError, match="Say what was told"):
        Facts(**{**FACTS, lacking: blank})


def test_nobody_hears_it_before_it_is_found():
    with pytest.raises(TriageError, match="before it was found"):
        Facts(**{**FACTS, "received_at": NOW - timedelta(seconds=1)})


@pytest.mark.parametrize("moment", ["found_at", "received_at"])
def test_a_time_without_a_zone_is_no_time(moment):
    with pytest.raises(ValueError, match="time zone"):
        Facts(**{**FACTS, moment: datetime(2026, 11, 21, 8, 0)})  # noqa: DTZ001


def test_a_result_needs_its_words_and_a_time_that_has_been():
    with pytest.raises(TriageError, match="what is critical"):
        a_critical_result(what="  ")
    with pytest.raises(TriageError, match="later than now"):
        a_critical_result(found_at=NOW + timedelta(seconds=1))
    with pytest.raises(ValueError, match="time zone"):
        a_critical_result(opened_at=datetime(2026, 11, 21, 8, 0))  # noqa: DTZ001


@pytest.mark.parametrize(("within", "step"), [(1, 0), (0, 0), (1, 2), (-1, -1)])
def test_a_limit_that_cannot_be_kept_is_refused(within, step):
    with pytest.raises(ValueError, match="step"):
        Limit(timedelta(hours=within), timedelta(hours=step))


def test_the_six_facts_are_those_of_the_result_and_of_the_attempt():
    result, attempt = a_critical_result(), an_attempt()
    facts = result.facts(attempt)
    assert (facts.what, facts.found_at) == (result.what, result.found_at)
    assert (facts.told_by, facts.received_by) == (attempt.told_by, attempt.received_by)
    assert (facts.received_at, facts.method) == (attempt.received_at, attempt.method)
    with pytest.raises(TriageError):
        result.facts(replace(attempt, received_by=" "))


def test_the_deadline_counts_from_when_it_was_found_not_from_when_somebody_got_round_to_it():
    result = a_critical_result(found_at=NOW - timedelta(minutes=20))
    assert result.due_at == NOW + timedelta(minutes=40)


def test_every_urgency_above_routine_suggests_a_category_and_a_message_is_no_voice():
    assert set(CATEGORIES) == set(Urgency) - {Urgency.ROUTINE}
    assert [CATEGORIES[u] for u in (Urgency.STAT, Urgency.ASAP, Urgency.URGENT)] == list(Category)
    assert set(Method) - VOICE == {Method.MESSAGE}
