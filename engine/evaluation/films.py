"""How well the reader finds what is on films whose truth is known."""

import csv
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from stat import S_ISREG

import numpy as np

from consent.decision import Permit, decide
from consent.record import PatientId, Provision, Purpose
from engine.dicom.file import MAX_FILE_BYTES
from engine.evaluation.metrics import auc_interval, calibration_error
from engine.manifest import Film, read_manifest
from engine.model.config import ABNORMAL
from engine.reader import FilmReader
from triage.errors import ReaderFailed, UnreadableFilm
from triage.finding import LABELS
from triage.study import Patient, Study

log = logging.getLogger(__name__)
Progress = Callable[[str, float], None]
FEWEST = 10
_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
_COLUMNS = ("file", "label", "probability", "abstained")


@dataclass(frozen=True)
class _Answers:
    films: list[Film]
    table: list[dict[str, float | None]]
    unreadable: list[dict[str, str]]


def evaluate(
    manifest: Path, reader: FilmReader, predictions: Path | None, progress: Progress
) -> dict[str, object]:
    """Read every film of a table and hold the answers against its labels.

    Each film is read under its own permit, made from the declared purpose *evaluation*.

    Args:
        manifest: CSV with columns file and labels (separated by |), and optionally patient_id, age, sex, view.
        predictions: where to write (file, label, probability, abstained), or None.

    Returns: per label n, positives, AUC with its 95 % interval by patient, and the calibration error where at least
        ten films show the finding; None where the reader abstained or the films cannot say. Films that cannot be
        read and labels that no head answers for are named.
    Raises: BadTable: the table cannot be read.
    """
    films = read_manifest(manifest)
    answers = _read_all(films, reader, progress)
    if predictions is not None:
        _write(predictions, answers)
    truth = (
        np.stack([film.said() for film in answers.films]) if answers.films else np.empty((0, len(LABELS) + 1))
    )
    patients = [film.patient for film in answers.films]
    labels: dict[str, object] = {}
    for i, name in enumerate((*LABELS, ABNORMAL)):
        labels[name] = _measure(truth[:, i], [row[name] for row in answers.table], patients)
        progress("intervals", (i + 1) / (len(LABELS) + 1))
    return {
        "films": len(answers.films),
        "patients": len(set(patients)),
        "unreadable": answers.unreadable,
        "unknown_labels": sorted({label for film in films for label in film.unknown_labels}),
        "model": {"id": reader.identity.id, "sha256": reader.identity.sha256, "bits": reader.identity.bits},
        "labels": labels,
    }


def _read_all(films: list[Film], reader: FilmReader, progress: Progress) -> _Answers:
    kept: list[Film] = []
    unreadable: list[dict[str, str]] = []
    table: list[dict[str, float | None]] = []
    for i, film in enumerate(films):
        try:
            table.append(_read(film, reader))
            kept.append(film)
        except (UnreadableFilm, ReaderFailed, OSError) as wrong:
            unreadable.append({"file": film.name, "reason": _reason(wrong)})
            log.warning("film %d of the table was not read: %s", i + 1, type(wrong).__name__)
        progress("films", (i + 1) / len(films))
    return _Answers(kept, table, unreadable)


def _reason(wrong: Exception) -> str:
    return f"{wrong.strerror}." if isinstance(wrong, OSError) and wrong.strerror else str(wrong)


def _read(film: Film, reader: FilmReader) -> dict[str, float | None]:
    status = film.path.stat()
    if not S_ISREG(status.st_mode):
        raise UnreadableFilm("This is no ordinary file.")
    if status.st_size > MAX_FILE_BYTES:
        raise UnreadableFilm(f"The file is larger than {MAX_FILE_BYTES // 1024**2} MB.")
    at = datetime.now(UTC)
    study = _study(film, at)
    media_type = _TYPES.get(film.path.suffix.lower(), "application/dicom")
    reading, _ = reader.read(study, None, film.path.read_bytes(), media_type, _permit(study, at))
    return {**{f.code: f.probability for f in reading.findings}, ABNORMAL: reading.pathology_probability}


def _permit(study: Study, at: datetime) -> Permit:
    provision = Provision("declared-evaluation", Purpose.EVALUATION, permits=True, starts_at=at)
    return decide(study.patient.patient_id, [provision], Purpose.EVALUATION, at)


def _study(film: Film, at: datetime) -> Study:
    born = None if film.age is None else date(at.year - int(film.age), 1, 1)
    patient = Patient(PatientId(film.patient, "evaluation"), birth_date=born, sex=film.sex)
    return Study(f"evaluation.{film.name}", patient, "", "DX", studied_at=at, received_at=at)


def _measure(truth: np.ndarray, answers: list[float | None], patients: list[str]) -> dict[str, object]:
    known = [i for i, p in enumerate(answers) if p is not None and not np.isnan(truth[i])]
    found: dict[str, object] = {
        "n": len(known),
        "positives": int(np.nansum(truth)),
        "abstained": sum(p is None for p in answers),
        "auc": None,
        "low": None,
        "high": None,
        "ece": None,
    }
    if not known:
        return found
    y, p = truth[known], np.array([answers[i] for i in known], dtype=np.float64)
    if 0 < y.sum() < len(y):
        bounds = auc_interval(y, p, [patients[i] for i in known])
        found |= {"auc": bounds.value, "low": bounds.low, "high": bounds.high}
    if y.sum() >= FEWEST:
        found["ece"] = calibration_error(y, p)
    return found


def _write(path: Path, answers: _Answers) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(_COLUMNS)
        for film, row in zip(answers.films, answers.table, strict=True):
            for label, p in row.items():
                table.writerow((film.name, label, "" if p is None else f"{p:.6f}", str(p is None).lower()))
