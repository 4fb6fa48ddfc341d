"""What the weights were meant to reach, and whether they did."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from engine.evaluation.answers import Answers
from engine.evaluation.metrics import Interval, auc_interval, interval, mean_auc
from engine.evaluation.reliability import reliability
from engine.manifest import AIRSPACE, NORMAL, OPACITY, Film
from engine.model.config import ABNORMAL, HEAD

ENOUGH, ENOUGH_TO_CALIBRATE = 20, 10


def goals(answers: Answers) -> dict[str, dict[str, object]]:
    """Hold the answers, believed or not, against the goals; each with n, positives, value and 95 % interval.

    `met` is about the value, `surely` about the whole interval; both None where nothing could be measured.
    """
    read, abnormal, opacity = radiologist_reads(answers.films)
    abnormal_at_all = answers.doubtful[:, HEAD.index(ABNORMAL)]
    reports = answers.only(answers.from_report)
    return {
        "radiologist-read: abnormal against normal, AUC": _area(
            answers, abnormal, abnormal_at_all, read, 0.88
        ),
        "radiologist-read: lung opacity against the rest, AUC": _area(
            answers, opacity, airspace(answers.doubtful), read, 0.75
        ),
        f"mean AUC over labels with at least {ENOUGH} films, every film": _macro(answers, 0.80),
        f"mean AUC over labels with at least {ENOUGH} films, labels from a report": _macro(reports, 0.80),
        **_errors(reports),
    }


def radiologist_reads(films: Sequence[Film]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which films a radiologist read anew, and which of those are not normal, or show an opacity; each [n]."""
    read = np.array([bool(film.radiologist) for film in films], dtype=bool)
    abnormal = np.array([film.radiologist != NORMAL for film in films], dtype=float)
    opacity = np.array([film.radiologist == OPACITY for film in films], dtype=float)
    return read, abnormal, opacity


def airspace(answers: np.ndarray) -> np.ndarray:
    """Say how likely any of the text-mined names of a lung opacity is; [n, 15] probabilities or labels -> [n]."""
    named = [HEAD.index(name) for name in AIRSPACE]
    return 1.0 - np.prod(1.0 - answers[:, named], axis=1)


def above_floors(answers: Answers, floors: Mapping[str, Any]) -> dict[str, dict[str, object]]:
    """Hold every answer that is given against what view, sex and age alone would give, over films of one view, and of one
    origin; see `shortcuts.floors`.
    """
    given = {name for i, name in enumerate(HEAD) if answers.assessed(i)}
    return {
        f"{name}: AUC above that of view, sex and age, within {inside}": _verdict(
            Interval(**row[f"above_within_{inside}"]), 0.0, row["n"], row["positives"], _better
        )
        for name, row in floors.items()
        if name in given
        for inside in ("view", "origin")
    }


def _area(
    answers: Answers, truth: np.ndarray, scores: np.ndarray, chosen: np.ndarray, goal: float
) -> dict[str, object]:
    rows = np.flatnonzero(chosen & ~np.isnan(scores))
    y, p = truth[rows], scores[rows]
    both = 0 < y.sum() < len(y)
    found = auc_interval(y, p, [answers.patients[i] for i in rows]) if both else Interval()
    return _verdict(found, goal, len(rows), int(y.sum()), _reached)


def _macro(answers: Answers, goal: float) -> dict[str, object]:
    said, given = answers.said, answers.doubtful
    labels = [
        i
        for i in range(len(HEAD))
        if ENOUGH <= np.nansum(said[:, i]) <= (~np.isnan(said[:, i])).sum() - ENOUGH
        and not np.isnan(given[:, i]).any()
    ]

    n = len(answers.films)
    found = (
        interval(lambda drawn: mean_auc(said[drawn], given[drawn], labels), n, answers.patients)
        if labels
        else Interval()
    )
    positives = int(sum(np.nansum(said[:, i]) for i in labels))
    return _verdict(found, goal, n, positives, _reached) | {"labels": [HEAD[i] for i in labels]}


def _errors(answers: Answers) -> dict[str, dict[str, object]]:
    """The calibration error of every answered label with enough films; `honest` is what luck alone would show.

    Only films with labels of their own count: on a case that is "covid19", pneumonia is neither said nor denied.
    """
    found = {}
    for i, name in enumerate(HEAD):
        known = ~np.isnan(answers.said[:, i]) & ~np.isnan(answers.doubtful[:, i])
        y, p = answers.said[known, i], answers.doubtful[known, i]
        if answers.films and answers.assessed(i) and y.sum() >= ENOUGH_TO_CALIBRATE:
            patients = [person for person, ok in zip(answers.patients, known, strict=True) if ok]
            measured = reliability(y, p, patients)
            row = _verdict(measured.ece, 0.05, len(y), int(y.sum()), _within)
            found[f"{name}: calibration error, labels from a report"] = row | {"honest": measured.honest}
    return found


def _reached(value: float, goal: float) -> bool:
    return value >= goal


def _better(value: float, goal: float) -> bool:
    return value > goal


def _within(value: float, goal: float) -> bool:
    return value <= goal


def _verdict(
    found: Interval, goal: float, n: int, positives: int, good: Callable[[float, float], bool]
) -> dict[str, object]:
    bounds = [b for b in (found.low, found.high) if b is not None]
    return {
        "n": n,
        "positives": positives,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "goal": goal,
        "met": None if found.value is None else good(found.value, goal),
        "surely": all(good(b, goal) for b in bounds) if bounds else None,
    }
