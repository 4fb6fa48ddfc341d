"""Whatever arrives ends as a study or as a sentence, and its neighbours go on."""

import os
import re
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.record import PatientId
from dashboard import intake
from dashboard.intake import BY_ORDER, Outcome, Taken, refusal, take_file, take_vitals
from tests.builders import a_patient, vitals
from tests.phantoms import CANARY, HOSTILE, a_film, a_photo, a_picture, a_zip
from triage.errors import BadVitals
from triage.status import Status
from triage.study import Urgency

WARD = PatientId("P-1", "WARD-7")


def take(house, data, name="film.dcm", **options):
    (outcome,) = take_file(house, name, data, agent="ada", **options)
    return outcome


def actions(house):
    return [place.event.action for place in house.audit.chain()]


# ── what is taken ─────────────────────────────────────────────────────────────────────────────────────


def test_a_film_becomes_a_study_that_waits_for_its_first_read(house):
    outcome = take(
        house, a_film(), vitals=vitals(spo2_pct=84.0), order_priority=Urgency.URGENT, indication="Fall."
    )
    assert outcome == Outcome("film.dcm", Taken.ACCEPTED, "", "2.25.1001")
    entry = house.studies.entry("2.25.1001")
    study, (film,) = entry.study, entry.study.instances
    assert (study.patient.patient_id, study.accession_number, study.indication) == (WARD, "A-1", "Fall.")
    assert (film.rows, film.columns, film.view, film.media_type) == (96, 80, "PA", "application/dicom")
    assert house.files.load(film.sha256) == a_film()
    assert entry.status is Status.RECEIVED
    assert entry.assessment.urgency is Urgency.ASAP  # one vital sign alone asks for it
    assert study.received_at == house.clock.now()


def test_the_same_film_again_is_a_duplicate_whatever_it_is_called(house):
    take(house, a_film())
    again = take(house, a_film(), "copy.dcm")
    assert (again.outcome, again.study_uid) == (Taken.DUPLICATE, "2.25.1001")
    assert len(house.studies.entry("2.25.1001").study.instances) == 1


def test_a_second_view_joins_its_study(house):
    take(house, a_film())
    outcome = take(house, a_film(SOPInstanceUID="2.25.3002", ViewPosition="LL", picture=a_picture(seed=2)))
    assert outcome.outcome is Taken.ACCEPTED
    assert [i.view for i in house.studies.entry("2.25.1001").study.instances] == ["PA", "LL"]


def test_vitals_that_come_with_every_film_of_a_study_are_recorded_once(house):
    measured = vitals(spo2_pct=97.0)
    films = {f"{n}.dcm": a_film(SOPInstanceUID=f"2.25.300{n}", picture=a_picture(seed=n)) for n in (1, 2, 3)}
    outcomes = take_file(house, "study.zip", a_zip(films), agent="ada", vitals=measured)
    assert [o.outcome for o in outcomes] == [Taken.ACCEPTED] * 3
    assert house.studies.vitals("2.25.1001") == (measured,)


def test_vitals_that_come_with_a_duplicate_are_kept(house):
    take(house, a_film())
    take(house, a_film(), vitals=vitals(spo2_pct=97.0))
    assert len(house.studies.vitals("2.25.1001")) == 1


def test_a_program_in_the_preamble_is_not_stored(house):
    take(house, a_film(preamble=b"#!/bin/sh\necho owned\n"))
    (film,) = house.studies.entry("2.25.1001").study.instances
    assert house.files.load(film.sha256)[:128] == bytes(128)


# ── photographs ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("kind", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
def test_a_photo_with_an_order_and_a_patient_becomes_a_study(house, kind, media_type):
    outcome = take(house, a_photo(kind), "film.png", accession_number="B-7", patient=a_patient())
    study = house.studies.entry(outcome.study_uid).study
    assert (study.patient, study.accession_number, study.modality) == (a_patient(), "B-7", "DX")
    assert study.instances[0].media_type == media_type
    assert outcome.reason == ""


def test_a_photo_without_an_order_is_rejected(house):
    outcome = take(house, a_photo(), "film.png")
    assert (outcome.outcome, outcome.study_uid) == (Taken.REJECTED, "")
    assert "accession number" in outcome.reason


