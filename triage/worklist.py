"""What to read first."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.errors import StudyHeld
from triage.status import Status
from triage.study import Study
from triage.urgency import Assessment
from triage.vitals import Vitals

HELD_FOR = timedelta(minutes=20)
"""How long a claim keeps a study for its reader."""
RENEWED_BELOW = HELD_FOR / 2
"""When less of a claim is left, its reader's next words begin it anew."""


@dataclass(frozen=True, order=True)
class Place:
    """Where a study stands in the reading order; the smallest is read first.

    `due_at` is when the study arrived plus how long its level gives way (`triage/levels.toml`): STAT gives way to
    nobody, so it is due at once and stands before everything that is not yet due; ROUTINE gives way for weeks. A film
    the model called negative gives way for longer. The UID makes the order total.

    The place is fixed by what is known about the study, never by what time it is, so an index of the database serves
    it. What it guarantees, whatever else arrives:

    1. Nothing that arrives after `due_at` ever stands before the study, as every study is due at its arrival or later.
       So only studies that had arrived by then can be read before it: a finite set, closed once `due_at` has passed.
    2. Readers who always take the first study begin it no later than `due_at` plus the reading time of what is then
       unread before it, divided by their number, plus the reading under way.
    3. One reader who could read every study by its `due_at` in some order does so in this one, up to the reading under
       way: earliest due date first misses no date that can be kept (Jackson 1955; with arrivals, Horn 1974).

    Fewer readers than the work needs is more than an order can mend: then all levels are late alike, and a new STAT
    stands behind what has been due before it arrived. ADR-0018 says why that was chosen, and what a site sets.
    """

    due_at: datetime
    study_uid: str


def place(study: Study, assessment: Assessment) -> Place:
    """Give a study its place. A study the model never saw gives way as if it might be anything (ADR-0007)."""
    return Place(study.received_at + assessment.gives_way, study.study_uid)


@dataclass(frozen=True)
class Claim:
    """Who holds a study, and until when."""

    subject: str
    until: datetime

    def blocks(self, subject: str, at: datetime) -> bool:
        """Say whether this claim keeps `subject` out at the moment `at`."""
        return self.subject != subject and at < self.until


@dataclass(frozen=True)
class Entry:
    """One line of the worklist: a study, where it stands, and why."""

    study: Study
    status: Status
    assessment: Assessment
    vitals: Vitals | None = None
    claim: Claim | None = None
    priors: int = 0
    status_reason: str = ""  # why a person reads it without the model, when that is so

    @property
    def place(self) -> Place:
        return place(self.study, self.assessment)


def check_claim(claim: Claim | None, subject: str, at: datetime) -> None:
    """Refuse a study that another reader holds.

    Raises: StudyHeld: with the time it will be free.
    """
    if claim is not None and claim.blocks(subject, at):
        raise StudyHeld(f"Another reader holds this study until {claim.until:%H:%M} UTC.")
