"""What a patient has put their name to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, order=True)
class PatientId:
    """A patient's number together with who issued it; a number alone names nobody.

    Source: DICOM Patient ID (0010,0020) and Issuer of Patient ID (0010,0021).
    """

    value: str
    issuer: str

    def __str__(self) -> str:
        return f"{self.issuer}/{self.value}"


class Purpose(StrEnum):
    """What the patient's data may be used for; each is asked and answered on its own."""

    AI_READING = "ai-reading"
    TRAINING = "training"
    EVALUATION = "evaluation"  # de-identified files outside the patient record

    @property
    def words(self) -> str:
        """The purpose in the middle of a sentence."""
        return self.value.replace("-", " ").replace("ai ", "AI ")


class ConsentState(StrEnum):
    """Where a consent stands.

    Source: FHIR R5 Consent.status.
    """

    DRAFT = "draft"
    ACTIVE = "active"
    INACTIVE = "inactive"
    NOT_DONE = "not-done"
    ENTERED_IN_ERROR = "entered-in-error"


@dataclass(frozen=True)
class Provision:
    """One answer of the patient to one purpose, from its start up to, not including, its end.

    Source: FHIR R5 Consent.provision; `permits` is its decision.
    """

    consent_id: str
    purpose: Purpose
    permits: bool
    starts_at: datetime
    ends_at: datetime | None = None

    def covers(self, purpose: Purpose, at: datetime) -> bool:
        """Say whether this answer speaks about `purpose` at the moment `at`."""
        return (
            self.purpose == purpose and self.starts_at <= at and (self.ends_at is None or at < self.ends_at)
        )


@dataclass(frozen=True)
class Signature:
    """The patient's own hand: the name as typed and the strokes as drawn."""

    name: str
    strokes_sha256: str
    signed_at: datetime


@dataclass(frozen=True)
class Consent:
    """A signed form: which words were read, in which language, and what was answered."""

    consent_id: str
    patient: PatientId
    state: ConsentState
    wording_version: str
    wording_sha256: str
    language: str
    signature: Signature
    provisions: tuple[Provision, ...]
