"""What patients agreed to, and the links that ask them, in PostgreSQL; see triage.ports.ConsentStore."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, update
from sqlmodel import Session, col, select

from consent.audit import AuditEvent, Outcome
from consent.record import Consent, ConsentState, PatientId, Provision, Purpose
from db import consent_rows as rows
from db.audit_trail import append, audited
from db.connection import Database
from db.tables import ConsentRow, InvitationRow, ProvisionRow
from triage.stores import Invitation


class PgConsentStore:
    """Consents in PostgreSQL. Every change writes its audit event in the same transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def consents(self, patient_id: PatientId) -> tuple[Consent, ...]:
        """Every consent of this patient, the latest first."""
        asked = select(ConsentRow).where(*_of(ConsentRow, patient_id))
        latest_first = asked.order_by(col(ConsentRow.signed_at).desc(), col(ConsentRow.consent_id).desc())
        with self._database.session() as session:
            found = session.exec(latest_first).all()
            return tuple(rows.to_consent(row, _provisions(session, row.consent_id)) for row in found)

    def provisions(self, patient_id: PatientId) -> tuple[Provision, ...]:
        """The answers in this patient's active consents: what `decide` reads."""
        asked = (
            select(ProvisionRow)
            .join(ConsentRow, col(ConsentRow.consent_id) == col(ProvisionRow.consent_id))
            .where(*_of(ConsentRow, patient_id), col(ConsentRow.state) == ConsentState.ACTIVE.value)
            .order_by(col(ProvisionRow.number))
        )
        with self._database.session() as session:
            return tuple(rows.to_provision(row) for row in session.exec(asked).all())

    def sign(self, consent: Consent, event: AuditEvent) -> None:
        """File a signed consent; it supersedes this patient's earlier active ones."""
        superseded = (
            update(ConsentRow)
            .where(*_of(ConsentRow, consent.patient), col(ConsentRow.state) == ConsentState.ACTIVE.value)
            .values(state=ConsentState.INACTIVE.value)
        )
        with audited(self._database, event) as session:
            session.exec(superseded)
            session.add(rows.from_consent(consent))
            session.flush()
            session.add_all(_provision_row(consent.consent_id, answer) for answer in consent.provisions)
            session.flush()

    def withdraw(self, patient_id: PatientId, purpose: Purpose, at: datetime, event: AuditEvent) -> None:
        """End every permission for one purpose at the moment `at`, also one that would begin later."""
        active = select(ConsentRow.consent_id).where(
            *_of(ConsentRow, patient_id), col(ConsentRow.state) == ConsentState.ACTIVE.value
        )
        ended = (
            update(ProvisionRow)
            .where(
                col(ProvisionRow.consent_id).in_(active),
                col(ProvisionRow.purpose) == purpose.value,
                col(ProvisionRow.permits),
                or_(col(ProvisionRow.ends_at).is_(None), col(ProvisionRow.ends_at) > at),
            )
            .values(ends_at=at)
        )
        with audited(self._database, event) as session:
            session.exec(ended)

    def invite(self, invitation: Invitation, event: AuditEvent) -> None:
        """File a link; it voids this patient's earlier unused ones, but not the way back, which lasts longer."""
        voided = (
            update(InvitationRow)
            .where(
                *_of(InvitationRow, invitation.patient_id),
                col(InvitationRow.used_at).is_(None),
                col(InvitationRow.expires_at) <= invitation.expires_at,
            )
            .values(expires_at=func.least(col(InvitationRow.expires_at), event.recorded_at))
        )
        with audited(self._database, event) as session:
            session.exec(voided)
            session.add(
                InvitationRow(
                    token_sha256=invitation.token_sha256,
                    patient_value=invitation.patient_id.value,
                    patient_issuer=invitation.patient_id.issuer,
                    birth_date=invitation.birth_date,
                    expires_at=invitation.expires_at,
                    tries_left=invitation.tries_left,
                    used_at=event.recorded_at if invitation.used else None,
                )
            )
            session.flush()

    def invitation(self, token_sha256: str) -> Invitation | None:
        """A link by the hash of its token."""
        asked = select(InvitationRow).where(col(InvitationRow.token_sha256) == token_sha256)
        with self._database.session() as session:
            row = session.exec(asked).one_or_none()
            return None if row is None else rows.to_invitation(row)

    def count_try(self, token_sha256: str, event: AuditEvent) -> Invitation | None:
        """Count one try before it is checked; None when none is left, the link is used or expired.

        The count is one conditional statement, so fifty tries at once cannot pass for one. A try that is refused is
        on record as denied. Time is the event's.
        """
        return self._spend(
            token_sha256,
            event,
            {"tries_left": col(InvitationRow.tries_left) - 1},
            col(InvitationRow.tries_left) > 0,
        )

    def forgive(self, token_sha256: str, tries: int, event: AuditEvent) -> Invitation | None:
        """Give a link its tries back once the birth date was right; None, and denied, when it is used or expired."""
        return self._spend(token_sha256, event, {"tries_left": tries})

    def use(self, token_sha256: str, event: AuditEvent) -> bool:
        """Use a link up; False, and denied on record, when somebody already did or it expired."""
        return self._spend(token_sha256, event, {"used_at": event.recorded_at}) is not None

    def _spend(
        self, token_sha256: str, event: AuditEvent, spent: dict[str, Any], *conditions: Any
    ) -> Invitation | None:
        statement = (
            update(InvitationRow)
            .where(
                col(InvitationRow.token_sha256) == token_sha256,
                col(InvitationRow.used_at).is_(None),
                col(InvitationRow.expires_at) > event.recorded_at,
                *conditions,
            )
            .values(**spent)
            .returning(InvitationRow)
        )
        with self._database.together(), self._database.session() as session:
            row = session.execute(statement).scalar_one_or_none()
            append(session, event if row else replace(event, outcome=Outcome.DENIED))
            return None if row is None else rows.to_invitation(row)


def _of(table: type[ConsentRow | InvitationRow], patient_id: PatientId) -> tuple[Any, Any]:
    return (
        col(table.patient_value) == patient_id.value,
        col(table.patient_issuer) == patient_id.issuer,
    )


def _provisions(session: Session, consent_id: str) -> tuple[Provision, ...]:
    asked = select(ProvisionRow).where(col(ProvisionRow.consent_id) == consent_id)
    return tuple(
        rows.to_provision(row) for row in session.exec(asked.order_by(col(ProvisionRow.number))).all()
    )


def _provision_row(consent_id: str, answer: Provision) -> ProvisionRow:
    return ProvisionRow(
        consent_id=consent_id,
        purpose=answer.purpose.value,
        permits=answer.permits,
        starts_at=answer.starts_at,
        ends_at=answer.ends_at,
    )
