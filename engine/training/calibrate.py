"""Scores to probabilities that mean what they say, and silence where there are too few films to know."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from engine.evaluation.metrics import Interval, auc_interval
from engine.model.config import HEAD

LEAST_POSITIVES = 10


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
    """What is known about one answer of the head: how to read its score, and whether to believe it at all."""

    slope: float
    offset: float
    assessed: bool
    n: int
    positives: int
    auc: float | None
    low: float | None
    high: float | None


def calibrate_label(
    logits: np.ndarray, truth: np.ndarray, patients: list[str], seed: int = 0
) -> LabelCalibration:
    """Calibrate one answer on held-out films.

    It is assessed only with at least ten positives and an AUC whose lower 95 % bound (bootstrap by patient) is
    above chance; else the reader abstains.
    """
    known = ~np.isnan(truth)
    logits, truth = logits[known], truth[known]
    people = [person for person, ok in zip(patients, known, strict=True) if ok]
    positives = int(truth.sum())
    interval = auc_interval(truth, logits, people, seed=seed) if 0 < positives < len(truth) else Interval()
    enough = positives >= LEAST_POSITIVES and interval.low is not None and interval.low > 0.5
    slope, offset = platt(logits, truth) if 0 < positives < len(truth) else (1.0, 0.0)
    return LabelCalibration(
        slope, offset, enough, len(truth), positives, interval.value, interval.low, interval.high
    )


def calibrate(logits: np.ndarray, truth: np.ndarray, patients: list[str]) -> dict[str, LabelCalibration]:
    """Calibrate every answer of the head; logits and truth [n, 15]."""
    return {name: calibrate_label(logits[:, i], truth[:, i], patients) for i, name in enumerate(HEAD)}


def save_calibration(table: Mapping[str, LabelCalibration], path: Path) -> None:
    """Write the table beside the delta; both belong together."""
    path.write_text(
        json.dumps({name: asdict(row) for name, row in table.items()}, indent=1) + "\n", encoding="utf-8"
    )
