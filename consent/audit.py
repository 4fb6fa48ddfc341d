"""Who did what, chained so that a change shows."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from consent.errors import BrokenAuditChain
from consent.record import PatientId

GENESIS = "0" * 64


class Outcome(StrEnum):
    """How an attempt ended; a refused one is recorded like any other."""

    DONE = "done"
    DENIED = "denied"
    FAILED = "failed"


@dataclass(frozen=True)
class AuditEvent:
    """One act: who, what, on which thing of which patient, when, what for, and how it ended.

    `detail` holds ids, counts and reasons, never a patient's name or a value.

    Source: FHIR R5 AuditEvent (agent, code, entity, patient, recorded, authorization, outcome).
    """

    agent: str
    action: str
    entity: str
    recorded_at: datetime
    patient: PatientId | None = None
    purpose: str = ""
    outcome: Outcome = Outcome.DONE
    detail: str = ""

    def __post_init__(self) -> None:
        if self.recorded_at.tzinfo is None:
            raise ValueError("An audit event needs a time zone.")


@dataclass(frozen=True)
class ChainedEvent:
    """An event in its place: its number, the hash before it and its own."""

    sequence: int
    event: AuditEvent
    previous_sha256: str
    sha256: str


def link(previous_sha256: str, sequence: int, event: AuditEvent) -> str:
    """Hash an event together with all that came before it.

    Returns: 64 hexadecimal digits. The same event gives the same digits on any machine: times are taken in UTC
        with microseconds, fields in a fixed order, text as UTF-8.
    """
    patient = [event.patient.value, event.patient.issuer] if event.patient else None
    body = [
        previous_sha256,
        sequence,
        event.agent,
        event.action,
        event.entity,
        int(event.recorded_at.timestamp() * 1_000_000),
        patient,
        event.purpose,
        event.outcome.value,
        event.detail,
    ]
    return sha256(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True)
class ChainHead:
    """How many events there are and the hash of the last one; written down elsewhere, it shows a cut-off tail."""

    events: int
    sha256: str


def verify(chain: Iterable[ChainedEvent], known: ChainHead | None = None) -> ChainHead:
    """Walk the whole trail and answer its head.

    Args:
        chain: every event, in order of its number, starting at 1.
        known: a head seen earlier and kept outside the database; the trail must still contain it.

    Raises: BrokenAuditChain: an event was changed, removed, added, moved, or the tail was cut off.
    """
    previous, count = GENESIS, 0
    seen = known is None or known.events == 0
    for place in chain:
        count += 1
        if place.sequence != count:
            raise BrokenAuditChain(f"Event {count} is missing or out of order.")
        if place.previous_sha256 != previous or place.sha256 != link(previous, count, place.event):
            raise BrokenAuditChain(f"Event {count} was changed after it was written.")
        previous = place.sha256
        if known is not None and count == known.events:
            if previous != known.sha256:
                raise BrokenAuditChain(f"The trail up to event {count} differs from the head kept outside.")
            seen = True
    if known is not None and not seen:
        raise BrokenAuditChain(
            f"The trail ends at event {count}; the head kept outside counts {known.events}."
        )
    return ChainHead(count, previous)
