"""What a changed consent does to a patient's studies."""

from contextlib import ExitStack

from consent.audit import Outcome
from consent.errors import ConsentDenied
from consent.record import PatientId, Purpose
from triage.ports import House
from triage.status import Status
from triage.steps import HALF_READ, TO_READ, WORKER, ask, ask_for_read, audit_event, move, reassess
from triage.stores import HIDE_READING
from triage.worklist import Entry

_AT_A_TIME = 200


def reconsider(house: House, patient_id: PatientId) -> None:
    """Act on a changed consent: a yes asks for a read, its end takes the model's answers and words away at once.

    They go from signed studies too; what a person signed stays. A permission ends when it is withdrawn, refused, or at
    its date; the study and the record say which words of the patient's hold now, not why.
    """
    with house.together():
        denied = _denied(house, patient_id)
        for study_uid in house.studies.studies_of(patient_id):
            entry = house.studies.entry(study_uid)
            if denied:
                _take_back(house, entry, denied)
            elif entry.status in TO_READ:
                ask_for_read(house, study_uid)


def reconsider_run_out(house: House) -> int:
    """Act on permissions that ended at their date, when nobody pressed anything; run from time to time.

    Returns: how many patients' answers and words were taken away.
    Raises: what went wrong with a patient, once all the others were served.
    """
    patients = house.studies.run_out(Purpose.AI_READING, house.clock.now(), _AT_A_TIME)
    with ExitStack() as each:  # whatever is wrong with one patient, the others' answers must go
        for patient_id in patients:
            each.callback(reconsider, house, patient_id)
    return len(patients)


def _take_back(house: House, entry: Entry, denied: str) -> None:
    study_uid, shown = entry.study.study_uid, house.studies.reading(entry.study.study_uid) is not None
    begun = entry.status in {Status.CONSENTED, *HALF_READ}
    if shown or begun:
        house.words.clear(study_uid)
        house.audit.record(
            audit_event(house, WORKER, "decide consent", entry.study, outcome=Outcome.DENIED, detail=denied)
        )
    if shown:
        house.studies.hide_reading(study_uid, audit_event(house, WORKER, HIDE_READING, entry.study))
    if begun:
        house.jobs.cancel(study_uid)
        move(house, entry, Status.UNRANKED, denied)
        reassess(house, study_uid, WORKER)


def _denied(house: House, patient_id: PatientId) -> str:
    """Why this patient's films may not be read now; nothing when they may."""
    try:
        ask(house, patient_id)
    except ConsentDenied as denied:
        return str(denied)
    return ""
