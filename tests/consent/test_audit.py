"""The verifier finds what was changed, removed, added, moved or cut off."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.audit import GENESIS, AuditEvent, ChainedEvent, ChainHead, Outcome, link, verify
from consent.errors import BrokenAuditChain
from consent.record import PatientId

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def an_event(number: int) -> AuditEvent:
    return AuditEvent(
        "worker", "move study", f"study/{number}", NOON + timedelta(seconds=number), PatientId("P", "H")
    )


def a_chain(length: int) -> list[ChainedEvent]:
    chain, previous = [], GENESIS
    for number in range(1, length + 1):
        event = an_event(number)
        own = link(previous, number, event)
        chain.append(ChainedEvent(number, event, previous, own))
        previous = own
    return chain


def test_an_untouched_chain_is_whole():
    chain = a_chain(20)
    assert verify(chain) == ChainHead(20, chain[-1].sha256)
    assert verify([]) == ChainHead(0, GENESIS)


@given(
    st.integers(0, 9),
    st.sampled_from(["agent", "action", "entity", "purpose", "detail"]),
    st.text(min_size=1).filter(lambda t: t not in {"worker", "move study"}),
)
def test_any_changed_word_shows(at, field, text):
    chain = a_chain(10)
    place = chain[at]
    if getattr(place.event, field) == text:
        return
    chain[at] = replace(place, event=replace(place.event, **{field: text}))
    with pytest.raises(BrokenAuditChain, match=f"Event {at + 1} "):
        verify(chain)


@pytest.mark.parametrize("change", [{"patient": None}, {"outcome": Outcome.DENIED}, {"recorded_at": NOON}])
def test_changed_patient_outcome_or_time_shows(change):
    chain = a_chain(5)
    chain[2] = replace(chain[2], event=replace(chain[2].event, **change))
    with pytest.raises(BrokenAuditChain):
        verify(chain)


@given(st.integers(0, 8), st.integers(0, 8))
def test_moving_removing_or_adding_shows(first, second):
    chain = a_chain(10)
    moved = [*chain]
    moved[first], moved[second] = moved[second], moved[first]
    broken = [moved] if first != second else []
    for tampered in [*broken, chain[:first] + chain[first + 1 :], [*chain[: first + 1], *chain[first:]]]:
        with pytest.raises(BrokenAuditChain):
            verify(tampered)


def test_a_rehashed_event_shows_at_its_neighbour():
    chain = a_chain(5)
    forged = replace(chain[2].event, agent="nobody")
    chain[2] = ChainedEvent(3, forged, chain[2].previous_sha256, link(chain[2].previous_sha256, 3, forged))
    with pytest.raises(BrokenAuditChain, match="Event 4"):
        verify(chain)


def test_a_cut_off_tail_shows_against_a_head_kept_outside():
    chain = a_chain(10)
    head = verify(chain)
    assert verify(chain[:7]).events == 7
    with pytest.raises(BrokenAuditChain, match="ends at event 7"):
        verify(chain[:7], known=head)


def test_a_trail_written_anew_shows_against_a_head_kept_outside():
    head = verify(a_chain(5))
    with pytest.raises(BrokenAuditChain, match="differs"):
        verify(a_chain(6), known=replace(head, sha256="f" * 64))
    assert verify(a_chain(9), known=head).events == 9


def test_the_hash_does_not_depend_on_the_zone_a_time_is_written_in():
    event = an_event(1)
    elsewhere = replace(event, recorded_at=event.recorded_at.astimezone(timezone(timedelta(hours=3))))
    assert link(GENESIS, 1, event) == link(GENESIS, 1, elsewhere)


def test_fields_cannot_run_into_each_other():
    one = AuditEvent("ab", "c", "e", NOON)
    other = AuditEvent("a", "bc", "e", NOON)
    assert link(GENESIS, 1, one) != link(GENESIS, 1, other)


def test_an_event_needs_a_zone():
    with pytest.raises(ValueError, match="time zone"):
        AuditEvent("a", "b", "c", NOON.replace(tzinfo=None))
