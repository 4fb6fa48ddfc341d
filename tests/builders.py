"""Valid by default: a test names only what it is about."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from consent.audit import AuditEvent
from consent.record import Consent, ConsentState, PatientId, Provision, Purpose, Signature
from triage.critical import Attempt, Category, CriticalResult, Limit, Method, ReadBack
from triage.finding import LABELS, Finding
from triage.permission import Person, Role
from triage.reading import Draft, ModelIdentity, Reading, Style, Writer
from triage.study import Instance, Patient, Sex, Study
from triage.vitals import Vitals

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
PATIENT_ID = PatientId("P-1001", "Ward 7")
STUDY_UID = "1.2.826.0.1.100"
FILM = b"the bytes of a film"
MODEL = ModelIdentity("scripted", sha256(b"scripted weights").hexdigest(), 4)


def a_patient(**changes: Any) -> Patient:
    made = Patient(PATIENT_ID, "Vale^Maren", date(1958, 3, 9), Sex.FEMALE)
    return replace(made, **changes)


def an_instance(**changes: Any) -> Instance:
    made = Instance(
        sop_instance_uid=f"{STUDY_UID}.1.1",
        series_uid=f"{STUDY_UID}.1",
        sha256=sha256(FILM).hexdigest(),
        rows=512,
        columns=448,
        view="PA",
    )
    return replace(made, **changes)


def a_study(**changes: Any) -> Study:
    """A study with one frontal film; another `study_uid` brings other UIDs of its series and film with it."""
    uid = changes.get("study_uid", STUDY_UID)
    made = Study(
        study_uid=uid,
        patient=a_patient(),
        accession_number=f"A-{uid.rpartition('.')[2]}",
        modality="DX",
        studied_at=NOW - timedelta(minutes=30),
        received_at=NOW,
        indication="Shortness of breath.",
        instances=(an_instance(sop_instance_uid=f"{uid}.1.1", series_uid=f"{uid}.1"),),
    )
    return replace(made, **changes)


def vitals(
    measured_at: datetime = NOW - timedelta(minutes=10),
    *,
    on_oxygen: bool | None = None,
    consciousness: Any = None,
    hypercapnic: bool | None = None,
    **values: float,
) -> Vitals:
    """Measurements by their codes: `vitals(spo2_pct=91.0)`; without any, those of a healthy patient."""
    healthy = {"temperature_c": 36.8, "spo2_pct": 98.0, "heart_rate_bpm": 72.0, "resp_rate_bpm": 14.0}
    return Vitals(measured_at, values or healthy, on_oxygen, consciousness, hypercapnic)


def findings(probabilities: Mapping[str, float | None]) -> tuple[Finding, ...]:
    """All fourteen; those not named are unlikely."""
    return tuple(Finding(code, probabilities.get(code, 0.05)) for code in LABELS)


def a_reading(**changes: Any) -> Reading:
    made = Reading(
        study_uid=STUDY_UID,
        findings=findings({"effusion": 0.84}),
        pathology_probability=0.9,
        model=MODEL,
        permit_id="permit-of-a-test",
        input_sha256=sha256(FILM).hexdigest(),
        read_at=NOW,
        seconds={"findings": 0.2},
    )
    return replace(made, **changes)


def a_draft(style: Style = Style.BRIEF, **changes: Any) -> Draft:
    made = Draft(style, "Pleural effusion, very likely.", Writer.MODEL)
    return replace(made, **changes)


def a_consent(
    patient: PatientId = PATIENT_ID,
    answers: Mapping[Purpose, bool] | None = None,
    *,
    consent_id: str = "consent-1",
    starts_at: datetime = NOW - timedelta(days=1),
    ends_at: datetime | None = None,
    **changes: Any,
) -> Consent:
    """An active, signed consent; without answers it allows AI reading."""
    given = {Purpose.AI_READING: True} if answers is None else answers
    made = Consent(
        consent_id=consent_id,
        patient=patient,
        state=ConsentState.ACTIVE,
        wording_version="1",
        wording_sha256=sha256(b"the words").hexdigest(),
        language="en",
        signature=Signature("Maren Vale", sha256(b"strokes").hexdigest(), starts_at),
        provisions=tuple(Provision(consent_id, p, yes, starts_at, ends_at) for p, yes in given.items()),
    )
    return replace(made, **changes)


def an_event(**changes: Any) -> AuditEvent:
    made = AuditEvent("test", "act", f"study/{STUDY_UID}", NOW, PATIENT_ID, "treatment")
    return replace(made, **changes)


def a_person(role: Role = Role.CLINICIAN, **changes: Any) -> Person:
    made = {
        Role.CLINICIAN: Person("clinician@demo", "Dr. Ada Keller", frozenset({Role.CLINICIAN})),
        Role.ADMINISTRATOR: Person("admin@demo", "Robin Hale", frozenset({Role.ADMINISTRATOR})),
    }[role]
    return replace(made, **changes)


def a_critical_result(**changes: Any) -> CriticalResult:
    """Open since now, to be told within an hour."""
    made = {
        "result_id": "c" * 32,
        "study_uid": STUDY_UID,
        "what": "Tension pneumothorax, left.",
        "category": Category.MINUTES,
        "limit": Limit(timedelta(hours=1), timedelta(minutes=15)),
        "found_at": NOW,
        "opened_by": "clinician@demo",
        "opened_at": NOW,
    }
    return CriticalResult(**{**made, **changes})


def an_attempt(**changes: Any) -> Attempt:
    """Told by telephone and read back, five minutes from now."""
    at = NOW + timedelta(minutes=5)
    made = Attempt(
        told_by="Dr. Ada Keller",
        received_by="Dr. Noor Haddad",
        received_at=at,
        method=Method.TELEPHONE,
        read_back=ReadBack.CONFIRMED,
        recorded_by="clinician@demo",
        recorded_at=at,
    )
    return replace(made, **changes)
