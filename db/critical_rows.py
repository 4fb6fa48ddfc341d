"""The rows of critical results, and the way between them and the domain; every one of them is only ever added."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, ForeignKeyConstraint, Identity, Text
from sqlmodel import Field, SQLModel

from triage.critical import (
    Attempt,
    Category,
    Cause,
    CriticalResult,
    Delivery,
    Limit,
    Method,
    Notice,
    ReadBack,
)


def _text(*, key: bool = False, of: str | None = None, bytewise: bool = False) -> Any:
    links = [ForeignKey(of)] if of else []
    kind = Text(collation="C") if key or of or bytewise else Text()
    return Field(sa_column=Column(kind, *links, primary_key=key, nullable=False))


def _time() -> Any:
    return Field(sa_column=Column(DateTime(timezone=True), nullable=False))


def _number() -> Any:
    return Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))


class CriticalResultRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "critical_result"
    __table_args__: ClassVar[tuple[Any, ...]] = (
        ForeignKeyConstraint(
            ["study_uid", "report_version"],
            ["report.study_uid", "report.version"],
            name="critical_result_report",
        ),
    )

    result_id: str = _text(key=True)
    study_uid: str = _text(of="study.study_uid")
    report_version: int | None = None
    what: str = _text()
    category: str = _text()
    within_s: int
    step_s: int
    found_at: datetime = _time()
    opened_by: str = _text()
    opened_at: datetime = _time()


class CriticalAttemptRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "critical_attempt"
    __table_args__: ClassVar[tuple[Any, ...]] = (
        ForeignKeyConstraint(
            ["result_id", "corrects"],
            ["critical_attempt.result_id", "critical_attempt.number"],
            name="critical_attempt_same_result",
        ),
    )

    number: int = _number()
    result_id: str = _text(of="critical_result.result_id")
    told_by: str = _text()
    received_by: str = _text()
    received_at: datetime = _time()
    method: str = _text()
    read_back: str = _text()
    recorded_by: str = _text()
    recorded_at: datetime = _time()
    corrects: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    reason: str = _text()


class CriticalNoticeRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "critical_notice"

    result_id: str = _text(key=True, of="critical_result.result_id")
    step: str = _text(key=True)
    called: str = _text()
    cause: str = _text()
    called_at: datetime = _time()


class CriticalDeliveryRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "critical_delivery"
    __table_args__: ClassVar[tuple[Any, ...]] = (
        ForeignKeyConstraint(
            ["result_id", "step"],
            ["critical_notice.result_id", "critical_notice.step"],
            name="critical_delivery_notice",
        ),
    )

    number: int = _number()
    result_id: str = _text(bytewise=True)
    step: str = _text(bytewise=True)
    channel: str = _text(bytewise=True)
    sent: bool
    tried_at: datetime = _time()
    reason: str = _text()


# ── there ─────────────────────────────────────────────────────────────────────────────────────────────


def from_result(result: CriticalResult) -> CriticalResultRow:
    return CriticalResultRow(
        result_id=result.result_id,
        study_uid=result.study_uid,
        report_version=result.report_version,
        what=result.what,
        category=result.category.value,
        within_s=int(result.limit.within.total_seconds()),
        step_s=int(result.limit.step.total_seconds()),
        found_at=result.found_at,
        opened_by=result.opened_by,
        opened_at=result.opened_at,
    )


def from_attempt(result_id: str, attempt: Attempt) -> CriticalAttemptRow:
    return CriticalAttemptRow(
        result_id=result_id,
        told_by=attempt.told_by,
        received_by=attempt.received_by,
        received_at=attempt.received_at,
        method=attempt.method.value,
        read_back=attempt.read_back.value,
        recorded_by=attempt.recorded_by,
        recorded_at=attempt.recorded_at,
        corrects=attempt.corrects,
        reason=attempt.reason,
    )


def from_notice(result_id: str, notice: Notice) -> CriticalNoticeRow:
    return CriticalNoticeRow(
        result_id=result_id,
        step=notice.step,
        called=notice.to,
        cause=notice.cause.value,
        called_at=notice.at,
    )


def from_delivery(result_id: str, delivery: Delivery) -> CriticalDeliveryRow:
    return CriticalDeliveryRow(
        result_id=result_id,
        step=delivery.step,
        channel=delivery.channel,
        sent=delivery.sent,
        tried_at=delivery.at,
        reason=delivery.reason,
    )


# ── and back ──────────────────────────────────────────────────────────────────────────────────────────


def to_result(
    row: CriticalResultRow,
    attempts: Iterable[CriticalAttemptRow],
    notices: Iterable[CriticalNoticeRow],
    deliveries: Iterable[CriticalDeliveryRow],
) -> CriticalResult:
    return CriticalResult(
        result_id=row.result_id,
        study_uid=row.study_uid,
        what=row.what,
        category=Category(row.category),
        limit=Limit(timedelta(seconds=row.within_s), timedelta(seconds=row.step_s)),
        found_at=row.found_at,
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        report_version=row.report_version,
        attempts=tuple(map(_to_attempt, attempts)),
        notices=tuple(Notice(n.step, n.called, Cause(n.cause), n.called_at) for n in notices),
        deliveries=tuple(Delivery(d.step, d.channel, d.sent, d.tried_at, d.reason) for d in deliveries),
    )


def _to_attempt(row: CriticalAttemptRow) -> Attempt:
    return Attempt(
        told_by=row.told_by,
        received_by=row.received_by,
        received_at=row.received_at,
        method=Method(row.method),
        read_back=ReadBack(row.read_back),
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
        corrects=row.corrects,
        reason=row.reason,
        number=row.number,
    )
