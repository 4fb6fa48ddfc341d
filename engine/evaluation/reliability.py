"""Whether "30 %" means three in ten: calibration error, Brier score and the bins of a reliability plot."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.evaluation.metrics import Interval, brier, calibration_error, interval

BINS = 10
HONEST_DRAWS = 400


@dataclass(frozen=True)
class Bin:
    """One point of a reliability plot: of n films said to show it with mean probability p, this share does."""

    n: int
    p: float
    share: float


@dataclass(frozen=True)
class Reliability:
    """How far probabilities are from what was so.

    `honest` is the calibration error that probabilities which are exactly right would show on as many films, by the
    luck of the draw alone: an error near it is no evidence against them, and one below 0.05 cannot be shown where
    `honest` is above.
    """

    n: int
    positives: int
    ece: Interval
    brier: Interval
    honest: float | None
    bins: tuple[Bin, ...]


def bins(truth: np.ndarray, probabilities: np.ndarray, count: int = BINS) -> tuple[Bin, ...]:
    """Group films of similar probability, as many in each; none for fewer films than groups."""
    if len(truth) < count:
        return ()
    parts = np.array_split(np.argsort(probabilities, kind="stable"), count)
    return tuple(Bin(len(q), float(probabilities[q].mean()), float(truth[q].mean())) for q in parts)


def honest_error(probabilities: np.ndarray, seed: int = 0) -> float | None:
    """The mean calibration error of exactly right probabilities: truth is drawn from them, many times."""
    if len(probabilities) < BINS:
        return None
    chance = np.random.default_rng(seed)
    drawn = chance.random((HONEST_DRAWS, len(probabilities))) < probabilities
    return float(np.mean([calibration_error(row.astype(float), probabilities) for row in drawn]))


def reliability(truth: np.ndarray, probabilities: np.ndarray, patients: Sequence[str]) -> Reliability:
    """Hold probabilities against what was so; [n], [n] without NaN.

    The intervals are 95 % by patient; the one of the calibration error leans upwards, since every draw adds noise.

    Source: Naeini et al. 2015 (ECE, here with ten bins of equal mass), Brier 1950, Bröcker and Smith 2007 (the
        consistency of reliability diagrams: `honest`).
    """
    n = len(truth)
    return Reliability(
        n=n,
        positives=int(truth.sum()),
        ece=interval(lambda rows: calibration_error(truth[rows], probabilities[rows]), n, patients),
        brier=interval(lambda rows: brier(truth[rows], probabilities[rows]), n, patients),
        honest=honest_error(probabilities),
        bins=bins(truth, probabilities),
    )
