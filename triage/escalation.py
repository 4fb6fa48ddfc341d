"""Where a critical result stands, whom to call next and what may be recorded: facts and the clock in, no state kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.critical import (
    OVERDUE_STEP,
    VOICE,
    Attempt,
    Category,
    Cause,
    CriticalResult,
    Delivery,
    Facts,
    Happening,
    Notice,
    ReadBack,
    Standing,
    moved,
)
from triage.errors import MoveNotAllowed, TriageError

# ── where it stands ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class State:
    """Where a result stands at one moment, worked out from what is recorded and the clock alone.

    `level` counts escalations; `next_at` is when the next one comes if nothing happens, None once it is closed.
    `told` and `read_back` are there exactly when it is closed.
    """

    standing: Standing
    level: int
    next_at: datetime | None
    unreached: frozenset[int] = frozenset()
    told: Facts | None = None
    read_back: ReadBack | None = None

    @property
    def closed(self) -> bool:
        return self.standing is Standing.CLOSED


def standing_entries(attempts: Sequence[Attempt], at: datetime) -> list[Attempt]:
    """The attempts that count at a moment: recorded by then, and not corrected by then."""
    by_then = [a for a in attempts if a.recorded_at <= at]
    corrected = {a.corrects for a in by_then}
    return [a for a in by_then if a.number not in corrected]


def state(result: CriticalResult, at: datetime) -> State:
    """Walk the table through everything recorded up to `at`; the same facts and clock give the same answer."""
    standing, level, since = Standing.OPEN, 0, result.opened_at
    unreached: set[int] = set()
    for attempt in standing_entries(result.attempts, at):
        standing, level, since = _let_pass(standing, level, since, result.limit.step, attempt.recorded_at)
        if attempt.read_back is not ReadBack.UNABLE:
            standing = moved(standing, Happening.TOLD)
            told = result.facts(attempt)
            return State(standing, level, None, frozenset(unreached), told, attempt.read_back)
        standing, level = moved(standing, Happening.UNREACHED), level + 1
        unreached.add(level)
        since = max(since, attempt.recorded_at)
    standing, level, since = _let_pass(standing, level, since, result.limit.step, at)
    return State(standing, level, since + result.limit.step, frozenset(unreached))


def _let_pass(
    standing: Standing, level: int, since: datetime, step: timedelta, until: datetime
) -> tuple[Standing, int, datetime]:
    steps = max(0, (until - since) // step)
    if steps == 0:
        return standing, level, since
    return moved(standing, Happening.TIME), level + steps, since + steps * step


def overdue(result: CriticalResult, at: datetime) -> bool:
    """Say whether it should have been told by now and was not; only telling it ends this."""
    return at > result.due_at and not state(result, at).closed


def notices_due(result: CriticalResult, people: Sequence[str], at: datetime) -> tuple[Notice, ...]:
    """Who has to be called now and was not yet.

    Each person up to the one whose turn it is, once; the last of the list again at every further step, so that
    nothing falls silent. Steps that passed while nobody looked are not made up for: only the latest is called.

    Args:
        result: with the notices already on file.
        people: the site's list, the first to be called first; at least one.
        at: now.
    """
    now = state(result, at)
    if now.closed:
        return ()
    last, known = len(people) - 1, {notice.step for notice in result.notices}
    levels = sorted({*range(min(now.level, last) + 1), now.level})
    found = [
        Notice(str(level), people[min(level, last)], _cause(level, now), at)
        for level in levels
        if str(level) not in known
    ]
    if at > result.due_at and OVERDUE_STEP not in known:
        found.append(Notice(OVERDUE_STEP, people[min(now.level, last)], Cause.OVERDUE, at))
    return tuple(found)


def _cause(level: int, now: State) -> Cause:
    if level == 0:
        return Cause.OPENED
    return Cause.UNREACHED if level in now.unreached else Cause.TIME


def unsent(result: CriticalResult) -> tuple[Delivery, ...]:
    """The notices that could not be sent and were not sent since, one line for each step and channel."""
    latest = {(d.step, d.channel): d for d in result.deliveries}
    return tuple(d for d in latest.values() if not d.sent)


# ── recording ─────────────────────────────────────────────────────────────────────────────────────────


def check_attempt(result: CriticalResult, attempt: Attempt) -> None:
    """Refuse an entry that lacks a fact, cannot be true, or comes when the loop is closed.

    Raises: TriageError: with the sentence for the person at the screen. MoveNotAllowed: it is closed.
    """
    facts = result.facts(attempt)
    if attempt.received_at > attempt.recorded_at:
        raise TriageError("Nobody can hear it later than now; look at the time again.")
    if facts.told_by.strip().casefold() == facts.received_by.strip().casefold():
        raise TriageError("Somebody else than the one who tells it must hear it.")
    told = attempt.read_back is not ReadBack.UNABLE
    if told and result.category is Category.MINUTES and attempt.method not in VOICE:
        raise TriageError("A result of the category minutes is told by voice: in person or by a call.")
    if attempt.corrects is None:
        if state(result, attempt.recorded_at).closed:
            raise MoveNotAllowed("This result was told already; correct that entry if it is wrong.")
        return
    if not attempt.reason.strip():
        raise TriageError("Say in a few words what was wrong with the entry.")
    standing = {a.number for a in standing_entries(result.attempts, attempt.recorded_at)}
    if attempt.corrects not in standing:
        raise TriageError("That entry was corrected already; correct the newer one.")
