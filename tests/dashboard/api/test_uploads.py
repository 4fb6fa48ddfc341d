import zipfile
from collections.abc import Iterator
from io import BytesIO

import pytest
from starlette.testclient import TestClient

from consent.audit import Outcome
from dashboard.api import uploads
from tests.dashboard.api.conftest import URL, As
from tests.films import a_film, a_picture
from triage.ports import House
from triage.study import Sex, Urgency

DICOM, PNG = "application/dicom", "image/png"


def send(client: TestClient, *files: tuple[str, bytes], to: str = "/api/uploads", **fields: str):
    return client.post(to, data=fields, files=[("files", (name, data, DICOM)) for name, data in files])


def test_each_film_of_a_batch_gets_its_own_answer(clinician: TestClient, house: House):
    answer = send(
        clinician,
        ("one.dcm", a_film("A-1")),
        ("noise.dcm", b"this is no film"),
        ("two.dcm", a_film("A-2", seed=2)),
        ("again.dcm", a_film("A-1")),
    )
    assert answer.status_code == 200
    said = {o["path"]: o["outcome"] for o in answer.json()}
    assert said == {
        "one.dcm": "accepted",
        "noise.dcm": "rejected",
        "two.dcm": "accepted",
        "again.dcm": "duplicate",
    }
    assert [set(o) for o in answer.json()] == [{"path", "outcome", "reason", "study_uid"}] * 4
    assert len(house.studies.worklist(10)) == 2
    assert {c.event.agent for c in house.audit.chain()} == {"ada"}


def test_a_zip_is_taken_apart(clinician: TestClient):
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a/1.dcm", a_film("A-1"))
        archive.writestr("../2.dcm", a_film("A-2"))
    outcomes = send(clinician, ("films.zip", out.getvalue())).json()
    assert [o["outcome"] for o in outcomes] == ["accepted", "accepted"]


def test_the_form_says_whose_picture_it_is_and_what_was_measured(clinician: TestClient, house: House):
    outcomes = send(
        clinician,
        ("film.png", a_picture()),
        accession_number="A-7",
        patient_id="P-7",
        issuer="St. Elsewhere",
        patient_name="Vale^Maren",
        birth_date="1958-03-09",
        sex="female",
        indication="Fever.",
        order_priority="stat",
        spo2_pct="91",
        glucose_mg_dl="120",
        on_oxygen="yes",
        measured_at="2026-11-21T07:00:00+00:00",
    ).json()
    assert [o["outcome"] for o in outcomes] == ["accepted"]
    entry = house.studies.entry(outcomes[0]["study_uid"])
    patient = entry.study.patient
    assert (str(patient.patient_id), patient.sex) == ("St. Elsewhere/P-7", Sex.FEMALE)
    assert (entry.study.order_priority, entry.study.indication) == (Urgency.STAT, "Fever.")
    assert entry.vitals is not None
    assert entry.vitals.values == {"spo2_pct": 91.0, "glucose_mmol_l": 6.66}
    assert entry.vitals.on_oxygen is True


def test_a_picture_without_an_order_is_rejected_with_what_to_do(clinician: TestClient):
    (outcome,) = send(clinician, ("film.png", a_picture())).json()
    assert outcome["outcome"] == "rejected"
    assert "accession number" in outcome["reason"]


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({"order_priority": "soon"}, 400, "routine, urgent, asap, stat"),
        ({"patient_id": "P", "birth_date": "09.03.1958"}, 400, "1950-12-31"),
        ({"patient_id": "P", "sex": "f"}, 400, "female, male"),
        ({"spo2_pct": "nan"}, 422, "not a number"),
        ({"temperature_c": "98.6"}, 422, "temperature_f"),
        ({"indication": "x" * 20_000}, 400, "form"),
    ],
)
def test_req_45_a_wrong_field_takes_nothing_in(
    clinician: TestClient, house: House, fields: dict[str, str], status: int, says: str
):
    answer = send(clinician, ("one.dcm", a_film("A-1")), **fields)
    assert answer.status_code == status
    assert says in answer.json()["error"]
    assert house.studies.worklist(10) == []


