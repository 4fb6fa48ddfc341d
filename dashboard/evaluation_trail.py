"""The audit trail of a machine without a database: films read for evaluation, chained in a file of lines."""

import fcntl
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from consent.audit import GENESIS, AuditEvent, ChainedEvent, ChainHead, Outcome, link
from consent.errors import BrokenAuditChain
from consent.record import PatientId

NAME = "evaluation-audit.jsonl"


class EvaluationTrail:
    """Who read which de-identified film with which model, where no database keeps the trail.

    Args:
        home: the file lies in it; a line is on disk before `record` returns.
    """

    def __init__(self, home: Path) -> None:
        self._file = home / NAME

    def record(self, event: AuditEvent) -> None:
        """Add one event to the end of the chain; two processes take turns.

        Raises: BrokenAuditChain: the file was changed, and nothing is added to it any more.
        """
        self._file.parent.mkdir(parents=True, exist_ok=True)
        opened = os.open(self._file, os.O_CREAT | os.O_APPEND | os.O_RDWR, 0o600)
        with os.fdopen(opened, "a+", encoding="utf-8") as lines:
            fcntl.flock(lines, fcntl.LOCK_EX)
            lines.seek(0)
            last = _last(lines.read())
            head = ChainHead(last.sequence, last.sha256) if last else ChainHead(0, GENESIS)
            place = ChainedEvent(
                head.events + 1, event, head.sha256, link(head.sha256, head.events + 1, event)
            )
            lines.write(json.dumps(_to_json(place)) + "\n")  # ASCII: no character ends a line but the last
            lines.flush()
            os.fsync(lines.fileno())

    def chain(self) -> Iterator[ChainedEvent]:
        """Every event, the first first.

        Raises: BrokenAuditChain: a line is no event.
        """
        if self._file.exists():
            with self._file.open(encoding="utf-8") as lines:
                yield from map(_from_json, lines)

    def head(self) -> ChainHead:
        """How many events there are and the hash of the last one."""
        last = _last(self._file.read_text(encoding="utf-8")) if self._file.exists() else None
        return ChainHead(last.sequence, last.sha256) if last else ChainHead(0, GENESIS)


def _last(text: str) -> ChainedEvent | None:
    return _from_json(text.rstrip("\n").rpartition("\n")[2]) if text else None


def _to_json(place: ChainedEvent) -> dict[str, Any]:
    event, whose = place.event, place.event.patient
    return {
        "sequence": place.sequence,
        "agent": event.agent,
        "action": event.action,
        "entity": event.entity,
        "recorded_at": event.recorded_at.isoformat(),
        "patient": [whose.value, whose.issuer] if whose else None,
        "purpose": event.purpose,
        "outcome": event.outcome.value,
        "detail": event.detail,
        "previous_sha256": place.previous_sha256,
        "sha256": place.sha256,
    }


def _from_json(line: str) -> ChainedEvent:
    try:
        said = json.loads(line)
        event = AuditEvent(
            said["agent"],
            said["action"],
            said["entity"],
            datetime.fromisoformat(said["recorded_at"]),
            PatientId(*said["patient"]) if said["patient"] else None,
            said["purpose"],
            Outcome(said["outcome"]),
            said["detail"],
        )
        return ChainedEvent(said["sequence"], event, said["previous_sha256"], said["sha256"])
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenAuditChain("A line of the evaluation trail is no event; it was changed.") from error
