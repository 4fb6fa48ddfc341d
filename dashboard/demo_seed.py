"""The demo's patients walk in through the same doors as everybody: signed consents, films, vitals, earlier reports."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from consent.audit import AuditEvent
from consent.record import PatientId
from consent.wording import CURRENT, wording
from dashboard import intake
from dashboard.intake import Outcome, Taken
from dashboard.patient import link
from dashboard.patient.forms import ALLOW, REFUSE, SignForm
from dashboard.provider import PEOPLE as ACCOUNTS
from engine.simulated.people import PEOPLE
from engine.simulated.studies import DemoStudy, Truth
from triage import flow, signing
from triage.ports import House

AGENT = "demo"
CONSENT_BEFORE = timedelta(minutes=20)
READ_AFTER = timedelta(hours=2)
PRIOR_FROM = timedelta(days=2)
"""A study this much older than the newest one is an earlier one, read and signed long ago."""


@dataclass(frozen=True)
class _At:
    """A clock that stands still, so that a study arrives when its story says it did."""

    at: datetime

    def now(self) -> datetime:
        return self.at


def seed(house: House, studies: Iterable[DemoStudy], progress: Callable[[str], None]) -> list[Outcome]:
    """Bring the studies in, the earliest first; what is in already stays as it is.

    Returns: one outcome per film.
    """
    arriving = sorted(studies, key=lambda study: study.received_at)
    latest = {study.header.patient.patient_id: study for study in arriving}
    outcomes: list[Outcome] = []
    for number, study in enumerate(arriving, start=1):
        if latest[study.header.patient.patient_id] is study:
            _sign_consent(house, study)
        outcomes += _arrive(house, study)
        if arriving[-1].received_at - study.received_at > PRIOR_FROM:
            _finish(house, study)
        if number % 6 == 0 or number == len(arriving):
            progress(f"Studies: {number} of {len(arriving)} taken in")
    return outcomes


def _sign_consent(house: House, study: DemoStudy) -> None:
    patient, at = study.header.patient, study.received_at - CONSENT_BEFORE
    if not study.answers or house.consents.consents(patient.patient_id):
        return
    said = {purpose: ALLOW if yes else REFUSE for purpose, yes in study.answers.items()}
    form = SignForm("en", wording(CURRENT, "en").sha256, said, patient.name or "Demo operator", "")
    consent = form.consent(patient.patient_id, house.files.save(form.drawing()), at)
    event = AuditEvent(
        AGENT, "sign consent", f"consent/{consent.consent_id}", at, patient.patient_id, "consent"
    )
    house.consents.sign(consent, event)


def _arrive(house: House, study: DemoStudy) -> list[Outcome]:
    then = replace(house, clock=_At(study.received_at))
    taken = intake.take_file(
        then,
        study.path.name,
        study.path.read_bytes(),
        agent=AGENT,
        accession_number=study.header.accession_number,
        vitals=study.vitals,
        indication=study.header.indication,
        order_priority=study.order_priority,
        patient=study.header.patient,
    )
    for one in taken:
        if one.outcome is Taken.ACCEPTED:
            for before in study.earlier:
                flow.record_vitals(then, one.study_uid, before, AGENT)
    return taken


def _finish(house: House, study: DemoStudy) -> None:
    """Sign what was read long ago, so that it stands beside the new film as its prior."""
    study_uid = study.header.study_uid
    if study.truth is None or house.studies.find(study_uid) is None or house.studies.reports(study_uid):
        return
    then = replace(house, clock=_At(study.received_at + READ_AFTER))
    signing.sign(then, study_uid, ACCOUNTS[1], _impression(study.truth), style=None)


def _impression(truth: Truth) -> str:
    side = f"{truth.side} " if truth.side else ""
    size = "small" if truth.size < 0.5 else "large"
    return {
        "effusion": f"{size.capitalize()} {side}pleural effusion. No pneumothorax.",
        "nodule": f"{side.capitalize()}pulmonary nodule; follow-up film advised.",
        "cardiomegaly": "Enlarged cardiac silhouette, no overt edema.",
        "opacity": f"{side.capitalize()}consolidation.",
        "pneumothorax": f"{size.capitalize()} {side}pneumothorax.",
    }.get(truth.kind, "No acute cardiopulmonary abnormality.")


@dataclass(frozen=True)
class PatientDoor:
    """A link to try the patient's page with, and the birth date it asks for."""

    path: str
    birth_date: str
    patient_id: PatientId


def patient_door(house: House) -> PatientDoor | None:
    """Make a link for a patient who was not asked yet, None when there is none with a birth date."""
    for invented in PEOPLE.values():
        patient = invented.patient
        known = house.studies.patients(patient.patient_id)
        if known and patient.birth_date and not house.consents.consents(patient.patient_id):
            path = link.invite(house, patient.patient_id, patient.birth_date, AGENT)
            return PatientDoor(path, patient.birth_date.isoformat(), patient.patient_id)
    return None


def not_taken(outcomes: Iterable[Outcome]) -> list[str]:
    """A sentence for each film that did not get in."""
    return [f"{o.path}: {o.reason}" for o in outcomes if o.outcome not in {Taken.ACCEPTED, Taken.DUPLICATE}]
