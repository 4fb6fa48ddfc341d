"""Reports somebody has begun, in PostgreSQL; see triage.ports.HalfWrittenReports."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Column, DateTime, ForeignKey, Text, delete, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlmodel import Field, SQLModel, col, select

from consent.audit import AuditEvent
from db.audit_trail import audited
from db.connection import Database
from db.search import storable
from triage.critical import Category, Mark
from triage.half_written import Begun, HalfWritten
from triage.reading import Style


class HalfWrittenRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "half_written"

    study_uid: str = Field(
        sa_column=Column(Text(collation="C"), ForeignKey("study.study_uid"), primary_key=True)
    )
    subject: str = Field(sa_column=Column(Text(collation="C"), primary_key=True))
    text: str = Field(sa_column=Column(Text, nullable=False))
    style: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    as_drafted: str = Field(sa_column=Column(Text, nullable=False))
    set_aside: str = Field(sa_column=Column(Text, nullable=False))
    rejected: bool
    reason: str = Field(sa_column=Column(Text, nullable=False))
    taken_on: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    amends: int
    begun_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    kept_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    mark_what: str = Field(sa_column=Column(Text, nullable=False))
    mark_category: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    mark_found_at: datetime | None = Field(
        default=None, sa_column=Column(DateTime(timezone=True), nullable=True)
    )


class PgHalfWrittenReports:
    """What people have written and not signed; each sees their own words only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, study_uid: str, subject: str) -> HalfWritten | None:
        """What one person has written about a study, None when they have not begun."""
        asked = select(HalfWrittenRow).where(*_of(study_uid, subject))
        with self._database.session() as session:
            row = session.exec(asked).one_or_none()
            return None if row is None else _to_half_written(row)

    def save(self, half: HalfWritten, event: AuditEvent) -> None:
        """Keep what must be on record: that they began, and what they answer for."""
        said = _said(half)
        kept = insert(HalfWrittenRow).values(
            study_uid=half.study_uid,
            subject=half.subject,
            begun_at=event.recorded_at,
            kept_at=event.recorded_at,
            **said,
        )
        again = {**said, "kept_at": event.recorded_at}
        with audited(self._database, event) as session:
            session.exec(kept.on_conflict_do_update(index_elements=["study_uid", "subject"], set_=again))

    def keep(self, half: HalfWritten, at: datetime) -> None:
        """Keep the words as they stand now; the next ones replace them. What is answered for stays as it was saved."""
        changed = update(HalfWrittenRow).where(*_of(half.study_uid, half.subject))
        said = {name: value for name, value in _said(half).items() if name != "taken_on"}
        with self._database.session() as session:
            session.exec(changed.values(**said, kept_at=at))

    def forget(self, study_uid: str, subject: str) -> None:
        """Drop them; the signed report stands in their place."""
        with self._database.session() as session:
            session.exec(delete(HalfWrittenRow).where(*_of(study_uid, subject)))

    def begun(self, study_uid: str) -> tuple[Begun, ...]:
        """Who has begun a report about a study, the first first."""
        asked = select(HalfWrittenRow).where(col(HalfWrittenRow.study_uid) == study_uid)
        with self._database.session() as session:
            found = session.exec(asked.order_by(col(HalfWrittenRow.begun_at), col(HalfWrittenRow.subject)))
            return tuple(_to_begun(row) for row in found.all())

    def begun_by(self, subject: str) -> tuple[Begun, ...]:
        """Which reports one person has begun, the latest first."""
        asked = select(HalfWrittenRow).where(col(HalfWrittenRow.subject) == subject)
        with self._database.session() as session:
            found = session.exec(asked.order_by(col(HalfWrittenRow.kept_at).desc()).limit(20))
            return tuple(_to_begun(row) for row in found.all())


def _of(study_uid: str, subject: str) -> tuple[Any, Any]:
    return col(HalfWrittenRow.study_uid) == study_uid, col(HalfWrittenRow.subject) == subject


def _said(half: HalfWritten) -> dict[str, Any]:
    return {
        "text": storable(half.text),
        "style": None if half.style is None else half.style.value,
        "as_drafted": storable(half.as_drafted),
        "set_aside": storable(half.set_aside),
        "rejected": half.rejected,
        "reason": storable(half.reason),
        "taken_on": [storable(sentence) for sentence in half.taken_on],
        "amends": half.amends,
        "mark_what": storable(half.mark.what),
        "mark_category": None if half.mark.category is None else half.mark.category.value,
        "mark_found_at": half.mark.found_at,
    }


def _to_half_written(row: HalfWrittenRow) -> HalfWritten:
    return HalfWritten(
        study_uid=row.study_uid,
        subject=row.subject,
        text=row.text,
        style=None if row.style is None else Style(row.style),
        as_drafted=row.as_drafted,
        set_aside=row.set_aside,
        rejected=row.rejected,
        reason=row.reason,
        taken_on=tuple(row.taken_on),
        amends=row.amends,
        mark=Mark(
            row.mark_what,
            None if row.mark_category is None else Category(row.mark_category),
            row.mark_found_at,
        ),
    )


def _to_begun(row: HalfWrittenRow) -> Begun:
    return Begun(row.study_uid, row.subject, row.begun_at, row.kept_at)
