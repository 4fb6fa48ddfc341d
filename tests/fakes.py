"""What stands in for the world outside: a clock that waits to be told, a reader that says what it is given."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256

from consent.decision import Permit
from consent.record import Purpose
from tests.builders import MODEL, NOW, findings
from triage.errors import ReaderFailed
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
        heatmap: what it answers beside the findings.
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
    ) -> tuple[Reading, bytes | None]:
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
        return reading, self._heatmap

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
