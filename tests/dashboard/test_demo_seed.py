"""The demo's patients walk in through the same doors as everybody."""

from dataclasses import replace
from datetime import timedelta

import pytest

from consent.audit import verify
from consent.record import PatientId, Purpose
from dashboard import demo_seed
from dashboard.intake import Taken
from dashboard.patient.link import digest
from engine.dicom.header import read_header
from engine.simulated.people import PEOPLE
from engine.simulated.studies import DemoStudy, Truth
from tests.builders import NOW, vitals
from tests.fakes import ScriptedReader
from tests.phantoms import a_film, a_picture
from triage import flow
from triage.finding import Laterality
from triage.status import Status
from triage.study import Urgency

ALLOWED = {Purpose.AI_READING: True, Purpose.TRAINING: False}
SILENT = next(p.patient for p in PEOPLE.values() if not p.answers)


@pytest.fixture
def a_demo_study(tmp_path):
    def make(number, before, answers=ALLOWED, truth=None, **changes):
        uid, at = f"2.25.{number}", NOW - before
        film = a_film(
            StudyDate=f"{at:%Y%m%d}",
            StudyTime=f"{at:%H%M%S}",
            StudyInstanceUID=uid,
            SOPInstanceUID=f"{uid}.1",
            AccessionNumber=f"DEMO-{number}",
            picture=a_picture(seed=number),
            **changes,
        )
        path = tmp_path / f"{number}.dcm"
        path.write_bytes(film)
        return DemoStudy(
            path, "application/dicom", read_header(film), at, Urgency.ASAP, vitals(at), answers, truth
        )

    return make


def test_a_study_arrives_when_its_story_says_with_all_that_comes_along(house, a_demo_study):
    study = a_demo_study(1, timedelta(hours=3))
    (outcome,) = demo_seed.seed(house, [study], lambda _said: None)
    assert outcome.outcome is Taken.ACCEPTED
    entry = house.studies.entry("2.25.1")
    assert entry.study.received_at == study.received_at
    assert entry.study.order_priority is Urgency.ASAP
    assert entry.vitals == study.vitals
    (consent,) = house.consents.consents(study.header.patient.patient_id)
    assert {p.purpose: p.permits for p in consent.provisions} == ALLOWED
    assert consent.signature.signed_at < study.received_at
    assert consent.wording_sha256


def test_what_was_measured_before_is_on_file_and_the_latest_stands(house, a_demo_study):
    study = a_demo_study(1, timedelta(hours=3))
    before = vitals(study.vitals.measured_at - timedelta(hours=3), spo2_pct=99.0)
    study = replace(study, earlier=(before,))
    for _ in range(2):  # the demo starts again on what it has
        demo_seed.seed(house, [study], lambda _said: None)
    assert house.studies.vitals("2.25.1") == (before, study.vitals)
    assert house.studies.entry("2.25.1").vitals == study.vitals


def test_what_patients_answered_decides_whether_the_model_reads(house, a_demo_study):
    refused = {Purpose.AI_READING: False, Purpose.TRAINING: False}
    studies = [
        a_demo_study(1, timedelta(hours=3), PatientID="P-1"),
        a_demo_study(2, timedelta(hours=2), refused, PatientID="P-2"),
        a_demo_study(3, timedelta(hours=1), {}, PatientID="P-3"),
    ]
    demo_seed.seed(house, studies, lambda _said: None)
    reader = ScriptedReader(house.clock)
    for number in (1, 2, 3):
        flow.first_read(house, reader, f"2.25.{number}")
    assert reader.read_uids == ["2.25.1"]
    assert house.studies.entry("2.25.2").status is Status.UNRANKED
    assert house.studies.entry("2.25.3").status is Status.UNRANKED


