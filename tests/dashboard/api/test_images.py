import json
import struct
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from consent.audit import Outcome
from consent.record import Purpose
from dashboard import intake
from dashboard.api.images import coloured
from tests.builders import a_consent, a_reading, an_event
from tests.dashboard.api.conftest import As
from tests.fakes import ScriptedReader
from tests.films import a_chest, a_film, a_heatmap, a_picture, patient_of
from triage import flow, withdrawal
from triage.ports import House

ADDRESSES = ("film.png", "frame", "heatmap.png?finding=effusion")
NONE = {"error": "There is no heatmap to show for this finding."}


@pytest.fixture
def study_uid(house: House, opened) -> str:
    (taken,) = intake.take_file(house, "a.dcm", a_film("A-1"), agent="test")
    return taken.study_uid


class Looking(ScriptedReader):
    """A reader that looked elsewhere for each finding."""

    def read(self, *asked):
        reading, heatmaps = super().read(*asked)
        return reading, {code: a_heatmap(across=place) for place, code in enumerate(heatmaps)}


def picture(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def trail(house: House) -> list[tuple[str, str]]:
    return [(c.event.agent, c.event.action) for c in house.audit.chain()]


def read(house: House) -> None:
    patient_id = patient_of("A-1").patient_id
    house.consents.sign(a_consent(patient_id), an_event(patient=patient_id))
    for entry in house.studies.worklist(10):
        reader = Looking(house.clock, {"effusion": 0.84, "mass": 0.3})
        flow.first_read(house, reader, entry.study.study_uid)


def test_a_film_is_shown_in_8_bits_after_the_look_is_on_record(
    clinician: TestClient, house: House, study_uid: str
):
    answer = clinician.get(f"/api/studies/{study_uid}/film.png")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.headers["cache-control"] == "private, no-store"
    shown = picture(answer.content)
    assert (shown.mode, shown.size) == ("L", (160, 192))
    assert abs(np.asarray(shown) / 255 - a_chest()).mean() < 0.01
    event = house.audit.latest(1)[0].event
    assert (event.agent, event.action, event.patient) == ("ada", "view film", patient_of("A-1").patient_id)
    assert study_uid in event.entity


def test_the_viewer_gets_every_grey_after_the_look_is_on_record(
    clinician: TestClient, house: House, study_uid: str
):
    answer = clinician.get(f"/api/studies/{study_uid}/frame")
    assert (answer.status_code, answer.headers["content-encoding"]) == (200, "gzip")
    assert answer.headers["cache-control"] == "private, no-store"
    (length,) = struct.unpack("<I", answer.content[:4])
    head = json.loads(answer.content[4 : 4 + length])
    low, high = np.frombuffer(answer.content[4 + length :], np.uint8).reshape(
        2, head["rows"], head["columns"]
    )
    pixels = low + high.astype(int) * 256
    assert abs(pixels / 4095 - a_chest()).max() < 1e-3
    assert (head["spacing"]["row_mm"], head["spacing"]["calibrated"]) == (2.0, False)
    event = house.audit.latest(1)[0].event
    assert (event.agent, event.action, event.patient) == ("ada", "view film", patient_of("A-1").patient_id)


def test_a_frame_asked_for_again_is_a_second_look(clinician: TestClient, house: House, study_uid: str):
    for _ in range(2):
        clinician.get(f"/api/studies/{study_uid}/frame")
    assert [action for _, action in trail(house)][-2:] == ["view film", "view film"]


def test_a_picture_has_a_frame_too(clinician: TestClient, house: House, opened):
    patient = patient_of("A-2")
    (taken,) = intake.take_file(
        house, "a.png", a_picture(), agent="test", accession_number="A-2", patient=patient
    )
    assert clinician.get(f"/api/studies/{taken.study_uid}/frame").status_code == 200


def test_one_film_of_several_is_named_by_its_uid(clinician: TestClient, house: House, study_uid: str):
    (instance,) = house.studies.entry(study_uid).study.instances
    for url in (f"/api/studies/{study_uid}/film.png", f"/api/studies/{study_uid}/frame"):
        assert clinician.get(url, params={"instance": instance.sop_instance_uid}).status_code == 200
        for unknown in ("1.2.3", "../../etc/passwd"):
            answer = clinician.get(url, params={"instance": unknown})
            assert (answer.status_code, answer.json()) == (404, {"error": "This study has no such film."})


def test_req_1_nobody_sees_a_film(signed_in: As, house: House, study_uid: str):
    before = trail(house)
    for name in ADDRESSES:
        assert signed_in().get(f"/api/studies/{study_uid}/{name}").status_code == 401
    assert trail(house) == before


@pytest.mark.parametrize("roles", [("administrator",), ()])
def test_req_5_who_may_not_open_studies_sees_no_film_even_after_somebody_did(
    signed_in: As, clinician: TestClient, house: House, study_uid: str, roles: tuple[str, ...]
):
    for name in ("film.png", "frame"):
        assert clinician.get(f"/api/studies/{study_uid}/{name}").status_code == 200
    other = signed_in("robin", *roles)
    for name in ADDRESSES:
        answer = other.get(f"/api/studies/{study_uid}/{name}")
        assert answer.status_code == 403
        assert answer.json() == {"error": "Your role does not allow you to open a study."}
        event = house.audit.latest(1)[0].event
        assert (event.agent, event.outcome) == ("robin", Outcome.DENIED)


def test_an_unknown_study_is_not_there(clinician: TestClient):
    for name in ADDRESSES:
        answer = clinician.get(f"/api/studies/1.2.3/{name}")
        assert answer.status_code == 404
        assert answer.json()["error"]


def test_a_heatmap_is_there_only_while_the_answer_may_be_shown(
    clinician: TestClient, house: House, study_uid: str
):
    urls = [f"/api/studies/{study_uid}/heatmap.png?finding={code}" for code in ("effusion", "mass")]
    for url in urls:
        assert clinician.get(url).status_code == 404, "nothing was read yet"
    read(house)
    for url in urls:
        shown = picture(clinician.get(url).content)
        assert (shown.mode, shown.size) == ("RGBA", (80, 96))
        assert trail(house)[-1] == ("ada", "view heatmap")
    patient_id = patient_of("A-1").patient_id
    house.consents.withdraw(patient_id, Purpose.AI_READING, house.clock.now(), an_event(patient=patient_id))
    withdrawal.reconsider(house, patient_id)
    before = trail(house)
    for url in urls:
        answer = clinician.get(url)
        assert (answer.status_code, answer.json()) == (404, NONE)
    assert trail(house) == before


def test_each_finding_shows_its_own_heatmap_and_one_without_shows_none(
    clinician: TestClient, house: House, study_uid: str
):
    read(house)
    url = f"/api/studies/{study_uid}/heatmap.png"
    shown = [clinician.get(url, params={"finding": code}).content for code in ("effusion", "mass")]
    assert shown == [coloured(a_heatmap(across=place)) for place in (0, 1)]
    before = trail(house)
    for code in ("nodule", "", "no finding", "../../etc/passwd"):
        answer = clinician.get(url, params={"finding": code})
        assert (answer.status_code, answer.json()) == (404, NONE)
    assert clinician.get(url).json() == NONE
    assert trail(house) == before


def test_a_heatmap_is_not_shown_before_its_study_counts_as_read(
    clinician: TestClient, house: House, study_uid: str
):
    drawn = {"effusion": house.files.save(a_heatmap())}
    reading = a_reading(study_uid=study_uid).with_heatmaps(drawn)
    house.studies.save_reading(reading, an_event())
    assert house.studies.reading(study_uid) is not None
    answer = clinician.get(f"/api/studies/{study_uid}/heatmap.png", params={"finding": "effusion"})
    assert (answer.status_code, answer.json()) == (404, NONE)


def test_colours_are_clear_where_it_is_cold_and_bright_where_it_is_hot():
    grey = np.array([[0, 20, 128, 255]], np.uint8)
    out = BytesIO()
    Image.fromarray(grey).save(out, "PNG")
    painted = np.asarray(picture(coloured(out.getvalue()))).astype(int)[0]
    assert painted[:2, 3].tolist() == [0, 0]
    assert 0 < painted[2, 3] < painted[3, 3] < 255, "the film stays visible below"
    assert painted[3, :3].tolist() == [252, 255, 164]
    brightness = painted[:, :3].sum(axis=1)
    assert (np.diff(brightness) > 0).all()