def test_what_is_no_form_is_refused(clinician: TestClient):
    assert clinician.post("/api/uploads", content=a_film("A-1")).status_code == 400
    assert clinician.post("/api/uploads", files=[("file", ("a", b"x"))]).status_code == 400
    broken = {"content-type": "multipart/form-data; boundary=x"}
    assert clinician.post("/api/uploads", content=b"--x\r\nnonsense", headers=broken).status_code == 400
    none = {"content-type": "multipart/form-data"}
    assert clinician.post("/api/uploads", content=b"", headers=none).status_code == 400


def test_req_5_only_clinicians_upload_and_the_try_is_on_record(signed_in: As, house: House):
    for to in ("/api/uploads", "/api/vitals"):
        assert send(signed_in(), ("a.dcm", a_film("A-1")), to=to).status_code == 401
        assert send(signed_in("robin", "administrator"), ("a.dcm", a_film("A-1")), to=to).status_code == 403
        event = house.audit.latest(1)[0].event
        assert (event.agent, event.outcome, event.entity) == ("robin", Outcome.DENIED, to)
    assert house.studies.worklist(10) == []


def test_another_site_cannot_upload(clinician: TestClient, house: House):
    clinician.headers["origin"] = "https://evil.example"
    assert send(clinician, ("a.dcm", a_film("A-1"))).status_code == 403
    assert house.studies.worklist(10) == []


def endless(size: int) -> Iterator[bytes]:
    yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.dcm"\r\n\r\n'
    for _ in range(size // 65536):
        yield bytes(65536)
    yield b"\r\n--x--\r\n"


def test_req_16_a_request_that_grows_too_large_is_cut_off_while_it_arrives(
    clinician: TestClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(uploads, "LARGEST_REQUEST", 1024**2)
    headers = {"content-type": "multipart/form-data; boundary=x", "content-length": "10"}
    del headers["content-length"]  # sent in chunks, so that nothing says beforehand how long it will be
    answer = clinician.post("/api/uploads", content=endless(3 * 1024**2), headers=headers)
    assert answer.status_code == 413
    assert "500 MB" in answer.json()["error"]


def test_req_16_a_file_that_is_too_large_does_not_stop_the_others(
    clinician: TestClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(uploads, "LARGEST_FILE", 100_000)
    large, small = ("large.dcm", bytes(100_001)), ("small.dcm", a_film("A-1"))
    outcomes = send(clinician, large, small).json()
    assert [o["outcome"] for o in outcomes] == ["rejected", "accepted"]
    alone = send(clinician, large)
    assert (alone.status_code, "100 MB" in alone.json()["error"]) == (413, True)


def test_req_3_uploads_have_a_quota(signed_in: As):
    client, (tries, _) = signed_in("hasty", "clinician"), uploads.UPLOADS
    codes = {client.post("/api/uploads").status_code for _ in range(tries)}
    assert codes == {400}
    assert client.post("/api/uploads").status_code == 429
    assert signed_in("patient", "clinician").post("/api/uploads").status_code == 400


def test_a_table_of_vitals_is_answered_line_by_line(clinician: TestClient, house: House):
    (taken,) = send(clinician, ("one.dcm", a_film("A-1"))).json()
    table = b"accession_number,spo2_pct\nA-1,88\nA-2,97\nA-1,970\n"
    answer = send(clinician, ("vitals.csv", table), to="/api/vitals")
    assert [(o["line"], o["ok"]) for o in answer.json()] == [(2, True), (3, False), (4, False)]
    assert set(answer.json()[0]) == {"line", "accession_number", "ok", "reason"}
    (measured,) = house.studies.vitals(taken["study_uid"])
    assert measured.values == {"spo2_pct": 88.0}


def test_a_table_that_cannot_be_read_says_why(clinician: TestClient):
    answer = send(clinician, ("vitals.csv", "accession_number;spo2_pct\n".encode("utf-16")), to="/api/vitals")
    assert answer.status_code == 422
    assert "UTF-8" in answer.json()["error"]


def test_the_outcome_of_a_get_is_json(clinician: TestClient):
    answer = clinician.get("/api/uploads", headers={"origin": URL})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")
