"""How good an answer is, with n and an interval; a number without them is not shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.stats import rankdata

DRAWS = 1000


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
    truth: np.ndarray, scores: np.ndarray, patients: Sequence[str], *, draws: int = DRAWS, seed: int = 0
) -> Interval:
    """AUC with its 95 % interval by patient."""
    return interval(lambda rows: auc(truth[rows], scores[rows]), len(truth), patients, draws=draws, seed=seed)


def auc_within(truth: np.ndarray, scores: np.ndarray, strata: np.ndarray) -> float | None:
    """AUC over pairs of films of the same stratum only, so that telling the strata apart earns nothing.

    Args:
        strata: [n], what each film is compared within, such as its view or its source.

    Returns: the share of such pairs that are in order; None when no stratum holds both classes.
    Source: the stratified Mann-Whitney statistic of van Elteren 1960, each pair weighing the same.
    """
    won, pairs = 0.0, 0.0
    for stratum in np.unique(strata):
        inside = strata == stratum
        here = float((truth[inside] == 1).sum()) * float((truth[inside] == 0).sum())
        if here:
            won += here * (auc(truth[inside], scores[inside]) or 0.0)
            pairs += here
    return won / pairs if pairs else None


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
