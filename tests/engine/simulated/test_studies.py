import hashlib
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from pydicom import dcmread

from consent.record import Purpose
from engine.dicom import quarantine
from engine.dicom.pixels import film_pixels
from engine.simulated import studies
from engine.simulated.cases import CASES, REAL_FILM
from engine.simulated.studies import demo_studies, folder_studies
from tests.phantoms import HOSTILE, a_film, a_photo

NOW = datetime.now(UTC).replace(microsecond=0)
FEW = tuple(
    next(c for c in CASES if c.kind == kind and c.before < timedelta(days=1))
    for kind in ("effusion", "none", REAL_FILM)
) + tuple(c for c in CASES if c.accession_number == "DEMO-2021")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Four of the studies: an effusion, its prior, an empty one and the true film."""
    cache = tmp_path_factory.mktemp("demo")
    steps = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(studies, "CASES", FEW)
        yield cache, demo_studies(cache, lambda done, of: steps.append((done, of)), NOW), steps
    quarantine.close()


def test_each_study_is_an_accepted_chest_film_marked_as_simulated(made):
    for study in made[1]:
        examined = quarantine.examine(study.path.read_bytes(), study.path.name)
        assert examined.outcome is quarantine.Outcome.ACCEPTED, examined.reason
        assert examined.header == study.header
        assert study.header.simulated
        assert film_pixels(study.path.read_bytes(), study.media_type).std() > 0.1


def test_progress_is_told_film_by_film(made):
    assert made[2] == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_study_was_taken_measured_and_received_in_this_order(made):
    for study in made[1]:
        assert study.vitals.measured_at < study.header.studied_at < study.received_at < NOW


def test_an_earlier_study_shows_the_same_patient(made):
    effusion, prior = made[1][0], made[1][3]
    assert effusion.header.patient == prior.header.patient
    assert prior.received_at < effusion.received_at - timedelta(days=30)
    assert prior.truth.seed == effusion.truth.seed
    assert effusion.header.study_uid != prior.header.study_uid


def test_the_truth_never_goes_into_the_file(made):
    for study in made[1]:
        dataset = dcmread(study.path)
        words = " ".join(str(e.value) for e in dataset.iterall() if e.keyword != "PixelData").lower()
        indication = study.header.indication.lower()
        assert study.truth.kind not in words.replace(indication, "") or study.truth.kind == "none"


def test_the_second_call_reads_what_the_first_wrote(made):
    cache, first, _ = made
    before = {p: p.stat().st_mtime_ns for p in cache.rglob("*.*")}
    assert demo_studies(cache, lambda *_: None) == first
    assert {p: p.stat().st_mtime_ns for p in cache.rglob("*.*")} == before


def test_the_films_are_kept_when_the_dates_are_made_new(made, tmp_path):
    cache, first, _ = made
    films = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in (cache / "films").iterdir()}
    (tmp_path / "films").mkdir()
    for path in (cache / "films").iterdir():
        (tmp_path / "films" / path.name).write_bytes(path.read_bytes())
    later = demo_studies(tmp_path, lambda *_: None, NOW + timedelta(days=3))
    assert {
        p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in (tmp_path / "films").iterdir()
    } == films
    for old, new in zip(first, later, strict=True):
        assert new.received_at - old.received_at == timedelta(days=3)
        assert new.header.sop_instance_uid != old.header.sop_instance_uid
        np.testing.assert_array_equal(
            film_pixels(new.path.read_bytes(), new.media_type),
            film_pixels(old.path.read_bytes(), old.media_type),
        )


def test_a_folder_of_films_becomes_studies(tmp_path):
    (tmp_path / "ward").mkdir()
    (tmp_path / "ward" / "a.dcm").write_bytes(a_film())
    (tmp_path / "b.dcm").write_bytes(
        a_film(PatientID=None, AccessionNumber=None, StudyDate=None, SOPInstanceUID="2.25.8")
    )
    (tmp_path / "c.png").write_bytes(a_photo())
    (tmp_path / "notes.txt").write_text("not a film")
    (tmp_path / "bad.dcm").write_bytes(HOSTILE["cut short"].make())
    found = {study.path.name: study for study in folder_studies(tmp_path, NOW)}
    assert set(found) == {"a.dcm", "b.dcm", "c.png"}
    assert found["a.dcm"].header.accession_number == "A-1"
    assert found["a.dcm"].header.patient.patient_id.value == "P-1"
    for invented in (found["b.dcm"], found["c.png"]):
        assert invented.header.accession_number.startswith("FILM-")
        assert invented.header.patient.patient_id.issuer == "FIRSTREAD-DEMO"
        assert invented.header.studied_at == NOW
        assert invented.vitals is None
        assert invented.truth is None
        assert invented.answers == {Purpose.AI_READING: True, Purpose.TRAINING: False}
    assert found["c.png"].media_type == "image/png"
