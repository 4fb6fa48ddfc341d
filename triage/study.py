"""Who was imaged and what arrived."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum

from consent.record import PatientId


class Urgency(IntEnum):
    """How soon a study must be looked at.

    Source: FHIR request-priority for the names; ACR actionable categories for the time (minutes, hours, days).
    """

    ROUTINE = 0
    URGENT = 1
    ASAP = 2
    STAT = 3

    @property
    def within(self) -> str:
        """The time a level stands for, in words."""
        return ("in turn", "within days", "within hours", "within minutes")[self]


class Sex(StrEnum):
    """As DICOM Patient's Sex (0010,0040) and FHIR administrative gender say it."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Patient:
    """The person on the table."""

    patient_id: PatientId
    name: str = ""
    birth_date: date | None = None
    sex: Sex = Sex.UNKNOWN

    def age_at(self, day: date) -> int | None:
        """Whole years lived on `day`, or None when the birth date is not known or lies after it."""
        born = self.birth_date
        if born is None or born > day:
            return None
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


@dataclass(frozen=True)
class Instance:
    """One image of a study; its bytes lie in the file store under their sha256.

    Source: DICOM SOP Instance UID (0008,0018), Series Instance UID (0020,000E), View Position (0018,5101).
    """

    sop_instance_uid: str
    series_uid: str
    sha256: str
    rows: int
    columns: int
    view: str = ""
    media_type: str = "application/dicom"


@dataclass(frozen=True)
class Study:
    """One examination: a patient, an order and its instances.

    Source: DICOM Study Instance UID (0020,000D), Accession Number (0008,0050), Modality (0008,0060).
    """

    study_uid: str
    patient: Patient
    accession_number: str
    modality: str
    studied_at: datetime
    received_at: datetime
    order_priority: Urgency = Urgency.ROUTINE
    indication: str = ""
    instances: tuple[Instance, ...] = ()
    simulated: bool = False

    def __post_init__(self) -> None:
        if self.studied_at.tzinfo is None or self.received_at.tzinfo is None:
            raise ValueError("The times of a study need a time zone.")

    @property
    def age(self) -> int | None:
        """The patient's age in whole years on the day of the study."""
        return self.patient.age_at(self.studied_at.date())

    def film(self, sha256: str) -> Instance | None:
        """The image of these bytes: what a reading points at lies on the film it was made from and on no other."""
        return next((i for i in self.instances if i.sha256 == sha256), None)

    @property
    def frontal(self) -> Instance | None:
        """The image that is read: the first frontal view, else the first image that is not lateral."""
        front = [i for i in self.instances if i.view.upper() in {"PA", "AP"}]
        unknown = [i for i in self.instances if not i.view]
        return next(iter(front + unknown), None)
