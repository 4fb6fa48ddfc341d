"""The model's answers and their drafts; a hidden one stays on file and is shown to nobody."""

from datetime import datetime

import sqlalchemy
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from consent.record import ConsentState, PatientId, Purpose
from db import rows
from db.tables import DraftRow, ReadingRow
from triage.errors import MoveNotAllowed
from triage.reading import Draft, Reading

# What `consent.decision.decide` says of a patient, asked of all whose permission has ended; tests/db/test_readings.py
# holds them together.
_RUN_OUT = sqlalchemy.text("""
SELECT DISTINCT patient_value, patient_issuer FROM provision AS ended JOIN consent USING (consent_id)
WHERE ended.permits AND ended.ends_at <= :at AND ended.purpose = :purpose AND consent.state = :active
    AND EXISTS (
        SELECT FROM study JOIN reading USING (study_uid)
        WHERE (study.patient_value, study.patient_issuer) = (consent.patient_value, consent.patient_issuer)
            AND hidden_at IS NULL)
    AND NOT coalesce((
        SELECT bool_and(said.permits) FROM consent AS given JOIN provision AS said USING (consent_id)
        WHERE (given.patient_value, given.patient_issuer) = (consent.patient_value, consent.patient_issuer)
            AND given.state = :active AND said.purpose = :purpose
            AND said.starts_at <= :at AND (said.ends_at IS NULL OR :at < said.ends_at)), false)
ORDER BY patient_value, patient_issuer LIMIT :limit
""")


def add(session: Session, reading: Reading) -> None:
    """File an answer, with any drafts it already has."""
    row = rows.from_reading(reading)
    session.add(row)
    session.flush()
    session.add_all(DraftRow(reading=row.number, **rows.from_draft(draft)) for draft in reading.drafts)
    session.flush()


def add_draft(session: Session, study_uid: str, draft: Draft) -> None:
    """File a draft beside the latest answer; a second one in the same style takes the first one's place.

    Raises: MoveNotAllowed: no answer about this study may be looked at.
    """
    reading = _latest(session, study_uid)
    if reading is None:
        raise MoveNotAllowed("The reading of this study was taken away, and its draft with it.")
    made = rows.from_draft(draft)
    anew = {name: value for name, value in made.items() if name != "style"}
    kept = insert(DraftRow).values(reading=reading.number, **made)
    session.exec(kept.on_conflict_do_update(index_elements=["reading", "style"], set_=anew))


def shown(session: Session, study_uid: str) -> Reading | None:
    """The latest answer with its drafts, None when there is none to look at."""
    row = _latest(session, study_uid)
    if row is None:
        return None
    drafts = session.exec(select(DraftRow).where(col(DraftRow.reading) == row.number)).all()
    return rows.to_reading(row, tuple(rows.to_draft(draft) for draft in drafts))


def hide(session: Session, study_uid: str, at: datetime) -> None:
    """Take every answer about a study off the screens."""
    hidden = update(ReadingRow).where(
        col(ReadingRow.study_uid) == study_uid, col(ReadingRow.hidden_at).is_(None)
    )
    session.exec(hidden.values(hidden_at=at))


def run_out(session: Session, purpose: Purpose, at: datetime, limit: int) -> tuple[PatientId, ...]:
    """Patients with an answer that is shown, and no permission any more though there was one."""
    asked = {"purpose": purpose.value, "at": at, "limit": limit, "active": ConsentState.ACTIVE.value}
    return tuple(PatientId(*row) for row in session.execute(_RUN_OUT, asked))


def _latest(session: Session, study_uid: str) -> ReadingRow | None:
    asked = select(ReadingRow).where(
        col(ReadingRow.study_uid) == study_uid, col(ReadingRow.hidden_at).is_(None)
    )
    return session.exec(asked.order_by(col(ReadingRow.number).desc()).limit(1)).one_or_none()