def test_a_photo_of_which_only_the_order_is_known_stands_under_it(house):
    outcome = take(house, a_photo(), "film.png", accession_number="B-8")
    assert outcome.outcome is Taken.ACCEPTED
    assert "whose film" in outcome.reason
    assert house.studies.entry(outcome.study_uid).study.patient.patient_id == PatientId("B-8", BY_ORDER)


def test_a_photo_for_a_known_order_belongs_to_the_patient_on_file(house):
    take(house, a_film())
    outcome = take(house, a_photo(), "film.png", accession_number="A-1")
    assert house.studies.entry(outcome.study_uid).study.patient.patient_id == WARD


# ── what is kept apart ────────────────────────────────────────────────────────────────────────────────


def kept_apart(house, outcome, data):
    (file,) = house.studies.quarantined(10)
    assert outcome.outcome is Taken.QUARANTINED
    assert (file.name, file.reason) == (outcome.path, outcome.reason)
    assert house.files.load(file.sha256) == data
    assert "quarantine file" in actions(house)


def test_the_same_uid_with_other_bytes_is_kept_apart(house):
    take(house, a_film())
    other = a_film(picture=a_picture(seed=9))
    outcome = take(house, other, "other.dcm")
    kept_apart(house, outcome, other)
    assert "other content" in outcome.reason
    assert house.files.load(house.studies.instance_sha256("2.25.3001")) == a_film()


def test_a_film_of_another_patient_under_a_known_study_is_kept_apart(house):
    take(house, a_film())
    other = a_film(SOPInstanceUID="2.25.3002", PatientID="P-2")
    kept_apart(house, take(house, other, "other.dcm"), other)


def test_a_film_without_a_patient_number_is_kept_apart_until_somebody_says_whose_it_is(house):
    nameless = a_film(PatientID="", PatientName="")
    kept_apart(house, take(house, nameless), nameless)
    settled = take(house, nameless, patient=a_patient())
    assert settled.outcome is Taken.ACCEPTED
    assert house.studies.entry(settled.study_uid).study.patient == a_patient()


def test_burnt_in_text_needs_a_person_whoever_the_patient_is(house):
    film = a_film(BurnedInAnnotation="YES")
    outcome = take(house, film, patient=None)
    kept_apart(house, outcome, film)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"patient": a_patient()}, "another patient"),
        ({"accession_number": "B-9"}, "another accession number"),
    ],
)
def test_a_form_that_contradicts_the_film_keeps_it_apart(house, options, says):
    outcome = take(house, a_film(), **options)
    kept_apart(house, outcome, a_film())
    assert says in outcome.reason


# ── what is rejected ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["empty", "gif", "cut short", "CT", "hand", "deflate bomb", "no pixels"])
def test_a_hostile_file_is_a_sentence_and_an_event(house, kind):
    outcome = take(house, HOSTILE[kind].make())
    assert (outcome.outcome, outcome.study_uid) == (Taken.REJECTED, "")
    assert outcome.reason.endswith(".")
    assert "\n" not in outcome.reason
    assert actions(house) == ["reject file"]
    assert house.studies.worklist(10) == []


def test_the_rest_of_a_batch_goes_on(house):
    archive = a_zip({"bad.dcm": b"nothing", "../../etc/good.dcm": a_film(), "photo.png": a_photo()})
    outcomes = take_file(house, "batch.zip", archive, agent="ada")
    assert [(o.path, o.outcome) for o in outcomes] == [
        ("batch.zip/bad.dcm", Taken.REJECTED),
        ("batch.zip/etc/good.dcm", Taken.ACCEPTED),
        ("batch.zip/photo.png", Taken.REJECTED),
    ]


@pytest.mark.parametrize(
    ("archive", "says"),
    [(a_zip({}), "holds no files|damaged|neither"), (b"PK\x03\x04 and no more", "damaged")],
)
def test_an_archive_without_films_is_one_sentence(house, archive, says):
    (outcome,) = take_file(house, "batch.zip", archive, agent="ada")
    assert outcome.outcome is Taken.REJECTED
    assert re.search(says, outcome.reason)


def test_no_event_carries_the_patients_name(house):
    for data in (a_film(), a_film(picture=a_picture(seed=9)), a_film(BodyPartExamined="HAND")):
        take(house, data)
    assert not any(CANARY.split("^")[0] in repr(place.event) for place in house.audit.chain())


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400), name=st.text(max_size=30))
def test_random_bytes_under_any_name_are_rejected_with_a_sentence(house, data, name):
    for outcome in take_file(house, name, data, agent="ada"):
        assert outcome.outcome is Taken.REJECTED
        assert outcome.reason


