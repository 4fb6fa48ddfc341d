"""What the way of a study needs from outside; db, engine and the clock on the wall provide it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from consent.audit import AuditEvent
from consent.decision import Permit
from triage.call_list import CallList
from triage.doubt import Doubt
from triage.half_written import Begun, HalfWritten
from triage.levels import SHIPPED, Levels
from triage.reading import Draft, Reading, Style
from triage.stores import AuditTrail, ConsentStore, CriticalStore, Figures, StudyStore, WorklistStore
from triage.study import Study, Urgency
from triage.vitals import Vitals


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
    ) -> tuple[Reading, Mapping[str, bytes]]:
        """Findings of one film, and where the model looked for each of them: PNGs by the finding's code.

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
        """All impressions at once, in checked pieces as they come, the checked Draft of each style after its last piece.

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
        """Keep the words as they stand now; the next ones replace them. What is answered for stays as it was saved."""

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
