"""The rows as PostgreSQL keeps them: columns and keys, no behaviour (ADR-0002)."""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    SmallInteger,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

_OPEN = "status <> ALL (ARRAY['signed'::text, 'amended'::text])"  # as PostgreSQL itself writes NOT IN


def _text(*, key: bool = False, of: str | None = None, optional: bool = False) -> Any:
    """A text column; keys sort by their bytes, as Python sorts them, whatever the server's language."""
    links = [ForeignKey(of)] if of else []
    kind = Text(collation="C") if key or of else Text()
    column: Column[Any] = Column(kind, *links, primary_key=key, nullable=optional)
    return Field(default=None, sa_column=column) if optional else Field(sa_column=column)


def _time(*, optional: bool = False) -> Any:
    column = Column(DateTime(timezone=True), nullable=optional)
    return Field(default=None, sa_column=column) if optional else Field(sa_column=column)


def _json() -> Any:
    return Field(sa_column=Column(JSONB, nullable=False))


def _number() -> Any:
    """A key the database counts up."""
    return Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))


class StudyRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "study"

    study_uid: str = _text(key=True)
    patient_value: str = _text()
    patient_issuer: str = _text()
    patient_name: str = _text()
    birth_date: date | None = None
    sex: str = _text()
    accession_number: str = _text()
    modality: str = _text()
    studied_at: datetime = _time()
    received_at: datetime = _time()
    order_priority: int = Field(sa_column=Column(SmallInteger, nullable=False))
    indication: str = _text()
    simulated: bool
    status: str = _text()
    status_reason: str = _text()
    moved_at: datetime = _time()
    urgency: int = Field(sa_column=Column(SmallInteger, nullable=False))
    reasons: list[str] = _json()
    ai_negative: bool
    due_at: datetime = _time()
    levels: str = _text()
    claimed_by: str | None = _text(optional=True)
    claimed_until: datetime | None = _time(optional=True)
    waiting: bool = Field(
        default=None, sa_column=Column(Boolean, Computed(_OPEN, persisted=True), nullable=False)
    )


class InstanceRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "instance"

    number: int = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), nullable=False))
    sop_instance_uid: str = _text(key=True)
    study_uid: str = _text(of="study.study_uid")
    series_uid: str = _text()
    sha256: str = _text()
    rows: int
    columns: int
    view: str = _text()
    media_type: str = _text()


class StatusChangeRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "status_change"

    number: int = _number()
    study_uid: str = _text(of="study.study_uid")
    status: str = _text()
    changed_at: datetime = _time()
    agent: str = _text()
    reason: str = _text()


class VitalsRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "vitals"

    number: int = _number()
    study_uid: str = _text(of="study.study_uid")
    measured_at: datetime = _time()
    measurements: dict[str, float] = _json()
    on_oxygen: bool | None = None
    consciousness: str | None = _text(optional=True)
    hypercapnic: bool | None = None


class ReadingRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "reading"

    number: int = _number()
    study_uid: str = _text(of="study.study_uid")
    findings: list[dict[str, Any]] = _json()
    pathology_probability: float | None = Field(default=None, sa_column=Column(Double, nullable=True))
    model_id: str = _text()
    model_sha256: str = _text()
    model_bits: int
    permit_id: str = _text()
    input_sha256: str = _text()
    read_at: datetime = _time()
    seconds: dict[str, float] = _json()
    note: str = _text()
    hidden_at: datetime | None = _time(optional=True)


class DraftRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "draft"

    reading: int = Field(sa_column=Column(BigInteger, ForeignKey("reading.number"), primary_key=True))
    style: str = _text(key=True)
    text: str = _text()
    writer: str = _text()
    removed: list[list[str]] = _json()
    mended: list[list[str]] = _json()
    raw: str = _text()
    evidence: list[dict[str, Any]] = _json()
    facts: dict[str, Any] = _json()


class ReportRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "report"

    study_uid: str = _text(key=True, of="study.study_uid")
    version: int = Field(primary_key=True)
    status: str = _text()
    impression: str = _text()
    verdict: str = _text()
    signed_by: str = _text()
    signed_at: datetime = _time()
    style: str | None = _text(optional=True)
    reason: str = _text()
    taken_on: list[str] = _json()
    signer: str = _text()


class QuarantineRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "quarantine"

    number: int = _number()
    name: str = _text()
    reason: str = _text()
    sha256: str = _text()
    kept_at: datetime = _time()


class ConsentRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "consent"

    consent_id: str = _text(key=True)
    patient_value: str = _text()
    patient_issuer: str = _text()
    state: str = _text()
    wording_version: str = _text()
    wording_sha256: str = _text()
    language: str = _text()
    signed_name: str = _text()
    strokes_sha256: str = _text()
    signed_at: datetime = _time()


class ProvisionRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "provision"

    number: int = _number()
    consent_id: str = _text(of="consent.consent_id")
    purpose: str = _text()
    permits: bool
    starts_at: datetime = _time()
    ends_at: datetime | None = _time(optional=True)


class InvitationRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "invitation"

    token_sha256: str = _text(key=True)
    patient_value: str = _text()
    patient_issuer: str = _text()
    birth_date: date | None = None
    expires_at: datetime = _time()
    tries_left: int = Field(sa_column=Column(SmallInteger, nullable=False))
    used_at: datetime | None = _time(optional=True)


class AuditEventRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "audit_event"

    sequence: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    agent: str = _text()
    action: str = _text()
    entity: str = _text()
    recorded_at: datetime = _time()
    patient_value: str | None = _text(optional=True)
    patient_issuer: str | None = _text(optional=True)
    purpose: str = _text()
    outcome: str = _text()
    detail: str = _text()
    previous_sha256: str = _text()
    sha256: str = _text()


class AuditHeadRow(SQLModel, table=True):
    """The one row every writer locks: how many events there are and the hash of the last."""

    __tablename__: ClassVar[str] = "audit_head"

    trail: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    events: int = Field(sa_column=Column(BigInteger, nullable=False))
    sha256: str = _text()


class SignInRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "sign_in"

    sid: str = _text(key=True)
    subject: str = _text()
    name: str = _text()
    roles: list[str] = _json()
    signed_in_at: datetime = _time()
    last_seen_at: datetime = _time()
    revoked_at: datetime | None = _time(optional=True)


class SavedViewRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "saved_view"

    subject: str = _text(key=True)
    name: str = _text(key=True)
    filter: dict[str, Any] = _json()
    saved_at: datetime = _time()


class WordRow(SQLModel, table=True):
    """Words on their way to a screen; the table is unlogged and is empty after a crash."""

    __tablename__: ClassVar[str] = "word"

    study_uid: str = _text(key=True)
    style: str = _text(key=True)
    text: str = _text()
