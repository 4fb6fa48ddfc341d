"""Are critical results told in time? Counts with their uncertainty; no patient."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

from triage.critical import FIRST_STEP, OVERDUE_STEP, Category, CriticalResult, ReadBack
from triage.escalation import state

Z_95 = 1.959963984540054


@dataclass(frozen=True)
class Telling:
    """How one result went: `took` is found to heard, None while nobody has; `late` once its time was over.

    `escalated`: somebody after the first was called on before it was heard, however late that was written down.
    """

    category: Category
    within: timedelta
    took: timedelta | None
    late: bool
    read_back: ReadBack | None
    escalated: bool


@dataclass(frozen=True)
class Share:
    """How many of one category were told in time, with a 95 % interval; `waiting` are neither told nor overdue yet."""

    category: Category
    in_time: int
    n: int
    waiting: int
    low: float
    high: float

    @property
    def share(self) -> float | None:
        return self.in_time / self.n if self.n else None


def telling(result: CriticalResult, at: datetime) -> Telling:
    """Say how one result went, as far as one can know at a moment."""
    now = state(result, at)
    heard_at = now.told.received_at if now.told else None
    return Telling(
        result.category,
        result.limit.within,
        heard_at - result.found_at if heard_at else None,
        (heard_at or at) > result.due_at,
        now.read_back,
        any(n.at < (heard_at or at) for n in result.notices if n.step not in {FIRST_STEP, OVERDUE_STEP}),
    )


def shares(told: Iterable[Telling]) -> tuple[Share, ...]:
    """The share told in time of each category.

    What is open and not overdue yet counts for neither side: it would make a slow site look quick, or a quick one slow.
    What is open and overdue counts as not in time.
    """
    found = []
    every = list(told)
    for category in Category:
        here = [t for t in every if t.category is category]
        known = [t for t in here if t.took is not None or t.late]
        in_time = sum(not t.late for t in known)
        low, high = wilson(in_time, len(known))
        found.append(Share(category, in_time, len(known), len(here) - len(known), low, high))
    return tuple(found)


def wilson(successes: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share; all of 0 to 1 when nothing was counted.

    Source: Wilson 1927; it stays within 0 to 1 and is honest for small n and for 0 or n successes.
    """
    if n == 0:
        return 0.0, 1.0
    p, z2 = successes / n, Z_95**2
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)
