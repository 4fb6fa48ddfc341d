"""One pass of studies through a reading room, event by event; every number is drawn before it begins.

Plain Python with `heapq`: docs/benchmarks.md says how long a million studies take.
"""

import heapq
import math
from collections.abc import Sequence

INTERRUPTS, FIRST, LISTED = 0, 1, 2
"""Classes of the line: those that interrupt; those begun or overdue that go before the list; the ranks of the list."""


def waits(
    arrivals: Sequence[float],
    minutes: Sequence[float],
    ranks: Sequence[int],
    readers: int,
    *,
    finish: bool = False,
    max_wait: float | None = None,
) -> list[float]:
    """How long each study waits: from its arrival to the end of its reading, less the reading itself.

    A reader who is free takes the study of the lowest rank, the earliest of them; rank 0 interrupts every other. A
    study set aside is resumed where it was left.

    Args:
        arrivals: minutes, ascending.
        minutes: of reading, per study.
        ranks: per study; 0 interrupts.
        readers: how many read at once.
        finish: whether a study that was begun is finished before another of ranks 1, 2 … is taken.
        max_wait: a study that arrived this long ago goes before all but rank 0, the earliest first, and is set aside
            for rank 0 alone. None: it never does.

    Returns: minutes of waiting, in the order of arrival.
    """
    room = _Room(arrivals, minutes, ranks, readers, finish, math.inf if max_wait is None else max_wait)
    for number, now in enumerate(arrivals):
        room.until(now)
        room.arrive(number, now)
    room.until(math.inf)
    return [max(0.0, e - a - m) for e, a, m in zip(room.ended, arrivals, minutes, strict=True)]


class _Room:
    """Who is read, who waits. A key is class · count + number: keys sort by class, and then by arrival."""

    __slots__ = (
        "arrivals",
        "count",
        "ended",
        "finish",
        "key",
        "left",
        "limit",
        "line",
        "overdue",
        "readers",
        "reading",
    )

    def __init__(
        self,
        arrivals: Sequence[float],
        minutes: Sequence[float],
        ranks: Sequence[int],
        readers: int,
        finish: bool,
        limit: float,
    ) -> None:
        self.arrivals, self.readers, self.finish, self.limit = arrivals, readers, finish, limit
        self.count = count = len(arrivals)
        self.left, self.ended = list(minutes), [0.0] * count
        self.key = [(rank + 1 if rank else INTERRUPTS) * count + i for i, rank in enumerate(ranks)]
        self.line: list[int] = []
        self.reading: list[tuple[float, int]] = []  # when it will end, number
        self.overdue = 0  # every earlier number is

    def until(self, now: float) -> None:
        """Let reading go on; whoever is free takes the next."""
        reading, line, ended, left = self.reading, self.line, self.ended, self.left
        while reading and reading[0][0] <= now:
            end, number = reading[0]
            ended[number] = end
            if self.limit < math.inf:
                self._grow_overdue(end)
            while line:
                key = heapq.heappop(line)
                following = key % self.count
                if key == self.key[following]:  # else it moved up, and this is its former place
                    heapq.heapreplace(reading, (end + left[following], following))
                    break
            else:
                heapq.heappop(reading)

    def arrive(self, number: int, now: float) -> None:
        """A study comes: a free reader takes it, or it interrupts, or it waits."""
        reading = self.reading
        if len(reading) < self.readers:
            heapq.heappush(reading, (now + self.left[number], number))
            return
        if self.limit < math.inf:
            self._grow_overdue(now)
        key, kept = self.key[number], self.key
        last = max(reading, key=lambda one: kept[one[1]]) if self.readers > 1 else reading[0]
        aside, rank = last[1], key // self.count
        if rank < kept[aside] // self.count and (rank == INTERRUPTS or not self.finish):
            self.left[aside] = last[0] - now
            reading[reading.index(last)] = (now + self.left[number], number)
            heapq.heapify(reading)
            if self.finish:
                kept[aside] = FIRST * self.count + aside
            key = kept[aside]
        heapq.heappush(self.line, key)

    def _grow_overdue(self, now: float) -> None:
        """Move those up whose wait has reached the limit; arrival and limit come in the same order."""
        while self.overdue < self.count and self.arrivals[self.overdue] + self.limit <= now:
            number, first = self.overdue, FIRST * self.count + self.overdue
            if self.key[number] > first and not self.ended[number]:
                self.key[number] = first
                if all(number != being_read for _, being_read in self.reading):
                    heapq.heappush(self.line, first)
            self.overdue += 1
