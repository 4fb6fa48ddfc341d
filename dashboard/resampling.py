"""What chance says of pairs of columns: shuffled, and drawn again by patient, on a sample that is the same for the same seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triage.correlation import FEWEST, Measured

SEED = 20261121
FIRST, MOST, BATCH = 999, 4999, 333
"""Shuffles of every pair, of a pair that hardly ever loses, and at a time."""
ENOUGH = 20
"""Once chance has beaten a pair this often, more shuffles teach nothing. Source: Besag and Clifford 1991."""
RESAMPLES = 1000
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Chance:
    """What shuffling and drawing again say about one pair.

    `p` is the share of shuffles that come at least as far from 0; `stable` the share of resamples, drawn by patient,
    in which r keeps its sign; `low` and `high` hold 95 % of them.
    """

    n: int
    p: float
    shuffles: int
    stable: float
    low: float
    high: float


def resampled(points: Sequence[Measured], pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Chance]:
    """Shuffle and draw again the studies of a sample.

    Args:
        points: the sample.
        pairs: a measurement and a probability each.

    Returns: what chance says of each pair that varies in the sample and of which at least `FEWEST` studies are in it.
        The same numbers give the same answer.
    """
    if not pairs:
        return {}
    codes = dict.fromkeys(code for pair in pairs for code in pair)
    columns = {code: np.array([_value(study, code) for study in points], dtype=float) for code in codes}
    usable = [(x, y) for x, y in pairs if _varies(columns[x], columns[y])]
    beaten = _shuffled(columns, usable)
    drawn = _drawn_again(columns, np.array([study.person for study in points], dtype=int), usable)
    return {pair: Chance(*beaten[pair], *drawn[pair]) for pair in usable}


def _value(study: Measured, code: str) -> float:
    return study.values.get(code, study.probabilities.get(code, np.nan))


def _varies(x: Numbers, y: Numbers) -> bool:
    both = ~np.isnan(x) & ~np.isnan(y)
    return bool(both.sum() >= FEWEST and np.ptp(x[both]) > 0 and np.ptp(y[both]) > 0)


def _shuffled(
    columns: Mapping[str, Numbers], pairs: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], tuple[int, float, int]]:
    """n, p and shuffles of each pair; the probabilities beside one measurement share its shuffles."""
    found: dict[tuple[str, str], tuple[int, float, int]] = {}
    chance = np.random.default_rng(SEED)
    for x in dict.fromkeys(x for x, _ in pairs):
        ys = [y for other, y in pairs if other == x]
        rows = ~np.isnan(columns[x])
        sides = np.stack([_standard(columns[y][rows]) for y in ys], axis=1)
        having = np.stack([~np.isnan(columns[y][rows]) for y in ys], axis=1)
        beaten, shuffles = _beaten(_standard(columns[x][rows]), sides, having.astype(np.float32), chance)
        for y, n, times in zip(ys, having.sum(0), beaten, strict=True):
            found[x, y] = (int(n), (int(times) + 1) / (shuffles + 1), shuffles)
    return found


def _standard(values: Numbers) -> NDArray[np.float32]:
    """Mean 0 and length 1 over what is known; 0 where nothing is."""
    known = ~np.isnan(values)
    centred = np.where(known, values - values[known].mean(), 0.0)
    return np.asarray(centred / np.sqrt((centred**2).sum()), dtype=np.float32)


def _beaten(
    x: NDArray[np.float32], ys: NDArray[np.float32], having: NDArray[np.float32], chance: np.random.Generator
) -> tuple[NDArray[np.int64], int]:
    """How often a shuffled measurement comes as far from 0 as the measurement itself, and of how many shuffles.

    Args:
        x: standardised, [n].
        ys: standardised, 0 where missing, [n, k]; having: 1 where not missing, [n, k].
        chance: what shuffles.

    Returns: [k], and the number of shuffles.
    """
    reached = np.abs(_against(x[None], ys, having))[0] - 1e-5  # float32: what is equal must count
    beaten, shuffles = np.zeros(ys.shape[1], dtype=np.int64), 0
    while shuffles < FIRST or (shuffles < MOST and beaten.min() < ENOUGH):
        batch = min(BATCH, MOST - shuffles)
        shuffled = chance.permuted(np.broadcast_to(x, (batch, len(x))), axis=1)
        beaten += (np.abs(_against(shuffled, ys, having)) >= reached).sum(0)
        shuffles += batch
    return beaten, shuffles


def _against(
    xs: NDArray[np.float32], ys: NDArray[np.float32], having: NDArray[np.float32]
) -> NDArray[np.float32]:
    """R of each row of xs with each column of ys, over the studies that column has; [b, n], [n, k] -> [b, k]."""
    if having.all():
        return xs @ ys
    spread = xs**2 @ having - (xs @ having) ** 2 / having.sum(0)
    return np.asarray(xs @ ys / np.sqrt(np.maximum(spread, np.float32(1e-12))), dtype=np.float32)


def _drawn_again(
    columns: Mapping[str, Numbers], people: NDArray[np.int64], pairs: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], tuple[float, float, float]]:
    """Share of resamples with the same sign, and the bounds of 95 % of them; whole patients come or stay."""
    names, owner = np.unique(people, return_inverse=True)
    chance, found = np.random.default_rng(SEED), {}
    drawn = (chance.integers(0, len(names), len(names)) for _ in range(RESAMPLES))
    times = np.stack([np.bincount(who, minlength=len(names))[owner] for who in drawn]).astype(np.float32)
    for x in dict.fromkeys(x for x, _ in pairs):
        ys = [y for other, y in pairs if other == x]
        terms = np.concatenate([_terms(columns[x], columns[y]) for y in ys], axis=1)
        sums = (times @ terms).astype(float).reshape(RESAMPLES, len(ys), 6)
        for i, y in enumerate(ys):
            found[x, y] = _steadiness(sums[:, i].T, float(terms[:, 6 * i + 5].sum()))
    return found


def _terms(x: Numbers, y: Numbers) -> NDArray[np.float32]:
    """What the sums of a pair are made of, 0 where one of the two is missing; [n, 6]."""
    both = ~np.isnan(x) & ~np.isnan(y)
    a, b = (_standard(np.where(both, side, np.nan)) for side in (x, y))
    return np.stack([both.astype(np.float32), a, b, a * a, b * b, a * b], axis=1)


def _steadiness(sums: Numbers, here: float) -> tuple[float, float, float]:
    n, sa, sb, saa, sbb, sab = sums
    with np.errstate(invalid="ignore", divide="ignore"):
        r = (sab - sa * sb / n) / np.sqrt((saa - sa * sa / n) * (sbb - sb * sb / n))
    r = r[np.isfinite(r)]
    if not len(r):
        return 0.0, -1.0, 1.0
    low, high = np.percentile(np.clip(r, -1, 1), (2.5, 97.5))
    return float((np.sign(r) == np.sign(here)).mean()), float(low), float(high)
