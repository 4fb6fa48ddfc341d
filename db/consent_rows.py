"""Consents, links and audit events, from rows to the domain and back; pure, one pair for each thing."""

from consent.audit import AuditEvent, ChainedEvent, Outcome
from consent.record import Consent, ConsentState, PatientId, Provision, Purpose, Signature
from db.tables import AuditEventRow, ConsentRow, InvitationRow, ProvisionRow
from triage.stores import Invitation


def to_provision(row: ProvisionRow) -> Provision:
    return Provision(row.consent_id, Purpose(row.purpose), row.permits, row.starts_at, row.ends_at)


def to_consent(row: ConsentRow, provisions: tuple[Provision, ...]) -> Consent:
    return Consent(
        consent_id=row.consent_id,
        patient=PatientId(row.patient_value, row.patient_issuer),
        state=ConsentState(row.state),
        wording_version=row.wording_version,
        wording_sha256=row.wording_sha256,
        language=row.language,
        signature=Signature(row.signed_name, row.strokes_sha256, row.signed_at),
        provisions=provisions,
    )


def from_consent(consent: Consent) -> ConsentRow:
    return ConsentRow(
        consent_id=consent.consent_id,
        patient_value=consent.patient.value,
        patient_issuer=consent.patient.issuer,
        state=consent.state.value,
        wording_version=consent.wording_version,
        wording_sha256=consent.wording_sha256,
        language=consent.language,
        signed_name=consent.signature.name,
        strokes_sha256=consent.signature.strokes_sha256,
        signed_at=consent.signature.signed_at,
    )


def to_invitation(row: InvitationRow) -> Invitation:
    return Invitation(
        token_sha256=row.token_sha256,
        patient_id=PatientId(row.patient_value, row.patient_issuer),
        birth_date=row.birth_date,
        expires_at=row.expires_at,
        tries_left=row.tries_left,
        used=row.used_at is not None,
    )


def to_chained(row: AuditEventRow) -> ChainedEvent:
    known = row.patient_value is not None and row.patient_issuer is not None
    event = AuditEvent(
        agent=row.agent,
        action=row.action,
        entity=row.entity,
        recorded_at=row.recorded_at,
        patient=PatientId(str(row.patient_value), str(row.patient_issuer)) if known else None,
        purpose=row.purpose,
        outcome=Outcome(row.outcome),
        detail=row.detail,
    )
    return ChainedEvent(row.sequence, event, row.previous_sha256, row.sha256)


def from_chained(place: ChainedEvent) -> AuditEventRow:
    event = place.event
    return AuditEventRow(
        sequence=place.sequence,
        agent=event.agent,
        action=event.action,
        entity=event.entity,
        recorded_at=event.recorded_at,
        patient_value=event.patient.value if event.patient else None,
        patient_issuer=event.patient.issuer if event.patient else None,
        purpose=event.purpose,
        outcome=event.outcome.value,
        detail=event.detail,
        previous_sha256=place.previous_sha256,
        sha256=place.sha256,
    )
