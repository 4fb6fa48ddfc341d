"""The one door to a Permit."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from consent.errors import ConsentDenied
from consent.record import PatientId, Provision, Purpose

_KEY = object()


@dataclass(frozen=True)
class Permit:
    """The patient's yes to one purpose, made by `decide` and by nothing else.

    Reading, export and training take it instead of a promise; its id is stored on every output.
    """

    permit_id: str
    patient: PatientId
    purpose: Purpose
    consent_id: str
    decided_at: datetime
    lapses_at: datetime | None
    key: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.key is not _KEY:
            raise TypeError("A Permit is made by consent.decision.decide() alone.")

    def check(self, patient: PatientId, purpose: Purpose, at: datetime) -> None:
        """Refuse this permit for another patient, another purpose or a later day.

        Raises: ConsentDenied: it does not open this door, or has lapsed.
        """
        if (self.patient, self.purpose) != (patient, purpose):
            raise ConsentDenied("This permit was given for another patient or another purpose.")
        if at < self.decided_at or (self.lapses_at is not None and at >= self.lapses_at):
            raise ConsentDenied("This permit has lapsed; ask for consent again.")


def decide(patient: PatientId, provisions: Iterable[Provision], purpose: Purpose, at: datetime) -> Permit:
    """Say whether this patient allows `purpose` at the moment `at`.

    Silence is a no, and a refusal outweighs any number of permissions.

    Args:
        patient: number and issuer, as on the consent.
        provisions: all of this patient's, from active consents only.
        purpose: what the data would be used for.
        at: timezone-aware; a provision holds from its start up to, not including, its end.

    Returns: a Permit for this patient and purpose. It lapses when the first covering permission ends or a
        refusal begins, so ask again at each use.
    Raises: ConsentDenied: nothing covers `at`, or something covering it refuses.
    Source: FHIR R5 Consent.provision; refusal-wins is our choice, ADR-0003.
    """
    if at.tzinfo is None:
        raise ValueError("The moment of a decision needs a time zone.")
    known = [p for p in provisions if p.purpose == purpose]
    covering = [p for p in known if p.covers(purpose, at)]
    if any(not p.permits for p in covering):
        raise ConsentDenied(f"The patient refused {purpose.words}.")
    if not covering:
        raise ConsentDenied(f"No consent on file allows {purpose.words}.")
    ends = [p.ends_at for p in covering if p.ends_at is not None]
    refusals = [p.starts_at for p in known if not p.permits and p.starts_at > at]
    consent_id = min(covering, key=lambda p: (p.starts_at, p.consent_id)).consent_id
    name = f"{patient}|{purpose.value}|{consent_id}|{at.isoformat()}"
    return Permit(
        permit_id=f"permit-{sha256(name.encode()).hexdigest()[:32]}",
        patient=patient,
        purpose=purpose,
        consent_id=consent_id,
        decided_at=at,
        lapses_at=min(ends + refusals, default=None),
        key=_KEY,
    )
