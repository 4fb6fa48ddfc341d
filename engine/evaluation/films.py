"""How well the reader finds what is on films whose truth is known."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from engine.errors import BadTable
from engine.evaluation.answers import Answers, Scored, read_all
from engine.evaluation.consistency import BENDS, consistency
from engine.evaluation.dependence import bedside, some, symptoms
from engine.evaluation.goals import above_floors, goals
from engine.evaluation.groups import groups
from engine.evaluation.metrics import DRAWS, auc_interval
from engine.evaluation.reliability import reliability
from engine.evaluation.shortcuts import floors, source_shortcut
from engine.manifest import Film, read_manifest
from engine.model.calibration import REASSURING_BELOW
from engine.model.config import HEAD

Progress = Callable[[str, float], None]
FEWEST = 10
_COLUMNS = ("file", "label", "probability", "abstained")
_UNKNOWN = dict.fromkeys(
    ("auc", "low", "high", "ece", "ece_low", "ece_high", "ece_honest", "brier", "brier_low", "brier_high")
)


def evaluate(
    manifest: Path,
    reader: Scored,
    predictions: Path | None,
    progress: Progress,
    *,
    split: str = "",
    by: Sequence[str] = (),
) -> dict[str, object]:
    """Read every film of a table and hold the answers against its labels.

    Each film is read under its own permit, made from the declared purpose *evaluation*. Every interval is 95 % by
    bootstrap over patients, 1,000 draws, seed 0.

    Args:
        manifest: CSV with columns file and labels (separated by |), and optionally patient_id, age, sex, view, source,
            origin_repo, split and rsna_radiologist_class.
        predictions: where to write (file, label, probability, abstained), or None.
        split: measure only rows of this split; the others still teach the floors that need no pixels.
        by: keys of `engine.evaluation.groups.KEYS` to look at separately.

    Returns: per label n, positives, AUC with its 95 % interval by patient, and the calibration error where at least
        ten films show the finding; None where the reader abstained or the films cannot say. Films that cannot be
        read and labels that no head answers for are named. `labels_from_report` is the same without films whose label
        is a diagnosis of the case: those say neither yes nor no about most findings. Beside them goals, groups, floors without pixels, the
        source shortcut, consistency, and what symptoms and bedside values move.
    Raises: BadTable: the table cannot be read, or has no film of this split.
    """
    everything = read_manifest(manifest)
    films = [film for film in everything if not split or film.split == split]
    if not films:
        raise BadTable(f"{manifest.name} has no film of the split {split}.")
    answers = read_all(films, reader, BENDS, progress)
    if predictions is not None:
        _write(predictions, answers)
    return {
        "films": len(answers.films),
        "patients": len(set(answers.patients)),
        "split": split,
        "bootstrap": {"draws": DRAWS, "seed": 0, "by": "patient", "interval": "95 %"},
        "unreadable": answers.unreadable,
        "unknown_labels": sorted({label for film in films for label in film.unknown_labels}),
        "model": {"id": reader.identity.id, "sha256": reader.identity.sha256, "bits": reader.identity.bits},
        "labels": _labels(answers, progress),
        "labels_from_report": _labels(answers.only(answers.from_report), progress),
        **_around(everything, answers, reader, by, progress),
    }


def _around(
    everything: list[Film], answers: Answers, reader: Scored, by: Sequence[str], progress: Progress
) -> dict[str, object]:
    progress("goals, groups and floors", 0.0)
    without = floors(everything, answers) if answers.films else {}
    found: dict[str, object] = {
        "goals": goals(answers) | above_floors(answers, without) if answers.films else {},
        "groups": groups(answers, by),
        "floors": without,
        "source_shortcut": source_shortcut(answers) if answers.films else None,
        "consistency": consistency(answers),
    }
    progress("goals, groups and floors", 1.0)
    asked = some(answers)
    return found | {
        "symptoms": symptoms(asked, reader, progress),
        "bedside": bedside(asked, reader, progress),
    }


def _labels(answers: Answers, progress: Progress) -> dict[str, object]:
    found: dict[str, object] = {}
    for i, name in enumerate(HEAD):
        found[name] = _measure(answers, i)
        progress("intervals", (i + 1) / len(HEAD))
    return found


def _measure(answers: Answers, label: int) -> dict[str, object]:
    """All films count where the finding is answered at all: those held back one by one are ranked like the rest."""
    said, p = answers.said[:, label], answers.doubtful[:, label]
    silent = np.isnan(answers.believed[:, label])
    known = np.flatnonzero(~np.isnan(said) & ~np.isnan(p)) if not silent.all() else np.array([], dtype=int)
    found: dict[str, object] = {
        "n": len(known),
        "positives": int(np.nansum(said)),
        "abstained": int(silent.sum()),
        **_UNKNOWN,
        "called_unlikely_with_it": None,
        "bins": [],
    }
    y, given = said[known], p[known]
    if not 0 < y.sum() < len(y):
        return found
    patients = [answers.patients[i] for i in known]
    bounds = auc_interval(y, given, patients)
    found |= {"auc": bounds.value, "low": bounds.low, "high": bounds.high}
    shown = answers.believed[known, label][y == 1]
    found["called_unlikely_with_it"] = int((shown < REASSURING_BELOW[HEAD[label]]).sum())
    if y.sum() >= FEWEST:
        found |= _calibration(y, given, patients)
    return found


def _calibration(truth: np.ndarray, given: np.ndarray, patients: Sequence[str]) -> dict[str, object]:
    measured = reliability(truth, given, patients)
    return {
        "ece": measured.ece.value,
        "ece_low": measured.ece.low,
        "ece_high": measured.ece.high,
        "ece_honest": measured.honest,
        "brier": measured.brier.value,
        "brier_low": measured.brier.low,
        "brier_high": measured.brier.high,
        "bins": [{"n": b.n, "p": b.p, "share": b.share} for b in measured.bins],
    }


def _write(path: Path, answers: Answers) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(_COLUMNS)
        for film, row in zip(answers.films, answers.believed, strict=True):
            for label, p in zip(HEAD, row, strict=True):
                silent = bool(np.isnan(p))
                table.writerow((film.name, label, "" if silent else f"{p:.6f}", str(silent).lower()))
