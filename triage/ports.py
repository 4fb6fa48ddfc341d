"""What the way of a study needs from outside; db, engine and the clock on the wall provide it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from consent.audit import AuditEvent, ChainedEvent, ChainHead
from consent.decision import Permit
from consent.record import Consent, PatientId, Provision, Purpose
from triage.call_list import CallList
from triage.correlation import Cohort, Counted, Measured
from triage.critical import Attempt, CriticalResult, Delivery, Notice
from triage.doubt import Doubt
from triage.half_written import Begun, HalfWritten
from triage.levels import SHIPPED, Levels
from triage.listing import Filter, Line, SavedView, Waiting
from triage.permission import Person
from triage.reading import Draft, Reading, Style
from triage.report import Report
from triage.status import Status
from triage.study import Instance, Patient, Study, Urgency
from triage.urgency import Assessment
from triage.usage import Queue, Usage
from triage.vitals import Vitals
from triage.waiting.draws import Observed
from triage.worklist import Claim, Entry, Place


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

    def clinicians(self) -> tuple[Person, ...]:
        """Everybody who ever signed in as a clinician, by the role of their last sign-in, sorted by name."""

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


class JobQueue(Protocol):
    """Work for another process, in order of urgency.

    Finding a study its place is quick and writing its impressions is slow, so they wait apart: no study waits for its
    place behind the words about another. A study already waiting is not queued twice, but moves up.
    """

    def read(self, study_uid: str, urgency: Urgency) -> None:
        """Ask a worker to look at a study's film and give it its place."""

    def draft(self, study_uid: str, urgency: Urgency) -> None:
        """Ask a worker for the impressions of a study that has its place."""

    def notify(self, result_id: str, step: str) -> None:
        """Ask a worker to send one notice of a critical result."""

    def cancel(self, study_uid: str) -> None:
        """Take back what has not started."""


class FileStore(Protocol):
    """Bytes under their sha256; the same bytes are kept once."""

    def save(self, data: bytes) -> str: ...
    def load(self, sha256: str) -> bytes: ...


class WordStream(Protocol):
    """Words on their way to a screen. They are no record: the finished draft is, and is written with its event."""

    def put(self, study_uid: str, style: Style, text: str) -> None: ...
    def get(self, study_uid: str) -> dict[Style, str]: ...
    def clear(self, study_uid: str) -> None: ...


Film = Callable[[], tuple[bytes, str]]
"""Gives the bytes of a film and their media type, when they are wanted."""


class ImageReader(Protocol):
    """Whoever can say what an image shows. It opens nothing without a Permit."""

    def read(
        self, study: Study, vitals: Vitals | None, film: bytes, media_type: str, permit: Permit
    ) -> tuple[Reading, bytes | None]:
        """Findings of one film, and where the model looked as a PNG.

        Raises: ConsentDenied: the permit is for something else or has lapsed. UnreadableFilm. ReaderFailed.
        """

    def drafts(
        self,
        study: Study,
        vitals: Vitals | None,
        reading: Reading,
        film: Film,
        permit: Permit,
        *,
        has_prior: bool,
    ) -> Iterator[tuple[Style, str | Draft]]:
        """All impressions at once, word by word as they come, the checked Draft of each style after its last word.

        The film that was read is asked for only when the reader no longer remembers its look.
        Raises: ConsentDenied, UnreadableFilm, ReaderFailed.
        """


class FactCheck(Protocol):
    """Whoever can hold sentences against what film and bedside say."""

    def doubts(
        self, text: str, study: Study, vitals: Vitals | None, reading: Reading, *, has_prior: bool
    ) -> tuple[Doubt, ...]:
        """Every sentence of a text that the facts do not support."""


class HalfWrittenReports(Protocol):
    """Reports somebody has begun. They are no record of the patient, so keeping the next words takes no event."""

    def find(self, study_uid: str, subject: str) -> HalfWritten | None:
        """What one person has written about a study, None when they have not begun."""

    def save(self, half: HalfWritten, event: AuditEvent) -> None:
        """Keep what must be on record: that they began, and what they answer for."""

    def keep(self, half: HalfWritten, at: datetime) -> None:
        """Keep the words as they stand now; the next ones replace them."""

    def forget(self, study_uid: str, subject: str) -> None:
        """Drop them; the signed report stands in their place."""

    def begun(self, study_uid: str) -> tuple[Begun, ...]:
        """Who has begun a report about a study, the first first."""

    def begun_by(self, subject: str) -> tuple[Begun, ...]:
        """Which reports one person has begun, the latest first."""


class Clock(Protocol):
    """What time it is, with its zone."""

    def now(self) -> datetime: ...


class Together(Protocol):
    """One transaction around several writes: all of them happen, or none."""

    def __call__(self) -> AbstractContextManager[None]: ...


@dataclass(frozen=True)
class House:
    """Everything the way of a study leans on, wired once per process."""

    studies: StudyStore
    worklist: WorklistStore
    consents: ConsentStore
    audit: AuditTrail
    jobs: JobQueue
    files: FileStore
    words: WordStream
    half_written: HalfWrittenReports
    facts: FactCheck
    clock: Clock
    together: Together
    critical: CriticalStore
    figures: Figures
    levels: Levels = SHIPPED
    call_list: CallList = field(default_factory=CallList)
