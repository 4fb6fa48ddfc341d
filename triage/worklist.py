"""What to read first."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.errors import StudyHeld
from triage.status import Status
from triage.study import Study, Urgency
from triage.urgency import Assessment
from triage.vitals import Vitals

HELD_FOR = timedelta(minutes=20)
"""How long a claim keeps a study for its reader."""


@dataclass(frozen=True, order=True)
class Place:
    """Where a study stands in the reading order; the smallest is read first.

    Urgency first; within one urgency what the model called negative waits behind what it did not see; then whoever
    waited longest; the UID makes the order total. `later` is the urgency turned round so that it sorts.
    """

    later: int
    ai_negative: bool
    received_at: datetime
    study_uid: str


def place(study: Study, assessment: Assessment) -> Place:
    """Give a study its place. A study the model never saw stands as if it might be anything (ADR-0007)."""
    return Place(
        later=max(Urgency) - assessment.urgency,
        ai_negative=assessment.ai_negative,
        received_at=study.received_at,
        study_uid=study.study_uid,
    )


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
