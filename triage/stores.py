"""What is remembered about studies, patients and people: the ports that `db` provides. Every write takes its audit event."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from consent.audit import AuditEvent, ChainedEvent, ChainHead
from consent.record import Consent, PatientId, Provision, Purpose
from triage.correlation import Cohort, Counted, Measured
from triage.critical import Attempt, CriticalResult, Delivery, Notice
from triage.listing import Filter, Line, SavedView, Waiting
from triage.permission import Person
from triage.reading import Draft, Reading
from triage.report import Report
from triage.status import Status
from triage.study import Instance, Patient, Study, Urgency
from triage.urgency import Assessment
from triage.usage import Queue, Usage
from triage.vitals import Vitals
from triage.waiting.draws import Observed
from triage.worklist import Claim, Entry, Place

HIDE_READING = "hide reading"
"""The act on the audit trail when the model's answers to a study are taken from every screen."""


@dataclass(frozen=True)
class StatusChange:
    """One move a study made; the screen's history. The audit trail is for investigation."""

    status: Status
    changed_at: datetime
    agent: str
    reason: str


@dataclass(frozen=True)
class Quarantined:
    """A file that was kept apart: what it was called, why, and under which hash its bytes lie."""

    name: str
    reason: str
    sha256: str
    kept_at: datetime


class StudyStore(Protocol):
    """Studies and all that hangs on them. Every change takes the audit event and commits with it."""

    def add_study(self, study: Study, assessment: Assessment, event: AuditEvent) -> None: ...
    def add_instance(self, study_uid: str, instance: Instance, event: AuditEvent) -> None: ...
    def raise_order(self, study_uid: str, priority: Urgency, event: AuditEvent) -> None:
        """Order a study more urgently than before. Raises: UnknownStudy."""

    def instance_sha256(self, sop_instance_uid: str) -> str | None:
        """The hash of the bytes on file under this UID, None when it is new."""

    def find(self, study_uid: str) -> Entry | None: ...
    def entry(self, study_uid: str) -> Entry:
        """One study as the worklist shows it. Raises: UnknownStudy."""

    def worklist(self, limit: int, after: Place | None = None, search: str = "") -> list[Entry]:
        """Open studies in reading order (`worklist.place`), a page at a time; search is accession, patient number or name."""

    def finished(self, limit: int, search: str = "") -> list[Entry]:
        """Signed studies, the latest first; searched as `worklist`."""

    def by_accession(self, accession_number: str) -> str | None: ...
    def patients(self, patient_id: PatientId, *, without: str = "") -> tuple[Patient, ...]:
        """What the studies on file say about this patient, one study left out."""

    def priors(self, study_uid: str) -> tuple[Study, ...]:
        """Earlier studies of the same patient, the latest first."""

    def studies_of(self, patient_id: PatientId) -> tuple[str, ...]:
        """UIDs of all this patient's studies, signed ones too, the latest first."""

    def move(self, study_uid: str, current: Status, target: Status, reason: str, event: AuditEvent) -> None:
        """Record one move if the study still is `current`. Raises: MoveNotAllowed: it is not any more."""

    def history(self, study_uid: str) -> tuple[StatusChange, ...]: ...
    def add_vitals(self, study_uid: str, vitals: Vitals, event: AuditEvent) -> None: ...
    def vitals(self, study_uid: str) -> tuple[Vitals, ...]:
        """All measurements, the latest last."""

    def save_assessment(self, study_uid: str, assessment: Assessment, event: AuditEvent) -> None: ...
    def save_reading(self, reading: Reading, event: AuditEvent) -> None: ...
    def save_draft(self, study_uid: str, draft: Draft, event: AuditEvent) -> None: ...
    def reading(self, study_uid: str) -> Reading | None:
        """The model's latest answer with its drafts, None when there is none."""

    def hide_reading(self, study_uid: str, event: AuditEvent) -> None:
        """Take the model's answer off every screen; the record stays for investigation."""

    def claim(self, study_uid: str, claim: Claim | None, event: AuditEvent) -> None: ...
    def run_out(self, purpose: Purpose, at: datetime, limit: int) -> tuple[PatientId, ...]:
        """Patients with an answer of the model still on a screen whose permission has ended and was not given anew."""

    def add_report(self, study_uid: str, report: Report, event: AuditEvent) -> None: ...
    def reports(self, study_uid: str) -> tuple[Report, ...]:
        """Every version, the first first."""

    def quarantine(self, file: Quarantined, event: AuditEvent) -> None: ...
    def quarantined(self, limit: int) -> list[Quarantined]: ...


