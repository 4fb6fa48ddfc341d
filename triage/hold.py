"""One study in one reader's hands: opened, claimed, released."""

from contextlib import suppress

from consent.audit import Outcome
from triage.errors import AlreadySigned, NotPermitted, StudyHeld
from triage.listing import Filter
from triage.permission import Action, Person, check_action
from triage.ports import House
from triage.steps import audit_event
from triage.worklist import HELD_FOR, RENEWED_BELOW, Claim, Entry, check_claim

_LOOKED_AT = 25  # studies at a time


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

    Raises: NotPermitted. StudyHeld: another reader has it. AlreadySigned: there is nothing left to read.
    """
    check_action(person, Action.CLAIM)
    entry = house.studies.entry(study_uid)
    now = house.clock.now()
    check_claim(entry.claim, person.subject, now)
    event = audit_event(house, person.subject, "claim", entry.study)
    house.studies.claim(study_uid, Claim(person.subject, now + HELD_FOR), event)


def renew(house: House, study_uid: str, person: Person) -> None:
    """Go on holding a study one is at work on; nobody is robbed of it, and a claim with time left stays as it is."""
    entry, now = house.studies.entry(study_uid), house.clock.now()
    held = entry.claim
    if held is None or held.subject != person.subject or held.until - now >= RENEWED_BELOW:
        return
    event = audit_event(house, person.subject, "renew claim", entry.study)
    with suppress(StudyHeld, AlreadySigned):  # somebody was faster; the screen says who
        house.studies.claim(study_uid, Claim(person.subject, now + HELD_FOR), event)


def release(house: House, study_uid: str, person: Person) -> None:
    """Give a claimed study back."""
    check_action(person, Action.CLAIM)
    entry = house.studies.entry(study_uid)
    check_claim(entry.claim, person.subject, house.clock.now())
    house.studies.claim(study_uid, None, audit_event(house, person.subject, "release", entry.study))


def claim_next(house: House, person: Person, only: Filter) -> str | None:
    """Take the first study in reading order that nobody else holds; two who ask at once get two studies.

    Args:
        house: what the flow leans on.
        person: who will read it.
        only: the list to take from.

    Returns: its UID, None when nothing is free.
    Raises: NotPermitted.
    """
    check_action(person, Action.CLAIM)
    after = None
    while page := house.worklist.page(only, _LOOKED_AT, after, person.subject, house.clock.now()):
        for line in page:
            study_uid = line.entry.study.study_uid
            try:
                claim(house, study_uid, person)
            except (StudyHeld, AlreadySigned):  # since the page was asked
                continue
            return study_uid
        after = page[-1].entry.place
    return None


def assign(house: House, study_uid: str, person: Person, to: Person) -> None:
    """Put a study into a colleague's hands; like a claim it lapses, so that nobody's absence hides a study.

    Args:
        house: what the flow leans on.
        study_uid: the study.
        person: who gives it; they may give away what they or nobody hold.
        to: who shall read it.

    Raises: NotPermitted: one of them may not read. StudyHeld: another reader has it.
    """
    check_action(person, Action.CLAIM)
    try:
        check_action(to, Action.CLAIM)
    except NotPermitted as refused:
        raise NotPermitted(f"{to.name} may not read studies, so none can be assigned to them.") from refused
    entry = house.studies.entry(study_uid)
    now = house.clock.now()
    check_claim(entry.claim, person.subject, now)
    event = audit_event(house, person.subject, "assign", entry.study, detail=f"to {to.subject}")
    house.studies.claim(study_uid, Claim(to.subject, now + HELD_FOR), event)
