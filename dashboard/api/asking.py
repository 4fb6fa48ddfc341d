"""Who asks a route, and the record of what they looked at."""

from starlette.requests import Request

from consent.audit import AuditEvent, Outcome
from dashboard import resources
from triage.errors import NotPermitted
from triage.permission import Action, Person, check_action
from triage.worklist import Entry


def person_of(request: Request) -> Person:
    """The person the gate found; no route is reached without one."""
    person: Person = request.state.person
    return person


def check(request: Request, action: Action) -> Person:
    """Refuse what this person may not do, and put the try on the audit trail.

    Raises: NotPermitted.
    """
    person, house = person_of(request), resources.house()
    try:
        check_action(person, action)
    except NotPermitted as refused:
        now = house.clock.now()
        denied = AuditEvent(
            person.subject, action.value, request.url.path, now, outcome=Outcome.DENIED, detail=str(refused)
        )
        house.audit.record(denied)
        raise
    return person


def look(person: Person, study_uid: str, action: str, detail: str) -> Entry:
    """Answer a study after the look at it is on record.

    Raises: UnknownStudy.
    """
    house = resources.house()
    entry = house.studies.entry(study_uid)
    house.audit.record(
        AuditEvent(
            agent=person.subject,
            action=action,
            entity=f"study/{study_uid}",
            recorded_at=house.clock.now(),
            patient=entry.study.patient.patient_id,
            purpose="treatment",
            detail=detail,
        )
    )
    return entry
