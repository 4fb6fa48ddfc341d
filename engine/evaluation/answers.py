"""Films with known truth, each read once under its own permit, and what the reader answered."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from stat import S_ISREG
from typing import Protocol

import numpy as np

from consent.decision import Permit, decide
from consent.record import PatientId, Provision, Purpose
from engine.dicom.file import MAX_FILE_BYTES
from engine.manifest import Film
from engine.model.config import ABNORMAL, HEAD
from triage.errors import ReaderFailed, UnreadableFilm
from triage.ports import Film as OpenedFilm
from triage.reading import Draft, ModelIdentity, Reading, Style
from triage.study import Patient, Study
from triage.vitals import Vitals

log = logging.getLogger(__name__)
Progress = Callable[[str, float], None]
Bend = Callable[[np.ndarray], np.ndarray]
_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}


class Scored(Protocol):
    """A reader that can be measured: what it says on a screen, and what it would say of a film shown another way."""

    identity: ModelIdentity

    def read(
        self, study: Study, vitals: Vitals | None, film: bytes, media_type: str, permit: Permit
    ) -> tuple[Reading, Mapping[str, bytes]]: ...

    def drafts(
        self, study: Study, vitals: Vitals | None, reading: Reading, film: OpenedFilm, permit: Permit
    ) -> Iterator[tuple[Style, str | Draft]]: ...

    def scores(
        self,
        study: Study,
        vitals: Vitals | None,
        film: bytes,
        media_type: str,
        permit: Permit,
        bends: Sequence[Bend],
    ) -> np.ndarray:
        """Every answer, believed or not, for each way of showing the film; [len(bends), 15], NaN: it has none."""
        ...


@dataclass(frozen=True)
class Answers:
    """What was answered about n films.

    Attributes:
        believed: [n, 15] as a screen would show it, NaN where the reader abstained.
        doubtful: [n, 15] believed or not.
        bent: way of showing -> [n, 15] doubtful answers to the film shown that way.
        unreadable: films that were not read, with the reason.
    """

    films: list[Film]
    believed: np.ndarray
    doubtful: np.ndarray
    bent: Mapping[str, np.ndarray]
    unreadable: list[dict[str, str]]

    @property
    def patients(self) -> list[str]:
        return [film.patient for film in self.films]

    @property
    def said(self) -> np.ndarray:
        """The labels taken at their word; [n, 15], NaN where nothing was said."""
        rows = [film.said() for film in self.films]
        return np.stack(rows).astype(np.float64) if rows else np.empty((0, len(HEAD)))

    @property
    def from_report(self) -> np.ndarray:
        """Which films carry labels about the film itself and not a diagnosis of the case; [n] bool."""
        return np.array([not np.isnan(film.truth()).all() for film in self.films], dtype=bool)

    def only(self, chosen: np.ndarray) -> "Answers":
        """Keep some films; chosen [n] bool."""
        films = [film for film, kept in zip(self.films, chosen, strict=True) if kept]
        bent = {name: rows[chosen] for name, rows in self.bent.items()}
        return Answers(films, self.believed[chosen], self.doubtful[chosen], bent, self.unreadable)

    def assessed(self, label: int) -> bool:
        """Say whether the reader answers this at all."""
        return bool((~np.isnan(self.believed[:, label])).any())


def read_all(films: Sequence[Film], reader: Scored, bends: Mapping[str, Bend], progress: Progress) -> Answers:
    """Read every film, and look at it once more in each bent way; the first of `bends` shows it as it is."""
    kept: list[Film] = []
    believed, looks, unreadable = [], [], []
    for i, film in enumerate(films):
        try:
            said, seen = _read(film, reader, [*bends.values()])
            kept.append(film)
            believed.append(said)
            looks.append(seen)
        except (UnreadableFilm, ReaderFailed, OSError) as wrong:
            unreadable.append({"file": film.name, "reason": _reason(wrong)})
            log.warning("film %d of the table was not read: %s", i + 1, type(wrong).__name__)
        progress("films", (i + 1) / len(films))
    rows = np.array(believed, dtype=np.float64).reshape(-1, len(HEAD))
    seen = np.array(looks, dtype=np.float64).reshape(-1, len(bends), len(HEAD))
    bent = {name: seen[:, i] for i, name in enumerate(bends) if i > 0}
    return Answers(kept, rows, seen[:, 0], bent, unreadable)


def _reason(wrong: Exception) -> str:
    return f"{wrong.strerror}." if isinstance(wrong, OSError) and wrong.strerror else str(wrong)


def _read(film: Film, reader: Scored, bends: Sequence[Bend]) -> tuple[list[float], np.ndarray]:
    asked = Asked.of(film)
    reading = asked.reading(reader)
    said = {**{f.code: f.probability for f in reading.findings}, ABNORMAL: reading.pathology_probability}
    numbers = [np.nan if said[name] is None else float(said[name]) for name in HEAD]
    return numbers, asked.scores(reader, bends)


@dataclass(frozen=True)
class Asked:
    """One film as it is put to a reader, with the permit that lets it be opened."""

    study: Study
    film: bytes
    media_type: str
    permit: Permit

    @classmethod
    def of(cls, film: Film) -> "Asked":
        """Open a film under its own permit, made from the declared purpose *evaluation*.

        Raises: UnreadableFilm: no ordinary file, or too large. OSError: there is none.
        """
        status = film.path.stat()
        if not S_ISREG(status.st_mode):
            raise UnreadableFilm("This is no ordinary file.")
        if status.st_size > MAX_FILE_BYTES:
            raise UnreadableFilm(f"The file is larger than {MAX_FILE_BYTES // 1024**2} MB.")
        at = datetime.now(UTC)
        study = _study(film, at)
        kind = _TYPES.get(film.path.suffix.lower(), "application/dicom")
        return cls(study, film.path.read_bytes(), kind, _permit(study, at))

    def reading(self, reader: Scored, vitals: Vitals | None = None) -> Reading:
        """Have it read as a worker would."""
        return reader.read(self.study, vitals, self.film, self.media_type, self.permit)[0]

    def drafts(self, reader: Scored, reading: Reading, vitals: Vitals | None = None) -> dict[Style, Draft]:
        """Have the impressions written that a person would be shown."""
        opened = lambda: (self.film, self.media_type)  # noqa: E731 - as the worker hands a film over
        parts = reader.drafts(self.study, vitals, reading, opened, self.permit)
        return {style: part for style, part in parts if isinstance(part, Draft)}

    def scores(self, reader: Scored, bends: Sequence[Bend], vitals: Vitals | None = None) -> np.ndarray:
        """Ask for every answer, believed or not; [len(bends), 15]."""
        return reader.scores(self.study, vitals, self.film, self.media_type, self.permit, bends)


def _permit(study: Study, at: datetime) -> Permit:
    provision = Provision("declared-evaluation", Purpose.EVALUATION, permits=True, starts_at=at)
    return decide(study.patient.patient_id, [provision], Purpose.EVALUATION, at)


def _study(film: Film, at: datetime) -> Study:
    born = None if film.age is None else date(at.year - int(film.age), 1, 1)
    patient = Patient(PatientId(film.patient, "evaluation"), birth_date=born, sex=film.sex)
    return Study(f"evaluation.{film.name}", patient, "", "DX", studied_at=at, received_at=at)
