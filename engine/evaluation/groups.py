"""How good the answers are for whom: by sex, age, view, source and origin, with small cells hidden."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from engine.evaluation.answers import Answers
from engine.evaluation.metrics import Interval, auc_interval, interval
from engine.manifest import Film
from engine.model.calibration import REASSURING_BELOW
from engine.model.config import HEAD

LEAST_CELL = 10
"""A cell of fewer films is not shown: it says more about those few people than about the model."""


def age_band(film: Film) -> str:
    if film.age is None:
        return "unknown"
    bands = ((18, "under 18"), (40, "18 to 39"), (60, "40 to 59"), (75, "60 to 74"))
    return next((name for under, name in bands if film.age < under), "75 and older")


KEYS: Mapping[str, Callable[[Film], str]] = {
    "sex": lambda film: film.sex.value,
    "age": age_band,
    "view": lambda film: film.view or "unknown",
    "source": lambda film: film.source or "unknown",
    "origin": lambda film: film.origin or "unknown",
}
"""What films can be told apart by."""


def groups(answers: Answers, by: Sequence[str]) -> dict[str, dict[str, dict[str, object]]]:
    """Measure every answered label in every group.

    Returns: key -> group -> {"n", "labels"}; a group of fewer than ten films has n None and no labels. Per label
        positives, AUC where at least ten films show it and ten do not, how many of those that show it were noticed
        (at least possible; for the film as a whole: not negative) and how many of the others raised a false alarm,
        each with a 95 % interval by patient; what rests on fewer than ten films is None.
    """
    found: dict[str, dict[str, dict[str, object]]] = {}
    for key in by:
        names = np.array([KEYS[key](film) for film in answers.films], dtype=str)
        found[key] = {str(name): _group(answers, np.flatnonzero(names == name)) for name in np.unique(names)}
    return found


def _group(answers: Answers, rows: np.ndarray) -> dict[str, object]:
    if len(rows) < LEAST_CELL:
        return {"n": None, "labels": {}}
    labels = {
        name: _cell(answers, rows, i, REASSURING_BELOW[name])
        for i, name in enumerate(HEAD)
        if answers.assessed(i)
    }
    return {"n": len(rows), "labels": labels}


def _cell(answers: Answers, rows: np.ndarray, label: int, threshold: float) -> dict[str, object]:
    known = rows[~np.isnan(answers.said[rows, label]) & ~np.isnan(answers.doubtful[rows, label])]
    y, p = answers.said[known, label], answers.doubtful[known, label]
    people = [answers.patients[i] for i in known]
    enough_with, enough_without = y.sum() >= LEAST_CELL, (1 - y).sum() >= LEAST_CELL
    area = auc_interval(y, p, people) if enough_with and enough_without else Interval()
    return {
        "positives": int(y.sum()) if enough_with else None,
        "auc": _bounds(area),
        "noticed": _bounds(_share(y == 1, p >= threshold, people) if enough_with else Interval()),
        "false_alarms": _bounds(_share(y == 0, p >= threshold, people) if enough_without else Interval()),
    }


def _share(among: np.ndarray, hit: np.ndarray, people: Sequence[str]) -> Interval:
    def measure(rows: np.ndarray) -> float | None:
        inside = among[rows]
        return float(hit[rows][inside].mean()) if inside.any() else None

    return interval(measure, len(among), people)


def _bounds(found: Interval) -> dict[str, float | None]:
    return {"value": found.value, "low": found.low, "high": found.high}
