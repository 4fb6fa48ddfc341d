"""Mean waits by formula, or by solving the Markov chain; the truth the simulation is held against.

Arrivals are Poisson, reading times exponential around the mean of each stream. A wait is the time from arrival to the
end of reading less the own reading time: being set aside counts as waiting, as in QuCAD.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from triage.errors import BadSetting
from triage.waiting import chain
from triage.waiting.setting import Discipline, Setting, Stream, arrivals_a_minute, ranks

FORMULA, CHAIN = "closed form", "Markov chain"


@dataclass(frozen=True)
class Theory:
    """The mean wait of each stream in minutes, None where nobody knows a formula; `how` says which, or why not."""

    how: str
    waits: tuple[float, ...] | None = None

    def mean(self, kinds: Sequence[Stream], of: Sequence[int]) -> float | None:
        """The mean over some of the streams."""
        if self.waits is None:
            return None
        share = math.fsum(kinds[i].share for i in of)
        return math.fsum(kinds[i].share * self.waits[i] for i in of) / share


def theory(setting: Setting, kinds: Sequence[Stream], discipline: Discipline) -> Theory:
    """The waits under one discipline.

    Args:
        setting: with its traffic; `discipline` in it is not looked at.
        kinds: its streams.
        discipline: who is read first.
    """
    if setting.max_wait is not None and discipline is not Discipline.FIFO:
        return Theory("no formula: an upper limit of the wait makes the order depend on time")
    line = _Line(
        setting.readers,
        [arrivals_a_minute(setting, kinds) * s.share for s in kinds],
        [s.minutes for s in kinds],
        ranks(kinds, discipline),
    )
    goes_on = discipline is Discipline.NONPREEMPTIVE
    if setting.readers == 1:
        return Theory(FORMULA, _finishing(line) if goes_on else _resuming(line))
    return _several(line, goes_on=goes_on)


@dataclass(frozen=True)
class _Line:
    """Arrivals a minute, minutes and rank of each stream."""

    readers: int
    rates: list[float]
    minutes: list[float]
    ranks: list[int]

    def load(self, up_to: int) -> float:
        """The share of a reader's time that ranks 0 … up_to fill."""
        return math.fsum(
            r * m for r, m, k in zip(self.rates, self.minutes, self.ranks, strict=True) if k <= up_to
        )

    def rate(self, up_to: int) -> float:
        return math.fsum(r for r, k in zip(self.rates, self.ranks, strict=True) if k <= up_to)

    def residual(self, *which: int) -> float:
        """Σ λ E[S²]/2 over ranks; E[S²] = 2 m² for exponential times."""
        return math.fsum(
            r * m * m for r, m, k in zip(self.rates, self.minutes, self.ranks, strict=True) if k in which
        )

    def each(self, rank: int) -> set[float]:
        return {m for m, k in zip(self.minutes, self.ranks, strict=True) if k == rank}


# ── one reader ────────────────────────────────────────────────────────────────────────────────────────


def _resuming(line: _Line) -> tuple[float, ...]:
    """Preemptive-resume M/G/1: s/(1−σₖ₋₁) − s + Rₖ/((1−σₖ₋₁)(1−σₖ)). Source: Jaiswal 1968; Gross and Harris § 3.4."""
    found = []
    for minutes, rank in zip(line.minutes, line.ranks, strict=True):
        above, within = 1 - line.load(rank - 1), 1 - line.load(rank)
        begins = line.residual(*range(rank + 1)) / (above * within)
        found.append(begins + minutes / above - minutes)
    return tuple(found)


def _finishing(line: _Line) -> tuple[float, ...]:
    """Non-preemptive among ranks 1, 2 …, all of them interrupted by rank 0.

    Cobham's formula, where a study that was begun keeps its reader through every interruption: what an arrival finds
    of begun and interrupting work is R/(1−ρ₀), so Wₖ = R/((1−σₖ₋₁)(1−σₖ)) until it begins; without rank 0 this is
    Cobham 1954 itself.
    """
    top, interrupted = max(line.ranks), 1 - line.load(0)
    found, residual = [], line.residual(*range(top + 1))
    for minutes, rank in zip(line.minutes, line.ranks, strict=True):
        if rank == 0:
            found.append(line.residual(0) / interrupted)
            continue
        begins = residual / ((1 - line.load(rank - 1)) * (1 - line.load(rank)))
        found.append(begins + minutes / interrupted - minutes)
    return tuple(found)


# ── several readers ───────────────────────────────────────────────────────────────────────────────────


def _several(line: _Line, *, goes_on: bool) -> Theory:
    listed = {m for m, k in zip(line.minutes, line.ranks, strict=True) if k > 0}
    if len(listed) > 1:
        return Theory("no formula: several readers, and reading times differ between studies")
    interrupts = 0 in line.ranks
    if goes_on and interrupts:
        return Theory("no formula: several readers, interrupting cases and a non-preemptive order")
    if goes_on:
        return Theory(FORMULA, _davis(line, listed.pop()))
    (minutes,) = listed
    if interrupts and line.each(0) != {minutes}:
        return _by_chain(line, minutes)
    return Theory(FORMULA, _by_rank(line, lambda k: _present(line, k, minutes)))


def _present(line: _Line, up_to: int, minutes: float) -> float:
    """Mean number waiting of ranks 0 … up_to, which are M/M/c: who of them is read does not change how many leave."""
    rate = line.rate(up_to)
    return rate * chain.waiting(line.readers, rate, minutes) if rate else 0.0


def _by_chain(line: _Line, minutes: float) -> Theory:
    high, (high_minutes,) = line.rate(0), line.each(0)

    def present(up_to: int) -> float:
        if up_to < 1:
            return high * chain.waiting(line.readers, high, high_minutes) if up_to == 0 else 0.0
        low = line.rate(up_to) - high
        return (
            _present(line, 0, high_minutes)
            + chain.others_present(line.readers, high, high_minutes, low, minutes)
            - low * minutes
        )

    try:
        return Theory(CHAIN, _by_rank(line, present))
    except BadSetting as too_long:
        return Theory(f"no theory: {too_long}")


def _by_rank(line: _Line, present: Callable[[int], float]) -> tuple[float, ...]:
    """Little's law for each rank: those waiting of ranks 0 … k less those of ranks 0 … k − 1, per arrival."""
    top = max(line.ranks)
    numbers = [present(k) for k in range(-1, top + 1)]
    waits = {}
    for k in set(line.ranks):
        waits[k] = (numbers[k + 1] - numbers[k]) / (line.rate(k) - line.rate(k - 1))
    return tuple(waits[k] for k in line.ranks)


def _davis(line: _Line, minutes: float) -> tuple[float, ...]:
    """Non-preemptive M/M/c with equal minutes. Source: Cobham 1954, Davis 1966."""
    c = line.readers
    busy = c / minutes  # studies a minute when all read
    first = chain.erlang_c(c, line.rate(max(line.ranks)) * minutes) / busy
    return tuple(first / ((1 - line.load(k - 1) / c) * (1 - line.load(k) / c)) for k in line.ranks)
