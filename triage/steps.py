"""What every step of the way does: move the study, write its event, give it its place."""

from hashlib import sha256

from consent.audit import AuditEvent, Outcome
from consent.decision import Permit, decide
from consent.record import PatientId, Purpose
from triage.errors import MoveNotAllowed
from triage.ports import House
from triage.reading import Reading, Style
from triage.status import Owner, Status, advance
from triage.study import Study
from triage.urgency import assess, called_negative
from triage.worklist import Entry

WORKER = "worker"
_AT_A_TIME = 200
SHOWN = frozenset({Status.READ, Status.RANKED, Status.SIGNED, Status.AMENDED, Status.REOPENED})
"""The statuses in which the model's answer may be looked at."""
TO_READ = frozenset({Status.RECEIVED, Status.IDENTIFIED, Status.CONSENTED, Status.UNRANKED})
"""The statuses from which the model may be asked."""
HALF_READ = frozenset({Status.READ, Status.RANKED})
"""The statuses in which the model has begun."""


def ask(house: House, patient_id: PatientId) -> Permit:
    """Ask what a patient allowed, now. Raises: ConsentDenied."""
    return decide(patient_id, house.consents.provisions(patient_id), Purpose.AI_READING, house.clock.now())


def check_still_permitted(house: House, permit: Permit) -> None:
    """A withdrawal between the question and the answer keeps the answer out."""
    now = house.clock.now()
    decide(permit.patient, house.consents.provisions(permit.patient), permit.purpose, now)


def check_still_wanted(house: House, study_uid: str) -> None:
    """A signature between the question and the answer keeps the answer out."""
    status = house.studies.entry(study_uid).status
    if status not in HALF_READ:
        raise MoveNotAllowed(f"This study is {status} by now.")


def ask_for_read(house: House, study_uid: str) -> None:
    """Queue what the machine has still to do for a study, as urgently as the study is now."""
    entry = house.studies.entry(study_uid)
    if entry.status in TO_READ:
        house.jobs.read(study_uid, entry.assessment.urgency)
    elif lacks_words(house, entry):
        house.jobs.draft(study_uid, entry.assessment.urgency)


def lacks_words(house: House, entry: Entry) -> bool:
    """Say whether a study was looked at and still waits for an impression."""
    reading = house.studies.reading(entry.study.study_uid) if entry.status in HALF_READ else None
    return reading is not None and len(reading.drafts) < len(Style)


def reassess(house: House, study_uid: str, agent: str) -> None:
    """Give a study the place that everything known about it asks for."""
    entry = house.studies.entry(study_uid)
    now = assess(
        entry.study.order_priority,
        entry.vitals,
        _read_so_far(house, entry),
        notes=entry.study.indication,
        earlier=house.studies.vitals(study_uid),
        levels=house.levels,
    )
    if now != entry.assessment:
        detail = f"{entry.assessment.urgency.name} to {now.urgency.name} by {now.levels}"
        event = audit_event(house, agent, "rank", entry.study, detail=detail)
        house.studies.save_assessment(study_uid, now, event)


def _read_so_far(house: House, entry: Entry) -> Reading | None:
    """The model's answer, where it counts for a place: "negative" says nothing about a film that came after it."""
    reading = house.studies.reading(entry.study.study_uid) if entry.status in SHOWN else None
    unseen = (
        entry.status is Status.REOPENED and reading is not None and called_negative(reading, house.levels)
    )
    return None if unseen else reading


def place_again(house: House) -> int:
    """Give every open study the place that the house's table asks for, where another table gave it one.

    Returns: how many. A study whose place is kept is on record too, with the new version.
    """
    placed = 0
    while uids := house.worklist.placed_otherwise(house.levels.version, _AT_A_TIME):
        for study_uid in uids:
            with house.together():
                reassess(house, study_uid, WORKER)
        placed += len(uids)
    return placed


def move(
    house: House,
    entry: Entry,
    target: Status,
    reason: str = "",
    *,
    agent: str = WORKER,
    owner: Owner = Owner.SYSTEM,
    outcome: Outcome = Outcome.DONE,
) -> None:
    """Make one move of the table, with its event. Raises: MoveNotAllowed."""
    advance(entry.status, target, owner)
    detail = f"{entry.status} to {target}" + (f": {reason}" if reason else "")
    event = audit_event(house, agent, "move study", entry.study, outcome=outcome, detail=detail)
    house.studies.move(entry.study.study_uid, entry.status, target, reason, event)


def note_search(house: House, agent: str, where: str, words: str) -> None:
    """Put on record that somebody looked for a patient; under a hash of their words, as a name is no id."""
    named = sha256(" ".join(words.casefold().split()).encode()).hexdigest()[:16]
    house.audit.record(AuditEvent(agent, "search", where, house.clock.now(), detail=f"words {named}"))


def audit_event(
    house: House, agent: str, action: str, study: Study, *, outcome: Outcome = Outcome.DONE, detail: str = ""
) -> AuditEvent:
    """Say who did what to a study; ids and reasons only."""
    return AuditEvent(
        agent=agent,
        action=action,
        entity=f"study/{study.study_uid}",
        recorded_at=house.clock.now(),
        patient=study.patient.patient_id,
        purpose="treatment",
        outcome=outcome,
        detail=detail,
    )
