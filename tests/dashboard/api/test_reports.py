from io import BytesIO

import pypdf
import pytest
from starlette.testclient import TestClient

from consent.audit import Outcome
from consent.record import Purpose
from dashboard import intake
from tests.builders import STUDY_UID, a_consent, a_person, a_study, an_event, an_instance
from tests.dashboard.api.conftest import As
from tests.fakes import ScriptedReader
from tests.films import a_film, a_heatmap, patient_of
from triage import flow, signing, withdrawal
from triage.ports import House

PATIENT = patient_of("A-1").patient_id


@pytest.fixture
def study_uid(house: House, opened) -> str:
    """A read study whose report is signed."""
    (taken,) = intake.take_file(house, "a.dcm", a_film("A-1"), agent="test")
    house.consents.sign(a_consent(PATIENT), an_event(patient=PATIENT))
    flow.first_read(house, ScriptedReader(house.clock, heatmap=a_heatmap()), taken.study_uid)
    signing.sign(house, taken.study_uid, a_person(subject="ada"), "Left effusion. Выпот слева.", style=None)
    return taken.study_uid


def url(study_uid: str) -> str:
    return f"/api/studies/{study_uid}/report.pdf"


def text(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(data)).pages)


def test_the_report_is_a_pdf_after_its_export_is_on_record(
    clinician: TestClient, house: House, study_uid: str
):
    answer = clinician.get(url(study_uid))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["content-disposition"] == 'attachment; filename="report-A-1-v1.pdf"'
    assert answer.headers["cache-control"] == "private, no-store"
    said = text(answer.content)
    for words in (
        "Left effusion. Выпот слева.",
        "P-A-1",
        f"Signed by {a_person().name}",
        "84%",
        "scripted",
        "AI first read",
    ):
        assert words in said
    event = house.audit.latest(1)[0].event
    assert (event.agent, event.action, event.detail) == ("ada", "export report", "version 1, en")
    assert event.patient == PATIENT
    assert len(pypdf.PdfReader(BytesIO(answer.content)).pages[0].images) == 2
    assert clinician.get(url(study_uid)).content == answer.content


def test_a_second_language_is_one_of_the_patient_pages(clinician: TestClient, house: House, study_uid: str):
    said = text(clinician.get(url(study_uid), params={"second": "ru"}).content)
    assert "Impression / Заключение" in said
    assert house.audit.latest(1)[0].event.detail == "version 1, en, ru"
    assert clinician.get(url(study_uid), params={"second": "xx"}).status_code == 400


def test_req_35_a_draft_is_never_exported(clinician: TestClient, house: House, opened):
    (taken,) = intake.take_file(house, "b.dcm", a_film("A-2"), agent="test")
    answer = clinician.get(url(taken.study_uid))
    assert answer.status_code == 404
    assert answer.json() == {"error": "This report is not signed yet; a draft is not exported."}
    assert clinician.get(url("1.2.3")).status_code == 404


def test_req_1_nobody_gets_a_report(signed_in: As, house: House, study_uid: str):
    assert signed_in().get(url(study_uid)).status_code == 401


@pytest.mark.parametrize("roles", [("administrator",), ()])
def test_req_5_who_may_not_open_studies_gets_no_report(
    signed_in: As, house: House, study_uid: str, roles: tuple[str, ...]
):
    answer = signed_in("robin", *roles).get(url(study_uid))
    assert answer.status_code == 403
    assert house.audit.latest(1)[0].event.outcome is Outcome.DENIED


def pictures(data: bytes) -> list[bytes]:
    return [image.data for page in pypdf.PdfReader(BytesIO(data)).pages for image in page.images]


def test_the_film_on_paper_is_the_one_that_was_read_though_a_frontal_view_came_later(
    clinician: TestClient, house: House, opened
):
    read, later = (
        an_instance(sop_instance_uid=f"1.2.{n}", sha256=house.files.save(a_film("A-1", seed=n)), view=view)
        for n, view in enumerate(("", "PA"))
    )
    flow.receive(house, a_study(instances=(read,)), None, "test")
    house.consents.sign(a_consent(), an_event())
    flow.first_read(house, ScriptedReader(house.clock, heatmap=a_heatmap()), STUDY_UID)
    signing.sign(house, STUDY_UID, a_person(subject="ada"), "Left effusion.", style=None)
    before = pictures(clinician.get(url(STUDY_UID)).content)
    assert len(before) == 2
    house.studies.add_instance(STUDY_UID, later, an_event())
    assert house.studies.entry(STUDY_UID).study.frontal == later
    assert pictures(clinician.get(url(STUDY_UID)).content) == before


def test_after_a_withdrawal_the_report_stands_without_the_models_answer(
    clinician: TestClient, house: House, study_uid: str
):
    house.consents.withdraw(PATIENT, Purpose.AI_READING, house.clock.now(), an_event(patient=PATIENT))
    withdrawal.reconsider(house, PATIENT)
    answer = clinician.get(url(study_uid))
    said = text(answer.content)
    assert "Left effusion." in said
    assert "84%" not in said
    assert "no answer of the model" in said
    assert len(pypdf.PdfReader(BytesIO(answer.content)).pages[0].images) == 1
