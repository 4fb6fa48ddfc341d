"""Given where a study stands: the words the tests of its way share."""

from consent.record import Purpose
from tests.builders import (
    PATIENT_ID,
    STUDY_UID,
    a_consent,
    a_person,
    a_study,
    an_event,
    vitals,
)
from triage import flow
from triage.permission import Role
from triage.status import Status

ADA = a_person()
TOMAS = a_person(subject="second@demo", name="Dr. Tomas Okoye")
ROBIN = a_person(Role.ADMINISTRATOR)
ILL = vitals(spo2_pct=84.0, resp_rate_bpm=28.0, heart_rate_bpm=125.0)
UNREAD = {Status.RECEIVED, Status.UNRANKED}


def receive(house, measured=None, **changes):
    flow.receive(house, a_study(**changes), measured, "upload")


def allow(house, **changes):
    house.consents.sign(a_consent(**changes), an_event(action="sign consent"))


def refuse(house):
    allow(house, answers={Purpose.AI_READING: False}, consent_id="refusal")


def withdraw(house):
    at = house.clock.now()
    house.consents.withdraw(PATIENT_ID, Purpose.AI_READING, at, an_event(action="withdraw", recorded_at=at))


def entry(house, uid=STUDY_UID):
    return house.studies.entry(uid)


def status(house, uid=STUDY_UID):
    return entry(house, uid).status


def statuses(house, uid=STUDY_UID):
    return [change.status for change in house.studies.history(uid)]


def events(house, action):
    return [place.event for place in house.audit.chain() if place.event.action == action]


def worklist(house):
    return [line.study.study_uid for line in house.studies.worklist(50)]
