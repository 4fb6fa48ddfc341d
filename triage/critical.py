"""A critical result: who must hear it, by when, and the loop that only a person's facts can close."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from triage.errors import MoveNotAllowed, TriageError
from triage.study import Urgency

# ── words ─────────────────────────────────────────────────────────────────────────────────────────────


class Category(StrEnum):
    """How soon somebody who can act must have heard.

    Source: ACR Actionable Reporting Work Group, categories 1 to 3. The hours and minutes are the site's to set.
    """

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"


class Method(StrEnum):
    """How it was told."""

    IN_PERSON = "in person"
    TELEPHONE = "by telephone"
    VIDEO = "by video call"
    MESSAGE = "by secure message"


VOICE = frozenset({Method.IN_PERSON, Method.TELEPHONE, Method.VIDEO})
"""What counts as direct verbal communication, which category 1 requires (ACR)."""


class ReadBack(StrEnum):
    """What came of one attempt to tell it."""

    CONFIRMED = "confirmed by read-back"
    REACHED = "reached without read-back"
    UNABLE = "unable to reach"


class Standing(StrEnum):
    """Where a critical result stands."""

    OPEN = "open"
    ESCALATED = "escalated"
    CLOSED = "closed"


class Happening(StrEnum):
    """All that can move it: a person's recorded attempt, or the clock."""

    TOLD = "somebody heard it"
    UNREACHED = "unable to reach"
    TIME = "time is up"


MOVES: dict[tuple[Standing, Happening], Standing] = {
    (Standing.OPEN, Happening.TOLD): Standing.CLOSED,
    (Standing.OPEN, Happening.UNREACHED): Standing.ESCALATED,
    (Standing.OPEN, Happening.TIME): Standing.ESCALATED,
    (Standing.ESCALATED, Happening.TOLD): Standing.CLOSED,
    (Standing.ESCALATED, Happening.UNREACHED): Standing.ESCALATED,
    (Standing.ESCALATED, Happening.TIME): Standing.ESCALATED,
}
"""The whole table. Nothing leaves `closed`; a correction takes an entry out, and the table is walked again without it."""


def moved(current: Standing, happening: Happening) -> Standing:
    """Make one move of a critical result. Raises: MoveNotAllowed: the table has no such move."""
    following = MOVES.get((current, happening))
    if following is None:
        raise MoveNotAllowed(f"A critical result that is {current} does not move when {happening}.")
    return following


CATEGORIES = {
    Urgency.STAT: Category.MINUTES,
    Urgency.ASAP: Category.HOURS,
    Urgency.URGENT: Category.DAYS,
}
"""The category that an urgency suggests; a person chooses."""


# ── facts ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Limit:
    """By when somebody must have heard, and after how long without an answer the next person is called."""

    within: timedelta
    step: timedelta

    def __post_init__(self) -> None:
        if not timedelta(0) < self.step <= self.within:
            raise ValueError("A limit needs a step longer than nothing and no longer than the whole time.")


@dataclass(frozen=True)
class Mark:
    """What a reader marks as critical while writing; half filled it opens nothing, and no report is signed over it.

    `found_at` is when it was seen; None stands for the moment it is opened.
    """

    what: str = ""
    category: Category | None = None
    found_at: datetime | None = None

    @property
    def begun(self) -> bool:
        """Whether anything is marked."""
        return bool(self.what.strip() or self.category)

    def checked(self) -> Category:
        """How soon a mark that can be opened must be heard. Raises: TriageError: a part of it is missing."""
        if not self.what.strip() or self.category is None:
            raise TriageError(
                "Say in a few words what is critical and how soon it must be heard, or clear both."
            )
        return self.category


@dataclass(frozen=True)
class Facts:
    """The six facts without which no critical result counts as told.

    Source: ACR Practice Parameter for Communication of Diagnostic Imaging Findings.
    """

    what: str
    found_at: datetime
    told_by: str
    received_by: str
    received_at: datetime
    method: Method

    def __post_init__(self) -> None:
        said = (self.what, self.told_by, self.received_by)
        if not all(word.strip() for word in said):
            raise TriageError("Say what was told, who told it and who heard it.")
        if self.found_at.tzinfo is None or self.received_at.tzinfo is None:
            raise ValueError("The times of a critical result need a time zone.")
        if self.received_at < self.found_at:
            raise TriageError("Nobody can have heard it before it was found; look at the time again.")


@dataclass(frozen=True)
class Attempt:
    """One try to tell it, as a person recorded it; never changed afterwards.

    `corrects` is the number of an entry that was wrong and that this one stands in for; `reason` says why.
    """

    told_by: str
    received_by: str
    received_at: datetime
    method: Method
    read_back: ReadBack
    recorded_by: str
    recorded_at: datetime
    corrects: int | None = None
    reason: str = ""
    number: int = 0


class Cause(StrEnum):
    """Why somebody is called on."""

    OPENED = "opened"
    UNREACHED = "the one before could not be reached"
    TIME = "nobody answered in time"
    OVERDUE = "overdue"


FIRST_STEP, OVERDUE_STEP = "0", "overdue"


@dataclass(frozen=True)
class Notice:
    """Somebody was called on: at which step, who, why and since when.

    `step` is the number of the escalation as text, or `overdue`; each step of a result is called once.
    """

    step: str
    to: str
    cause: Cause
    at: datetime


@dataclass(frozen=True)
class Delivery:
    """What became of sending one notice by one channel; a failure keeps its reason."""

    step: str
    channel: str
    sent: bool
    at: datetime
    reason: str = ""


@dataclass(frozen=True)
class CriticalResult:
    """One finding that somebody must hear in time, with everything recorded about it, the first first.

    `limit` is the site's at the moment of opening: a later change of the site's table moves no deadline.
    `report_version` is None when a person opened it before anything was signed.
    """

    result_id: str
    study_uid: str
    what: str
    category: Category
    limit: Limit
    found_at: datetime
    opened_by: str
    opened_at: datetime
    report_version: int | None = None
    attempts: tuple[Attempt, ...] = ()
    notices: tuple[Notice, ...] = ()
    deliveries: tuple[Delivery, ...] = ()

    def __post_init__(self) -> None:
        if not self.what.strip():
            raise TriageError("Say in a few words what is critical.")
        if self.found_at.tzinfo is None or self.opened_at.tzinfo is None:
            raise ValueError("The times of a critical result need a time zone.")
        if self.found_at > self.opened_at:
            raise TriageError("It cannot be found later than now; look at the time again.")

    @property
    def short(self) -> str:
        """What a person compares between a notice and the screen; enough of the random number to find it."""
        return self.result_id[:8].upper()

    @property
    def due_at(self) -> datetime:
        """The moment from which it is overdue."""
        return self.found_at + self.limit.within

    def facts(self, attempt: Attempt) -> Facts:
        """The six facts of one attempt. Raises: TriageError: one is missing."""
        return Facts(
            self.what,
            self.found_at,
            attempt.told_by,
            attempt.received_by,
            attempt.received_at,
            attempt.method,
        )
