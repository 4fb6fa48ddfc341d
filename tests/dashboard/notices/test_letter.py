"""Nothing of a patient leaves the house in a notice."""

import json

from dashboard.notices.letter import Letter
from tests.builders import STUDY_UID, a_critical_result, a_study
from triage.critical import Category


def test_a_letter_says_who_is_called_why_and_where_to_look(letter: Letter):
    assert letter.subject == "Firstread: notice CCCCCCCC waits for you"
    for words in (
        "Ward doctor on call: you are called on.",
        "within minutes, by 21 Nov 2026, 09:00 UTC",
        "the one before could not be reached",
        "look for notice CCCCCCCC:\nhttps://firstread.example/critical\n",
        "names no patient and no finding",
    ):
        assert words in letter.text
    assert letter.result.short == "CCCCCCCC"


def test_the_json_says_the_same(letter: Letter):
    assert json.loads(letter.body) == {
        "id": "c" * 32,
        "step": "1",
        "cause": "the one before could not be reached",
        "called": "Ward doctor on call",
        "category": "minutes",
        "due_at": "2026-11-21T09:00:00+00:00",
        "url": "https://firstread.example/critical",
    }


def test_no_name_no_number_and_no_finding_is_in_either(letter: Letter):
    """The finding's words, the study, its accession and the patient: none of it, whatever a reader typed."""
    study = a_study()
    planted = a_critical_result(what="Pneumothorax of Maren Vale, A-100")
    told = Letter(planted, letter.notice, letter.url, letter.to)
    said = f"{told.subject}\n{told.text}\n{told.body.decode()}\n{told.key}"
    patient = study.patient
    for secret in (
        "pneumothorax",
        "vale",
        "maren",
        patient.patient_id.value,
        study.accession_number,
        STUDY_UID,
    ):
        assert secret.lower() not in said.lower()


def test_each_step_of_each_result_has_a_key_of_its_own_that_stays(letter: Letter):
    again = Letter(a_critical_result(category=Category.DAYS), letter.notice, "https://other.example")
    assert letter.key == again.key == f"{'c' * 32}.1"