def test_every_refused_member_is_told_with_the_hash_of_its_archive(house):
    archive = a_zip({"a.zip": a_zip({"x": b"1"}), "b.zip": a_zip({"y": b"2"})})
    assert [o.outcome for o in take_file(house, "batch.zip", archive, agent="ada")] == [Taken.REJECTED] * 2
    entities = {place.event.entity for place in house.audit.chain()}
    assert entities == {f"file/{sha256(archive).hexdigest()[:16]}"}


def test_what_never_ends_or_fills_the_memory_is_not_opened(tmp_path):
    pipe, huge, film = tmp_path / "pipe", tmp_path / "huge.dcm", tmp_path / "film.dcm"
    os.mkfifo(pipe)
    with huge.open("wb") as made:
        made.truncate(60 * 1024**3)  # takes no room: a hole
    film.write_bytes(a_film())
    assert refusal(Path("/dev/zero")) == refusal(pipe) == refusal(tmp_path) == "This is no ordinary file."
    assert refusal(huge) == "The file is larger than 256 MB."
    assert "cannot be opened" in refusal(tmp_path / "missing.dcm")
    assert refusal(film) == ""


def test_an_archive_may_be_larger_than_one_film_but_not_endless(tmp_path):
    archive = tmp_path / "films.zip"
    with archive.open("wb") as made:
        made.write(b"PK\x03\x04")
        made.truncate(300 * 1024**2)
    assert refusal(archive) == ""
    with archive.open("r+b") as made:
        made.truncate(3 * 1024**3)
    assert refusal(archive) == "The file is larger than 2048 MB."


# ── vitals ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_table_takes_its_good_lines_and_names_the_others(house):
    take(house, a_film())
    table = b"accession_number,spo2_pct,temperature_c\nA-1,88,38.5\nA-404,97,36.6\nA-1,300,36.6\nA-1,,\n"
    outcomes = take_vitals(house, table, "ada")
    assert [(o.line, o.ok) for o in outcomes] == [(2, True), (3, False), (4, False), (5, False)]
    assert "No study" in outcomes[1].reason
    assert "300" in outcomes[2].reason
    assert "no measurement" in outcomes[3].reason
    (measured,) = house.studies.vitals("2.25.1001")
    assert measured.values == {"spo2_pct": 88.0, "temperature_c": 38.5}


def test_an_accession_number_that_two_patients_share_is_said_to_be_shared(house):
    take(house, a_film())
    take(house, a_film(PatientID="P-2", StudyInstanceUID="2.25.7", SOPInstanceUID="2.25.8"))
    (outcome,) = take_vitals(house, b"accession_number,spo2_pct\nA-1,88\n", "ada")
    assert not outcome.ok
    assert "two patients" in outcome.reason
    (outcome,) = take_vitals(house, b"accession_number,spo2_pct\nA-,88\n", "ada")
    assert "No study" in outcome.reason


def test_the_same_table_twice_records_nothing_twice(house):
    take(house, a_film())
    table = b"accession_number,spo2_pct,measured_at\nA-1,88,2026-11-21T07:00+00:00\n"
    assert [o.ok for o in take_vitals(house, table, "ada") + take_vitals(house, table, "ada")] == [True, True]
    assert len(house.studies.vitals("2.25.1001")) == 1


def test_a_table_nobody_can_read_is_refused_as_a_whole(house):
    with pytest.raises(BadVitals, match="UTF-8"):
        take_vitals(house, "accession_number,spo2_pct\nÄ-1,88\n".encode("utf-16"), "ada")


def test_a_deposited_vital_moves_the_study_up(house):
    take(house, a_film())
    before = house.studies.entry("2.25.1001").assessment.urgency
    take_vitals(house, b"accession_number,resp_rate_bpm,heart_rate_bpm,spo2_pct\nA-1,32,140,85\n", "ada")
    assert house.studies.entry("2.25.1001").assessment.urgency > before


def test_outcomes_are_the_words_of_the_contract():
    assert [o.value for o in intake.Taken] == ["accepted", "duplicate", "quarantined", "rejected"]
