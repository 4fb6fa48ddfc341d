"""One study in one reader's hands: opened, claimed, released."""

from consent.audit import Outcome
from triage.errors import NotPermitted
from triage.permission import Action, Person, check_action
from triage.ports import House
from triage.steps import audit_event
from triage.worklist import HELD_FOR, Claim, Entry, check_claim


def view(house: House, study_uid: str, person: Person) -> Entry:
    """Open a study; it is shown only after the look at it is on record, and so is a refused one.

    Raises: NotPermitted. UnknownStudy.
    """
    entry = house.studies.entry(study_uid)
    try:
        check_action(person, Action.VIEW_STUDY)
    except NotPermitted as refused:
        house.audit.record(
            audit_event(
                house, person.subject, "view study", entry.study, outcome=Outcome.DENIED, detail=str(refused)
            )
        )
        raise
    house.audit.record(audit_event(house, person.subject, "view study", entry.study))
    return entry


def claim(house: House, study_uid: str, person: Person) -> None:
    """Take a study so that nobody reads it twice.

    Raises: NotPermitted. StudyHeld: another reader has it.
    """
    check_action(person, Action.CLAIM)
    entry = house.studies.entry(study_uid)
    now = house.clock.now()
    check_claim(entry.claim, person.subject, now)
    event = audit_event(house, person.subject, "claim", entry.study)
    house.studies.claim(study_uid, Claim(person.subject, now + HELD_FOR), event)


def release(house: House, study_uid: str, person: Person) -> None:
    """Give a claimed study back."""
    check_action(person, Action.CLAIM)
    entry = house.studies.entry(study_uid)
    check_claim(entry.claim, person.subject, house.clock.now())
    house.studies.claim(study_uid, None, audit_event(house, person.subject, "release", entry.study))
