"""Critical results and who was told, in PostgreSQL; see triage.ports.CriticalStore. Rows are added, never changed."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel, col, exists, select

from consent.audit import AuditEvent
from db import critical_rows as rows
from db.audit_trail import audited
from db.connection import Database
from db.critical_rows import CriticalAttemptRow, CriticalDeliveryRow, CriticalNoticeRow, CriticalResultRow
from triage.critical import Attempt, CriticalResult, Delivery, Notice, ReadBack
from triage.errors import UnknownResult

_Part = TypeVar("_Part", CriticalAttemptRow, CriticalNoticeRow, CriticalDeliveryRow)


class PgCriticalStore:
    """Critical results in PostgreSQL. Every row comes with its audit event in the same transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ── adding ────────────────────────────────────────────────────────────────────────────────────────

    def open(self, result: CriticalResult, event: AuditEvent) -> None:
        """File a new result, as its opening made it."""
        self._add(rows.from_result(result), event)

    def add_attempt(self, result_id: str, attempt: Attempt, event: AuditEvent) -> None:
        """File one attempt; the database counts its number."""
        self._add(rows.from_attempt(result_id, attempt), event)

    def add_notice(self, result_id: str, notice: Notice, event: AuditEvent) -> None:
        """File that somebody was called on; one row for each step."""
        self._add(rows.from_notice(result_id, notice), event)

    def add_delivery(self, result_id: str, delivery: Delivery, event: AuditEvent) -> None:
        """File what became of sending a notice; a step is sent once by each channel."""
        self._add(rows.from_delivery(result_id, delivery), event)

    def _add(self, row: SQLModel, event: AuditEvent) -> None:
        with audited(self._database, event) as session:
            session.add(row)
            session.flush()

    # ── finding ───────────────────────────────────────────────────────────────────────────────────────

    def result(self, result_id: str) -> CriticalResult:
        """One result with all that was recorded. Raises: UnknownResult."""
        found = self._load(col(CriticalResultRow.result_id) == result_id)
        if not found:
            raise UnknownResult("No critical result with this number is on file.")
        return found[0]

    def of_study(self, study_uid: str) -> tuple[CriticalResult, ...]:
        """Everything critical about one study, the first opened first."""
        return tuple(self._load(col(CriticalResultRow.study_uid) == study_uid))

    def open_results(self) -> list[CriticalResult]:
        """Everything nobody has heard yet, the first opened first."""
        return self._load(~_told())

    def opened_since(self, at: datetime) -> list[CriticalResult]:
        """Everything opened from a moment on, told or not, the first opened first."""
        return self._load(col(CriticalResultRow.opened_at) >= at)

    def _load(self, which: ColumnElement[bool]) -> list[CriticalResult]:
        asked = select(CriticalResultRow).where(which)
        asked = asked.order_by(col(CriticalResultRow.opened_at), col(CriticalResultRow.result_id))
        with self._database.session() as session:
            found = session.exec(asked).all()
            if not found:  # what most screens hear, every few seconds
                return []
            ids = [row.result_id for row in found]
            attempts = _parts(session, CriticalAttemptRow, ids, CriticalAttemptRow.number)
            notices = _parts(session, CriticalNoticeRow, ids, CriticalNoticeRow.called_at)
            deliveries = _parts(session, CriticalDeliveryRow, ids, CriticalDeliveryRow.number)
            return [
                rows.to_result(
                    row, attempts[row.result_id], notices[row.result_id], deliveries[row.result_id]
                )
                for row in found
            ]


def _told() -> ColumnElement[bool]:
    """Somebody heard it, and that entry was not corrected; the same as triage.escalation.state says."""
    attempt, correction = aliased(CriticalAttemptRow), aliased(CriticalAttemptRow)
    corrected = exists().where(col(correction.corrects) == col(attempt.number))
    return (
        exists()
        .where(
            col(attempt.result_id) == col(CriticalResultRow.result_id),
            col(attempt.read_back) != ReadBack.UNABLE.value,
            ~corrected,
        )
        .correlate(CriticalResultRow)
    )


def _parts(
    session: Session, kind: type[_Part], ids: Sequence[str], order: object
) -> defaultdict[str, list[_Part]]:
    found: defaultdict[str, list[_Part]] = defaultdict(list)
    for row in session.exec(select(kind).where(col(kind.result_id).in_(ids)).order_by(col(order))).all():
        found[row.result_id].append(row)
    return found