class WorklistStore(Protocol):
    """What the list on the screen asks; as quick with a million studies on file as with a thousand."""

    def page(self, only: Filter, limit: int, after: Place | None, subject: str, at: datetime) -> list[Line]:
        """Open studies in reading order; `subject` is who looks and `at` when, for claims and consents."""

    def waiting(self) -> Waiting: ...
    def modalities(self) -> tuple[str, ...]:
        """Those of open studies."""

    def unheld(self, level: Urgency, at: datetime) -> int:
        """How many open studies of a level are in nobody's hands."""

    def clinicians(self, since: datetime) -> tuple[Person, ...]:
        """Everybody who signed in since then, the last time as a clinician, sorted by name."""

    def placed_otherwise(self, levels: str, limit: int) -> list[str]:
        """UIDs of open studies that another table of levels than this version gave their place."""

    def views(self, subject: str) -> tuple[SavedView, ...]:
        """One person's saved views, sorted by name."""

    def save_view(self, subject: str, view: SavedView, event: AuditEvent) -> None:
        """Keep a view; one of the same name makes room. Raises: TriageError: no name, a search, too many."""

    def remove_view(self, subject: str, name: str, event: AuditEvent) -> None: ...


class Figures(Protocol):
    """What the house looks like from far away: sums, counts and times, and no patient. Nothing here writes."""

    def usage(self, since: date) -> Usage: ...
    def queue(self) -> Queue: ...
    def arrivals(self, since: datetime) -> Observed:
        """When studies came and how long their readings took, for the simulator; the latest hundred thousand."""

    def sites(self) -> tuple[str, ...]:
        """Who issued patients' numbers, the largest first; those of fewer than ten studies are not named."""

    def stamp(self) -> int:
        """A number that changes whenever the studies that count do: a new reading, new vitals, a withdrawal."""

    def hidden_since(self, at: datetime) -> bool:
        """Whether a reading was taken from every screen at that moment or later, as the audit trail says."""

    def counted(self, cohort: Cohort, at: datetime) -> Counted:
        """Every pair of columns over the studies of a cohort whose reading may be shown, as sums."""

    def sample(self, cohort: Cohort, at: datetime, size: int, seed: int) -> list[Measured]:
        """Studies of a cohort drawn at random; the same ones for the same seed and the same studies."""


class CriticalStore(Protocol):
    """Critical results and who was told. Everything is added and nothing is ever changed or removed."""

    def open(self, result: CriticalResult, event: AuditEvent) -> None: ...
    def add_attempt(self, result_id: str, attempt: Attempt, event: AuditEvent) -> None:
        """File one attempt; the store counts its number."""

    def add_notice(self, result_id: str, notice: Notice, event: AuditEvent) -> None: ...
    def add_delivery(self, result_id: str, delivery: Delivery, event: AuditEvent) -> None: ...
    def result(self, result_id: str) -> CriticalResult:
        """One result with all that was recorded. Raises: UnknownResult."""

    def of_study(self, study_uid: str) -> tuple[CriticalResult, ...]:
        """Everything critical about one study, the first opened first."""

    def open_results(self) -> list[CriticalResult]:
        """Everything nobody has heard yet, the first opened first."""

    def opened_since(self, at: datetime) -> list[CriticalResult]:
        """Everything opened from a moment on, told or not, the first opened first."""


@dataclass(frozen=True)
class Invitation:
    """A patient's link: whom it is for, until when, and what it still takes to open it.

    The token itself is never stored, only its SHA-256.
    """

    token_sha256: str
    patient_id: PatientId
    birth_date: date | None
    expires_at: datetime
    tries_left: int
    used: bool


class ConsentStore(Protocol):
    """What patients agreed to, and the links that ask them."""

    def consents(self, patient_id: PatientId) -> tuple[Consent, ...]:
        """Every consent of this patient, the latest first."""

    def provisions(self, patient_id: PatientId) -> tuple[Provision, ...]:
        """The answers in this patient's active consents: what `decide` reads."""

    def sign(self, consent: Consent, event: AuditEvent) -> None:
        """File a signed consent; it supersedes this patient's earlier active ones."""

    def withdraw(self, patient_id: PatientId, purpose: Purpose, at: datetime, event: AuditEvent) -> None:
        """End every permission for one purpose at the moment `at`."""

    def invite(self, invitation: Invitation, event: AuditEvent) -> None:
        """File a link; it voids this patient's earlier unused ones that do not outlast it."""

    def invitation(self, token_sha256: str) -> Invitation | None: ...
    def count_try(self, token_sha256: str, event: AuditEvent) -> Invitation | None:
        """Count one try in one statement before it is checked; None when none is left, it is used or expired."""

    def forgive(self, token_sha256: str, tries: int, event: AuditEvent) -> Invitation | None:
        """Give a link its tries back once the birth date was right; None when it is used or expired."""

    def use(self, token_sha256: str, event: AuditEvent) -> bool:
        """Use a link up; False when somebody already did."""


class AuditTrail(Protocol):
    """The chained record of who did what."""

    def record(self, event: AuditEvent) -> None:
        """Write an act that changes nothing else: a view, a refusal, a sign-in."""

    def chain(self) -> Iterable[ChainedEvent]:
        """Every event, the first first."""

    def latest(self, limit: int, search: str = "") -> list[ChainedEvent]: ...
    def head(self) -> ChainHead: ...
