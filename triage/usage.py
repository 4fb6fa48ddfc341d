"""What an administrator sees of the house: counts and times, no patients."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Day:
    """One day of the house, in UTC."""

    day: date
    received: int
    read: int
    signed: int


@dataclass(frozen=True)
class Usage:
    """Counts over a span of days.

    `turnaround_s` are the seconds from arrival to signature of every report signed in the span; `verdicts` counts
    what became of drafts; `refusals` counts patients who refused AI-assisted reading; `failures` counts studies the
    model could not read; `quarantined` counts files kept apart.
    """

    days: tuple[Day, ...]
    waiting: int
    turnaround_s: tuple[float, ...]
    verdicts: dict[str, int]
    refusals: int
    failures: int
    quarantined: int
    people: dict[str, int]  # subject to number of actions
