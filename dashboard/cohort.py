"""A cohort's correlations, each with everything a careful reader asks of it: interval, p, what is left beside age and sex, how steady.

Coefficients come from sums over every study of the cohort. What needs single studies, shuffled or drawn again, is done
on a sample of them that is the same for the same seed; every screen and file says how many.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from dashboard.resampling import SEED, Chance, resampled
from triage.correlation import (
    AGE,
    FEWEST,
    OUTCOME_CODES,
    PARAMETER_CODES,
    Cohort,
    Correlation,
    Counted,
    Measured,
    Moments,
    Pair,
    holm,
    partial,
    pearson,
    spearman,
)
from triage.errors import TooFewPairs, TriageError
from triage.stores import Figures

SAMPLE = 2000


@dataclass(frozen=True)
class Association:
    """One measurement and one probability; `refused` says why nothing is shown."""

    x: str
    y: str
    refused: str = ""
    pearson: Correlation | None = None
    spearman: Correlation | None = None
    partial: Correlation | None = None
    chance: Chance | None = None
    p_corrected: float | None = None
    line: tuple[float, float] = (0.0, 0.0)  # slope and intercept of least squares

    @property
    def stands(self) -> bool:
        """Whether chance alone hardly gives as much anywhere in the matrix."""
        return self.p_corrected is not None and self.p_corrected < 0.05

    @property
    def steady(self) -> bool:
        """Whether other patients of the same kind would give the same sign."""
        return self.chance is not None and self.chance.stable >= 0.95


@dataclass(frozen=True)
class Associations:
    """A whole matrix. `studies` is None when there are too few to say how many."""

    studies: int | None
    having: Mapping[str, int] = field(default_factory=dict)
    parameters: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    cells: Mapping[tuple[str, str], Association] = field(default_factory=dict)
    points: tuple[Measured, ...] = ()

    @property
    def tests(self) -> int:
        """How many pairs were asked, which is what the correction is for."""
        return sum(not cell.refused for cell in self.cells.values())


AT_ONCE = 2
"""Each computation holds a connection of the pool for as long as it takes; people who read need the others."""
PATIENCE_S = 20.0
KEPT, HOLDS, REMEMBERED = timedelta(seconds=60), timedelta(minutes=10), 8
SETTLED = timedelta(minutes=5)
"""Longer than any write is under way: what is hidden says when it began, not when others could see it."""


class TooBusy(TriageError):
    """Others are being answered; the message says to come back."""


@dataclass(frozen=True)
class _Known:
    """An answer, when it was asked for, and the stamp of the studies before they were counted."""

    found: Associations
    at: datetime
    stamp: int


_lock = threading.Lock()
_remembered: dict[tuple[Figures, Cohort], _Known] = {}
_turns = tuple(threading.Semaphore() for _ in range(8))
_slots = threading.Semaphore(AT_ONCE)


def associations(figures: Figures, cohort: Cohort, at: datetime) -> Associations:
    """Say of every pair of a cohort what can be said.

    An answer is remembered while no study comes, changes or goes, for `HOLDS` at most, because a permission can run
    out by its date alone; for `KEPT` also while studies come, but never once a reading was hidden. Whoever asks the
    same meanwhile waits for it; `AT_ONCE` answers are computed at a time.

    Args:
        figures: where the numbers are.
        cohort: which studies.
        at: the moment at which permissions must stand.

    Raises: TooBusy: no turn came within `PATIENCE_S`.
    """
    known = _still_true(figures, cohort, at)
    if known is not None:
        return known
    with _turn(_turns[hash((figures, cohort)) % len(_turns)]):
        known = _still_true(figures, cohort, at)
        if known is not None:
            return known
        with _turn(_slots):
            stamp = figures.stamp()
            found = _ask(figures, cohort, at)
        _remember(figures, cohort, _Known(found, at, stamp))
        return found


@contextmanager
def _turn(gate: threading.Semaphore) -> Iterator[None]:
    if not gate.acquire(timeout=PATIENCE_S):
        raise TooBusy("Correlations are being counted for others; ask again in a minute.")
    try:
        yield
    finally:
        gate.release()


def _still_true(figures: Figures, cohort: Cohort, at: datetime) -> Associations | None:
    with _lock:
        known = _remembered.get((figures, cohort))
    if known is None or at - known.at >= HOLDS:
        return None
    if figures.stamp() == known.stamp:
        return known.found
    fresh = at - known.at < KEPT and not figures.hidden_since(known.at - SETTLED)
    return known.found if fresh else None


def _remember(figures: Figures, cohort: Cohort, known: _Known) -> None:
    with _lock:
        _remembered.pop((figures, cohort), None)
        while len(_remembered) >= REMEMBERED:
            _remembered.pop(next(iter(_remembered)))
        _remembered[figures, cohort] = known


def _ask(figures: Figures, cohort: Cohort, at: datetime) -> Associations:
    counted = figures.counted(cohort, at)
    if counted.studies < FEWEST:
        return Associations(None)
    points = figures.sample(cohort, at, SAMPLE, SEED)
    chances = resampled(points, [key for key, pair in counted.pairs.items() if pair.moments.n >= FEWEST])
    xs = tuple(code for code in PARAMETER_CODES if counted.having[code])
    ys = tuple(code for code in OUTCOME_CODES if counted.having[code])
    cells = _corrected([_associated(counted, x, y, chances.get((x, y))) for x in xs for y in ys])
    return Associations(
        counted.studies, counted.having, xs, ys, {(c.x, c.y): c for c in cells}, tuple(points)
    )


def _associated(counted: Counted, x: str, y: str, chance: Chance | None) -> Association:
    pair = counted.pairs.get((x, y), Pair(x, y, (), Moments()))
    sums = pair.moments
    try:
        found = Association(x, y, "", pearson(sums), spearman(pair.ranks), _partial(pair), chance)
    except TooFewPairs as refused:
        return Association(x, y, str(refused))
    slope = sums.sxy / sums.sxx
    return replace(found, line=(slope, sums.mean_y - slope * sums.mean_x))


def _partial(pair: Pair) -> Correlation | None:
    try:
        return partial(pair.strata, age=pair.x != AGE)
    except TooFewPairs:
        return None


def _corrected(cells: Sequence[Association]) -> list[Association]:
    asked = [cell for cell in cells if cell.chance is not None]
    p_values = holm([cell.chance.p for cell in asked if cell.chance is not None])
    found = {(cell.x, cell.y): p for cell, p in zip(asked, p_values, strict=True)}
    return [replace(c, p_corrected=found.get((c.x, c.y))) for c in cells]
