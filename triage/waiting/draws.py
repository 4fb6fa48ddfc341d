"""What one trial is made of: who comes when, what they have, how long their reading takes."""

import csv
import math
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from random import Random

from triage.errors import BadSetting
from triage.waiting.setting import INTERRUPTING, Setting, Stream, arrivals_a_minute

FEWEST = 100
"""Fewer arrivals, or fewer readings, say too little about a house."""
WARM_UP = 5000
"""Studies before and after the measured ones, at most: the line begins empty, and nobody comes after the last."""


@dataclass(frozen=True)
class Observed:
    """What a house saw: moments of arrival in minutes from the first, and minutes of reading; of no patient."""

    arrivals: tuple[float, ...]
    minutes: tuple[float, ...]

    @property
    def mean_minutes(self) -> float:
        """Of reading."""
        return math.fsum(self.minutes) / len(self.minutes)


def check_enough(observed: Observed) -> None:
    """Raises: BadSetting: too little was seen to say anything about this house."""
    for what, known in (("arrivals", observed.arrivals), ("readings", observed.minutes)):
        if len(known) < FEWEST:
            raise BadSetting(f"Only {len(known)} {what} are known; at least {FEWEST} are needed.")


def read_observed(text: str) -> Observed:
    """Read a table with the columns arrived_at and minutes; minutes may be empty where no reading was timed.

    Raises: BadSetting: it is no such table.
    """
    table = csv.DictReader(text.splitlines())
    if not {"arrived_at", "minutes"} <= set(table.fieldnames or ()):
        raise BadSetting("The table of arrivals needs the columns arrived_at and minutes.")
    moments, minutes = [], []
    for line, row in enumerate(table, start=2):
        try:
            moments.append(datetime.fromisoformat(row["arrived_at"]).timestamp() / 60)
            minutes += [float(row["minutes"])] if row["minutes"] else []
        except (ValueError, TypeError) as bad:
            raise BadSetting(f"Line {line} of the table of arrivals cannot be read: {bad}.") from bad
    if any(not (math.isfinite(m) and m > 0) for m in minutes):
        raise BadSetting("A reading in the table of arrivals takes no time; leave its minutes empty.")
    first = min(moments, default=0.0)
    return Observed(tuple(sorted(m - first for m in moments)), tuple(minutes))


@dataclass(frozen=True)
class Trial:
    """One trial: arrivals and minutes of reading per study, which stream it is of, and which studies are measured."""

    arrivals: Sequence[float]
    minutes: Sequence[float]
    kinds: Sequence[int]
    measured: range


def drawn(setting: Setting, kinds: Sequence[Stream], studies: int, chance: Random) -> Trial:
    """Poisson arrivals and exponential readings around the mean of each stream."""
    around = min(WARM_UP, 200 + studies // 10)
    total, rate = studies + 2 * around, arrivals_a_minute(setting, kinds)
    uniform, log = chance.random, math.log
    which = _streams(kinds, total, chance)
    gaps = (-log(1 - uniform()) / rate for _ in range(total))
    means = [s.minutes for s in kinds]
    minutes = [-log(1 - uniform()) * means[k] for k in which]
    return Trial(list(accumulate(gaps)), minutes, which, range(around, around + studies))


def replayed(observed: Observed, kinds: Sequence[Stream], chance: Random) -> Trial:
    """The arrivals as they were; what each has and how long it takes are drawn, the minutes from those that were."""
    which = _streams(kinds, len(observed.arrivals), chance)
    own = observed.minutes
    minutes = [
        -math.log(1 - chance.random()) * kinds[k].minutes
        if kinds[k].group == INTERRUPTING
        else own[int(chance.random() * len(own))]
        for k in which
    ]
    return Trial(observed.arrivals, minutes, which, range(len(which)))


def _streams(kinds: Sequence[Stream], total: int, chance: Random) -> list[int]:
    edges = list(accumulate(s.share for s in kinds))[:-1]
    uniform = chance.random
    return [bisect(edges, uniform()) for _ in range(total)]
