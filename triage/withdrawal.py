"""What a changed consent does to a patient's studies."""

from consent.errors import ConsentDenied
from consent.record import PatientId
from triage.ports import House
from triage.status import Status
from triage.steps import HALF_READ, TO_READ, WORKER, ask, ask_for_read, audit_event, move, reassess
from triage.stores import HIDE_READING
from triage.worklist import Entry


def reconsider(house: House, patient_id: PatientId) -> None:
    """Act on a changed consent: a yes asks for a read, a withdrawal takes the model's answers away at once.

    They go from signed studies too; what a person signed stays.
    """
    with house.together():
        allowed = _allowed(house, patient_id)
        for study_uid in house.studies.studies_of(patient_id):
            entry = house.studies.entry(study_uid)
            if allowed and entry.status in TO_READ:
                ask_for_read(house, study_uid)
            elif not allowed:
                _take_back(house, entry)


def _take_back(house: House, entry: Entry) -> None:
    study_uid = entry.study.study_uid
    if house.studies.reading(study_uid) is not None:
        house.studies.hide_reading(study_uid, audit_event(house, WORKER, HIDE_READING, entry.study))
    if entry.status in {Status.CONSENTED, *HALF_READ}:
        house.jobs.cancel(study_uid)
        move(house, entry, Status.UNRANKED, "The patient withdrew consent to AI reading.")
        reassess(house, study_uid, WORKER)


def _allowed(house: House, patient_id: PatientId) -> bool:
    try:
        ask(house, patient_id)
    except ConsentDenied:
        return False
    return True