def test_an_earlier_study_is_signed_and_stands_as_the_prior_of_the_new_one(house, a_demo_study):
    truth = Truth("effusion", Laterality.LEFT, 0.2, 1003, 0.0)
    studies = [a_demo_study(2, timedelta(hours=1)), a_demo_study(1, timedelta(days=400), truth=truth)]
    demo_seed.seed(house, studies, lambda _said: None)
    assert [e.study.study_uid for e in house.studies.worklist(10)] == ["2.25.2"]
    assert [p.study_uid for p in house.studies.priors("2.25.2")] == ["2.25.1"]
    (report,) = house.studies.reports("2.25.1")
    assert report.impression == "Small left pleural effusion. No pneumothorax."
    assert report.signed_at < NOW
    reader = ScriptedReader(house.clock)
    flow.first_read(house, reader, "2.25.2")
    assert reader.read_uids == ["2.25.2"], "a consent signed with the first study would have lapsed"


def test_seeding_again_changes_nothing(house, a_demo_study):
    studies = [
        a_demo_study(n, timedelta(days=30 * n), truth=Truth("none", None, 0.0, n, 0.0)) for n in (1, 2)
    ]
    demo_seed.seed(house, studies, lambda _said: None)
    before = house.audit.head().events
    outcomes = demo_seed.seed(house, studies, lambda _said: None)
    assert [o.outcome for o in outcomes] == [Taken.DUPLICATE] * 2
    assert house.audit.head().events == before
    assert verify(house.audit.chain()).events == before


def test_a_film_that_does_not_get_in_is_named_and_the_others_do(house, a_demo_study):
    broken = a_demo_study(1, timedelta(hours=2))
    broken.path.write_bytes(b"nothing")
    outcomes = demo_seed.seed(house, [broken, a_demo_study(2, timedelta(hours=1))], lambda _said: None)
    (sentence,) = demo_seed.not_taken(outcomes)
    assert sentence.startswith("1.dcm: ")
    assert house.studies.find("2.25.2") is not None


def test_films_of_nobody_are_taken_for_the_patient_that_was_invented(house, a_demo_study):
    study = a_demo_study(1, timedelta(hours=1), PatientID="", PatientName="")
    whom = replace(study.header.patient, patient_id=PatientId("FILM-1", "FIRSTREAD-DEMO"))
    demo_seed.seed(house, [replace(study, header=replace(study.header, patient=whom))], lambda _said: None)
    assert house.studies.entry("2.25.1").study.patient == whom


def test_a_patient_who_was_not_asked_yet_gets_a_door(house, a_demo_study):
    assert demo_seed.patient_door(house) is None
    number = SILENT.patient_id
    study = a_demo_study(
        1, timedelta(hours=1), {}, PatientID=number.value, IssuerOfPatientID=number.issuer,
        PatientBirthDate=f"{SILENT.birth_date:%Y%m%d}",
    )  # fmt: skip
    demo_seed.seed(house, [study], lambda _said: None)
    door = demo_seed.patient_door(house)
    assert door is not None
    assert (door.patient_id, door.birth_date) == (number, SILENT.birth_date.isoformat())
    assert house.consents.invitation(digest(door.path.removeprefix("/p/"))).patient_id == number


@pytest.mark.parametrize(
    ("truth", "says"),
    [
        (Truth("none", None, 0.0, 1, 0.0), "No acute cardiopulmonary abnormality."),
        (Truth("nodule", Laterality.RIGHT, 0.9, 1, 0.0), "Right pulmonary nodule; follow-up film advised."),
        (Truth("pneumothorax", Laterality.LEFT, 0.9, 1, 0.0), "Large left pneumothorax."),
        (Truth("opacity", Laterality.RIGHT, 0.3, 1, 0.0), "Right consolidation."),
        (Truth("cardiomegaly", None, 0.5, 1, 0.0), "Enlarged cardiac silhouette, no overt edema."),
    ],
)
def test_earlier_reports_say_what_the_film_truly_shows(truth, says):
    assert demo_seed._impression(truth) == says
