"""What an administrator sees of the house: counts and times, no patients."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from triage.report import Verdict
from triage.study import Urgency


@dataclass(frozen=True)
class Hour:
    """One hour of the house, by the moment it began."""

    began_at: datetime
    received: int = 0
    read: int = 0
    signed: int = 0


@dataclass(frozen=True)
class Day:
    """One day of the house, in UTC."""

    day: date
    received: int
    read: int
    signed: int


class Milestone(StrEnum):
    """What a study reaches on its way; each is timed from its arrival."""

    READ = "read"
    RANKED = "ranked"
    SIGNED = "signed"
    COMMUNICATED = "communicated"  # a critical result, to somebody who confirmed it


@dataclass(frozen=True)
class Turnaround:
    """How long studies of one level took from arrival to a milestone; level None is all of them together."""

    level: Urgency | None
    milestone: Milestone
    n: int
    median_s: float
    ninetieth_s: float


@dataclass(frozen=True)
class DraftUse:
    """What became of drafts, of one style or in one reader's hands.

    `changed` is the median share of words that were changed, over drafts that were accepted or edited; None when
    there are none.
    """

    verdicts: Mapping[Verdict, int] = field(default_factory=dict)
    changed: float | None = None

    @property
    def n(self) -> int:
        return sum(self.verdicts.values())


@dataclass(frozen=True)
class Usage:
    """Counts over a span of days.

    `turnarounds` are of reports signed in the span, but for `communicated`: of critical results closed in it.
    `refusals` counts patients who refused AI-assisted reading; `failures` studies the model could not read;
    `alone` studies that went to a person unread, by the reason; `quarantined` files kept apart. `answered` says for
    each finding how many of the `readings` of the span gave a probability.
    """

    hours: tuple[Hour, ...] = ()
    waiting: int = 0
    turnarounds: tuple[Turnaround, ...] = ()
    by_style: Mapping[str, DraftUse] = field(default_factory=dict)
    by_reader: Mapping[str, DraftUse] = field(default_factory=dict)
    refusals: int = 0
    failures: int = 0
    alone: Mapping[str, int] = field(default_factory=dict)
    quarantined: int = 0
    readings: int = 0
    answered: Mapping[str, int] = field(default_factory=dict)
    people: Mapping[str, int] = field(default_factory=dict)  # subject to number of actions

    @property
    def days(self) -> tuple[Day, ...]:
        """Every day from the first to the last on which anything happened; a quiet one counts nothing."""
        if not self.hours:
            return ()
        counted: dict[date, list[int]] = {}
        for hour in self.hours:
            sums = counted.setdefault(hour.began_at.astimezone(UTC).date(), [0, 0, 0])
            for i, more in enumerate((hour.received, hour.read, hour.signed)):
                sums[i] += more
        first, last = min(counted), max(counted)
        every = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return tuple(Day(day, *counted.get(day, (0, 0, 0))) for day in every)

    def turnaround(self, milestone: Milestone, level: Urgency | None = None) -> Turnaround | None:
        """The time to one milestone, None when no study reached it."""
        return next((t for t in self.turnarounds if (t.milestone, t.level) == (milestone, level)), None)


@dataclass(frozen=True)
class Queue:
    """How the worker keeps up.

    `oldest_s` is how long the film that has waited longest has waited to be looked at; `silent_s` how long ago the
    worker that spoke last spoke. Both None when there is none.
    """

    films: int = 0  # waiting to be looked at
    words: int = 0  # studies waiting for their impressions
    busy: int = 0
    failed: int = 0
    workers: int = 0  # heard of within `WORKER_SPEAKS_WITHIN`
    oldest_s: float | None = None
    silent_s: float | None = None


WORKER_SPEAKS_WITHIN = timedelta(seconds=60)
"""A worker that has been silent for longer counts as gone; it speaks every ten seconds."""


def words_changed(draft: Sequence[str], signed: Sequence[str]) -> int:
    """How many words were put in, taken out or replaced between a draft and what was signed.

    Source: Levenshtein 1966, over words; a whole column of its table at once as the bits of a number (Myers 1999,
        Hyyrö 2003), because everybody who writes waits for a signature.
    """
    if not draft:
        return len(signed)
    places: dict[str, int] = {}
    for i, word in enumerate(draft):
        places[word] = places.get(word, 0) | 1 << i
    last, every = 1 << len(draft) - 1, (1 << len(draft)) - 1
    changed, more, fewer = len(draft), every, 0  # where the column grows and shrinks from one row to the next
    for word in signed:
        same = places.get(word, 0)
        level = ((same & more) + more ^ more | same | fewer) & every
        grows, shrinks = (fewer | ~(level | more)) & every, level & more
        changed += bool(grows & last) - bool(shrinks & last)
        grows, shrinks = grows << 1 | 1, shrinks << 1
        more, fewer = (shrinks | ~(level | grows)) & every, grows & level & every
    return changed
