"""What stands in for the world outside: a clock that waits to be told, a reader that says what it is given."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from consent.audit import AuditEvent
from consent.decision import Permit
from consent.record import Purpose
from db.errors import ChangeRefused
from tests.builders import MODEL, NOW, findings
from triage.critical import Attempt, CriticalResult, Delivery, Notice
from triage.errors import ReaderFailed, UnknownResult
from triage.escalation import state
from triage.finding import POSSIBLE_FROM
from triage.ports import Clock, Film
from triage.reading import Draft, Reading, Style, Writer
from triage.study import Study
from triage.vitals import Vitals

WORDS = {
    Style.BRIEF: "Pleural effusion, very likely.",
    Style.BULLET: "• Pleural effusion, very likely (84 %).",
    Style.COMPREHENSIVE: "There is a pleural effusion, very likely. The heart is not enlarged.",
}


class FixedClock:
    """Time stands until `advance` is called."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


class ScriptedReader:
    """Answers what the test wrote down; asks for its permit exactly as the real one does.

    Args:
        clock: the house's.
        probabilities: of the findings it sees; the others are unlikely. None stands for "not assessed".
        pathology: the probability that the film is abnormal.
        heatmap: where it looked, the same for each finding that is at least possible; None draws none.
        words: the three impressions.
        unreadable: raised instead of findings.
        speechless: raised instead of an impression in these styles.
        meanwhile: called while it looks at the film.
        while_writing: called before the last word of each impression.
    """

    def __init__(
        self,
        clock: Clock,
        probabilities: Mapping[str, float | None] | None = None,
        *,
        pathology: float | None = 0.9,
        heatmap: bytes | None = b"a heatmap",
        words: Mapping[Style, str] = WORDS,
        unreadable: Exception | None = None,
        speechless: tuple[Style, ...] = (),
        meanwhile: Callable[[], None] = lambda: None,
        while_writing: Callable[[], None] = lambda: None,
    ) -> None:
        self._clock = clock
        self._probabilities = {"effusion": 0.84} if probabilities is None else probabilities
        self._pathology, self._heatmap, self._words = pathology, heatmap, words
        self.unreadable, self.speechless = unreadable, speechless
        self.meanwhile, self.while_writing = meanwhile, while_writing
        self.read_uids: list[str] = []
        self.drafted: list[tuple[str, Style]] = []
        self.saw_prior: list[bool] = []

    def read(
        self,
        study: Study,
        vitals: Vitals | None,  # noqa: ARG002
        film: bytes,
        media_type: str,  # noqa: ARG002
        permit: Permit,
    ) -> tuple[Reading, dict[str, bytes]]:
        permit.check(study.patient.patient_id, Purpose.AI_READING, self._clock.now())
        self.read_uids.append(study.study_uid)
        self.meanwhile()
        if self.unreadable is not None:
            raise self.unreadable
        reading = Reading(
            study_uid=study.study_uid,
            findings=findings(self._probabilities),
            pathology_probability=self._pathology,
            model=MODEL,
            permit_id=permit.permit_id,
            input_sha256=sha256(film).hexdigest(),
            read_at=self._clock.now(),
            seconds={"findings": 0.1},
        )
        seen = (f.code for f in reading.findings if (f.probability or 0) >= POSSIBLE_FROM)
        return reading, {code: self._heatmap for code in seen if self._heatmap}

    def drafts(
        self,
        study: Study,
        vitals: Vitals | None,  # noqa: ARG002
        reading: Reading,  # noqa: ARG002
        film: Film,
        permit: Permit,
        *,
        has_prior: bool,
    ) -> Iterator[tuple[Style, str | Draft]]:
        permit.check(study.patient.patient_id, Purpose.AI_READING, self._clock.now())
        assert film()[0]
        self.saw_prior.append(has_prior)
        for style in Style:
            if style in self.speechless:
                raise ReaderFailed("The model found no words.")
            self.drafted.append((study.study_uid, style))
            *first, last = self._words[style].split(" ")
            yield from ((style, f"{word} ") for word in first)
            self.while_writing()
            yield style, last
            yield style, Draft(style, self._words[style], Writer.MODEL)


_LATER = NOW + timedelta(days=3650)


class MemoryCriticalStore:
    """Critical results in a dictionary; the same contract as db.critical_store, with its events in a list."""

    def __init__(self) -> None:
        self._results: dict[str, CriticalResult] = {}
        self.events: list[AuditEvent] = []
        self._number = 0

    def open(self, result: CriticalResult, event: AuditEvent) -> None:
        if result.result_id in self._results:
            raise ChangeRefused("A result of this number is on file.")
        self._results[result.result_id] = result
        self.events.append(event)

    def add_attempt(self, result_id: str, attempt: Attempt, event: AuditEvent) -> None:
        result = self._known(result_id)
        numbers = {a.number for a in result.attempts}
        corrected = {a.corrects for a in result.attempts}
        if attempt.corrects is not None and (
            attempt.corrects not in numbers or attempt.corrects in corrected
        ):
            raise ChangeRefused("An entry is corrected once, and only within its own result.")
        self._number += 1
        filed = replace(attempt, number=self._number)
        self._put(replace(result, attempts=(*result.attempts, filed)), event)

    def add_notice(self, result_id: str, notice: Notice, event: AuditEvent) -> None:
        result = self._known(result_id)
        if notice.step in {n.step for n in result.notices}:
            raise ChangeRefused("Somebody was called at this step.")
        self._put(replace(result, notices=(*result.notices, notice)), event)

    def add_delivery(self, result_id: str, delivery: Delivery, event: AuditEvent) -> None:
        result = self._known(result_id)
        sent = {(d.step, d.channel) for d in result.deliveries if d.sent}
        if delivery.step not in {n.step for n in result.notices}:
            raise ChangeRefused("Nobody was called at this step.")
        if delivery.sent and (delivery.step, delivery.channel) in sent:
            raise ChangeRefused("This step was sent by this channel.")
        self._put(replace(result, deliveries=(*result.deliveries, delivery)), event)

    def result(self, result_id: str) -> CriticalResult:
        if result_id not in self._results:
            raise UnknownResult("No critical result with this number is on file.")
        return self._results[result_id]

    def of_study(self, study_uid: str) -> tuple[CriticalResult, ...]:
        return tuple(r for r in self._sorted() if r.study_uid == study_uid)

    def open_results(self) -> list[CriticalResult]:
        return [r for r in self._sorted() if not state(r, _LATER).closed]

    def opened_since(self, at: datetime) -> list[CriticalResult]:
        return [r for r in self._sorted() if r.opened_at >= at]

    def _sorted(self) -> list[CriticalResult]:
        return sorted(self._results.values(), key=lambda r: (r.opened_at, r.result_id))

    def _known(self, result_id: str) -> CriticalResult:
        if result_id not in self._results:
            raise ChangeRefused("No critical result with this number is on file.")
        return self._results[result_id]

    def _put(self, result: CriticalResult, event: AuditEvent) -> None:
        self._results[result.result_id] = result
        self.events.append(event)
