"""Scores to probabilities that mean what they say, and silence where there are too few films to know."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from engine.evaluation.metrics import Interval, auc_interval, patient_folds
from engine.evaluation.reliability import Reliability, reliability
from engine.model.config import HEAD
from engine.training.conformal import LEAST_PATIENTS, both_classes

FOLDS = 5


def platt(logits: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Fit p = sigmoid(slope * logit + offset) on held-out films.

    Targets are softened by the class counts, so that few films cannot promise certainty; the slope never turns
    the order around.

    Source: Platt 1999, with the target smoothing of its section 2.2.
    """
    positives, negatives = truth.sum(), (1 - truth).sum()
    soft = np.where(truth == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))

    def loss(parameters: np.ndarray) -> float:
        scores = np.exp(parameters[0]) * logits + parameters[1]
        return float(np.mean(np.logaddexp(0.0, scores) - soft * scores))

    found = minimize(loss, np.array([-0.5, 0.0]), method="Nelder-Mead", options={"maxiter": 2000})
    return float(np.exp(found.x[0])), float(found.x[1])


@dataclass(frozen=True)
class LabelCalibration:
    """What is known about one answer of the head: how to read its score, and whether to believe it at all.

    `n` and `positives` count films, `people` the patients with the finding; `why` says in words why an answer is not
    given. Under the logit `absent_below` the held-out films rule the finding out, over `present_above` its absence;
    between the two the set of a conformal prediction holds both. `before` and `after` hold the probabilities against
    the held-out films, first as the head gives them, then calibrated on other patients (five folds).
    """

    slope: float
    offset: float
    assessed: bool
    n: int
    positives: int
    auc: float | None
    low: float | None
    high: float | None
    people: int = 0
    why: str = ""
    absent_below: float | None = None
    present_above: float | None = None
    before: Reliability | None = None
    after: Reliability | None = None


def sigmoid(scores: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-np.clip(scores, -60.0, 60.0)))


def cross_fitted(logits: np.ndarray, truth: np.ndarray, patients: list[str], seed: int = 0) -> np.ndarray:
    """Calibrate each film by a curve that saw other patients only; [n], [n] -> probabilities [n].

    The curve that ships is fitted on all of them; this tells what calibrating does to films it was not fitted on.
    """
    fold = patient_folds(patients, FOLDS, seed)
    found = np.empty(len(logits))
    for one in range(FOLDS):
        inside = fold == one
        slope, offset = platt(logits[~inside], truth[~inside])
        found[inside] = sigmoid(slope * logits[inside] + offset)
    return found


def calibrate_label(
    logits: np.ndarray, truth: np.ndarray, patients: list[str], seed: int = 0
) -> LabelCalibration:
    """Calibrate one answer on held-out films; truth holds NaN where it is not known.

    It is assessed only where at least ten patients of each class were held out, so that conformal prediction can rule
    a class out at all, and the AUC's lower 95 % bound (bootstrap by patient) is above chance; else the reader
    abstains, and `why` says which of the two failed.
    """
    known = ~np.isnan(truth)
    logits, truth = logits[known].astype(np.float64), truth[known].astype(np.float64)
    people = [person for person, ok in zip(patients, known, strict=True) if ok]
    positives = int(truth.sum())
    if not 0 < positives < len(truth):
        why = f"too few films to judge ({positives} with it)"
        return LabelCalibration(1.0, 0.0, False, len(truth), positives, None, None, None, why=why)
    bounds = auc_interval(truth, logits, people, seed=seed)
    with_it, without = (len({p for p, y in zip(people, truth, strict=True) if y == side}) for side in (1, 0))
    why = _why(with_it, without, bounds)
    slope, offset = platt(logits, truth)
    absent_below, present_above = both_classes(logits, truth, people)
    return LabelCalibration(
        slope=slope,
        offset=offset,
        assessed=not why,
        n=len(truth),
        positives=positives,
        auc=bounds.value,
        low=bounds.low,
        high=bounds.high,
        people=with_it,
        why=why,
        absent_below=absent_below,
        present_above=present_above,
        before=reliability(truth, sigmoid(logits), people),
        after=reliability(truth, cross_fitted(logits, truth, people, seed), people),
    )


def _why(with_it: int, without: int, bounds: Interval) -> str:
    if with_it < LEAST_PATIENTS:
        return f"films of too few patients to judge ({with_it} with it)"
    if without < LEAST_PATIENTS:
        return f"films of too few patients to judge ({without} without it)"
    if bounds.low is None or bounds.low <= 0.5:
        return "not above chance on held-out films"
    return ""


def calibrate(logits: np.ndarray, truth: np.ndarray, patients: list[str]) -> dict[str, LabelCalibration]:
    """Calibrate every answer of the head; logits and truth [n, 15]."""
    return {name: calibrate_label(logits[:, i], truth[:, i], patients) for i, name in enumerate(HEAD)}


def hold_against(
    table: Mapping[str, LabelCalibration], logits: np.ndarray, truth: np.ndarray, patients: list[str]
) -> dict[str, LabelCalibration]:
    """Measure curves that are already fitted on films that fitted nothing; logits and truth [n, 15].

    Returns: the table with n, AUC, `before` and `after` of these films; slope, offset and verdict stay.
    """
    return {name: _held(table[name], logits[:, i], truth[:, i], patients) for i, name in enumerate(HEAD)}


def _held(
    row: LabelCalibration, logits: np.ndarray, truth: np.ndarray, patients: list[str]
) -> LabelCalibration:
    known = ~np.isnan(truth)
    logits, truth = logits[known].astype(np.float64), truth[known].astype(np.float64)
    people = [person for person, ok in zip(patients, known, strict=True) if ok]
    positives = int(truth.sum())
    one_class = not 0 < positives < len(truth)
    bounds = Interval() if one_class else auc_interval(truth, logits, people)
    p = sigmoid(row.slope * logits + row.offset)
    return replace(
        row,
        n=len(truth),
        positives=positives,
        people=len({person for person, y in zip(people, truth, strict=True) if y == 1}),
        auc=bounds.value,
        low=bounds.low,
        high=bounds.high,
        before=None if one_class else reliability(truth, sigmoid(logits), people),
        after=None if one_class else reliability(truth, p, people),
    )


def save_calibration(table: Mapping[str, LabelCalibration], path: Path) -> None:
    """Write the table beside the delta; both belong together."""
    path.write_text(
        json.dumps({name: asdict(row) for name, row in table.items()}, indent=1) + "\n", encoding="utf-8"
    )
