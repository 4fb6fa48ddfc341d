"""How good an answer is, with n and an interval; a number without them is not shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.stats import rankdata

DRAWS = 1000


def patient_folds(patients: Sequence[str], count: int, seed: int) -> np.ndarray:
    """Deal whole patients into folds; -> [n], the fold of each film."""
    people, owner = np.unique(np.asarray(patients, dtype=str), return_inverse=True)
    return (np.random.default_rng(seed).permutation(len(people)) % count)[owner]


@dataclass(frozen=True)
class Interval:
    """A value and its 95 % bounds; None where the data cannot support it."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


def auc(truth: np.ndarray, scores: np.ndarray) -> float | None:
    """How often a film with the finding scores above one without; ties count half. None with one class only.

    Source: Hanley and McNeil 1982 (the Mann-Whitney form).
    """
    positives = int((truth == 1).sum())
    negatives = len(truth) - positives
    if not positives or not negatives:
        return None
    ranks = rankdata(scores)
    return float((ranks[truth == 1].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def mean_auc(truth: np.ndarray, scores: np.ndarray, labels: Sequence[int]) -> float | None:
    """Mean AUC over labels, each on the films where it is known; [n, k] both, truth NaN where unknown.

    None where a label has one class only, or there is no label.
    """
    known = [(i, ~np.isnan(truth[:, i])) for i in labels]
    each = [auc(truth[rows, i], scores[rows, i]) for i, rows in known]
    return None if not each or None in each else float(np.mean(each))


def by_patient(patients: Sequence[str], draws: int, seed: int) -> list[np.ndarray]:
    """Draw whole patients with replacement; films of one person come or stay together."""
    return _drawn(tuple(patients), draws, seed)


@lru_cache(maxsize=4)
def _drawn(patients: tuple[str, ...], draws: int, seed: int) -> list[np.ndarray]:
    owner = np.unique(np.asarray(patients), return_inverse=True)[1]
    films = [np.flatnonzero(owner == person) for person in range(owner.max() + 1)]
    chance = np.random.default_rng(seed)
    return [
        np.concatenate([films[i] for i in chance.integers(0, len(films), len(films))]) for _ in range(draws)
    ]


def interval(
    measure: Callable[[np.ndarray], float | None],
    n: int,
    patients: Sequence[str],
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> Interval:
    """Bootstrap a measure of row numbers by patient; 95 % percentile bounds.

    Args:
        measure: takes row numbers [m], gives a number, or None where the draw cannot support one.
        n: rows in all.
    """
    value = measure(np.arange(n))
    drawn = [found for rows in by_patient(patients, draws, seed) if (found := measure(rows)) is not None]
    if value is None or len(drawn) < draws / 2:
        return Interval(value)
    low, high = np.percentile(drawn, (2.5, 97.5))
    return Interval(value, float(low), float(high))


def auc_interval(
    truth: np.ndarray,
    scores: np.ndarray,
    patients: Sequence[str],
    *,
    strata: np.ndarray | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Interval:
    """AUC with its 95 % interval by patient; with `strata` [n] over pairs of films of the same stratum only.

    The same draws as `interval` makes, but each film's pairs are compared once and then counted as often as drawn.
    """
    return _bounded(*_drawn_auc(truth, scores, patients, strata, draws, seed))


def auc_gain(
    truth: np.ndarray,
    ours: np.ndarray,
    theirs: np.ndarray,
    patients: Sequence[str],
    *,
    strata: np.ndarray | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Interval:
    """How far one AUC lies above another on the same films, drawn together; strata as in `auc_interval`."""
    (value, drawn), (floor, floors) = (
        _drawn_auc(truth, scores, patients, strata, draws, seed) for scores in (ours, theirs)
    )
    return _bounded(None if value is None or floor is None else value - floor, drawn - floors)


def _drawn_auc(
    truth: np.ndarray,
    scores: np.ndarray,
    patients: Sequence[str],
    strata: np.ndarray | None,
    draws: int,
    seed: int,
) -> tuple[float | None, np.ndarray]:
    """The AUC, and that of every draw [draws], NaN where a draw holds no pair."""
    shown, clear = np.flatnonzero(truth == 1), np.flatnonzero(truth == 0)
    won = (scores[shown, None] > scores[clear]) + 0.5 * (scores[shown, None] == scores[clear])
    met = np.ones_like(won) if strata is None else (strata[shown, None] == strata[clear]).astype(float)
    if not met.any():
        return None, np.full(draws, np.nan)
    times = np.stack([np.bincount(rows, minlength=len(truth)) for rows in by_patient(patients, draws, seed)])
    of_shown, of_clear = times[:, shown].astype(float), times[:, clear]
    pairs = ((of_shown @ met) * of_clear).sum(1)
    drawn = ((of_shown @ (won * met)) * of_clear).sum(1) / np.where(pairs > 0, pairs, np.nan)
    return float((won * met).sum() / met.sum()), drawn


def _bounded(value: float | None, drawn: np.ndarray) -> Interval:
    kept = drawn[np.isfinite(drawn)]
    if value is None or len(kept) < len(drawn) / 2:
        return Interval(value)
    low, high = np.percentile(kept, (2.5, 97.5))
    return Interval(value, float(low), float(high))


def brier(truth: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean squared distance between the probability and what was so. Source: Brier 1950."""
    return float(np.mean((probabilities - truth) ** 2))


def calibration_error(truth: np.ndarray, probabilities: np.ndarray, bins: int = 10) -> float | None:
    """Expected calibration error: how far "0.8" is from eight in ten, over bins of equal mass.

    Source: Naeini et al. 2015, with equal-mass bins. None for fewer films than bins.
    """
    if len(truth) < bins:
        return None
    parts = np.array_split(np.argsort(probabilities, kind="stable"), bins)
    gaps = [abs(truth[part].mean() - probabilities[part].mean()) * len(part) for part in parts]
    return float(sum(gaps) / len(truth))
