"""A general model is asked, calibrated, checked and kept behind the permit, whichever family it is of."""

import numpy as np
import pytest
from PIL import Image

from consent.errors import ConsentDenied
from consent.record import Purpose
from engine.facts import from_reading
from engine.general import DERIVED, NOT_CALIBRATED, GeneralReader, picture_of, question
from engine.model.calibration import Calibration
from engine.model.config import ABNORMAL, HEAD
from tests.builders import NOW, a_study, vitals
from tests.engine.test_reader import WRONG, a_permit, a_png, the_film
from triage.errors import ReaderFailed, UnreadableFilm
from triage.finding import LABELS
from triage.reading import Draft, ModelIdentity, Style

STUDY = a_study()
BELIEVED = Calibration(curves=dict.fromkeys(HEAD, (1.0, 0.0)))


class Oracle:
    """Answers as it is told, and remembers what it was asked."""

    identity, precision = ModelIdentity("oracle", "0" * 64, 4), "nf4"

    def __init__(self, film=3.0, grey=1.0, says="There is a fracture."):
        self.film, self.grey, self.says, self.asked, self.wrote = film, grey, says, [], []

    def yes_over_no(self, film, context, questions):
        self.asked.append((film, context, tuple(questions)))
        return [self.grey if np.ptp(np.asarray(film)) == 0 else self.film] * len(questions)

    def write(self, film, requests, most):
        self.wrote.append((film, requests, most))
        return [self.says] * len(requests)


def a_reader(oracle=None, calibration=BELIEVED):
    return GeneralReader(oracle or Oracle(), calibration, admit=lambda _pixels, _study: None, now=lambda: NOW)


def not_asked():
    raise AssertionError("the film is still remembered")


def a_reading(reader, given=None, film=None):
    return reader.read(STUDY, given, film or a_png(), "image/png", a_permit())[0]


def test_every_finding_is_asked_once_and_then_the_whole_film():
    oracle = Oracle()
    reading = a_reading(a_reader(oracle))

    asked = oracle.asked[-1][2]
    assert asked[0] == "Is there atelectasis? Answer yes or no."
    assert asked[-1] == question(ABNORMAL) == "Is there anything abnormal on this film? Answer yes or no."
    assert len(asked) == 15
    assert [f.code for f in reading.findings] == list(LABELS)
    assert reading.model.id == "oracle"
    assert set(reading.seconds) == {"decode", "look"}


def test_what_the_model_says_to_a_grey_film_is_taken_off_and_asked_once():
    oracle = Oracle(film=3.0, grey=1.0)
    reader = a_reader(oracle)

    first, second = a_reading(reader), a_reading(reader, film=a_png(1))

    assert first.probability("mass") == second.probability("mass") == pytest.approx(1 / (1 + np.exp(-2.0)))
    assert len(oracle.asked) == 3
    assert reader.logits(STUDY, None, a_png(), "image/png", a_permit()) == [2.0] * 15


def test_without_a_calibration_no_number_is_given_and_the_reason_is():
    reading = a_reading(a_reader(calibration=None))

    assert all(f.abstained for f in reading.findings)
    assert reading.pathology_probability is None
    assert NOT_CALIBRATED in reading.note


def test_where_the_numbers_come_from_is_on_the_reading():
    assert a_reading(a_reader()).note == DERIVED


def test_bedside_values_are_said_in_words_and_nothing_that_names_the_patient():
    oracle = Oracle()
    a_reading(a_reader(oracle), vitals(spo2_pct=84.0))

    film, context, asked = oracle.asked[-1]
    assert "SpO₂ 84 %" in context
    said = " ".join([context, *asked])
    patient = STUDY.patient
    for secret in (patient.name, patient.patient_id.value, STUDY.accession_number, STUDY.study_uid):
        assert secret
        assert secret not in said
    assert film.mode == "L"
    assert film.info == {}


@pytest.mark.parametrize("why", WRONG)
def test_a_wrong_permit_is_refused_before_the_film_is_touched(why):
    oracle = Oracle()
    with pytest.raises(ConsentDenied):
        a_reader(oracle).read(STUDY, None, b"no film at all", "image/png", WRONG[why])
    with pytest.raises(ConsentDenied):
        a_reader(oracle).logits(STUDY, None, b"no film at all", "image/png", WRONG[why])
    assert oracle.asked == []


def test_consent_is_asked_again_before_words():
    reader = a_reader()
    reading = a_reading(reader)

    with pytest.raises(ConsentDenied):
        next(reader.drafts(STUDY, None, reading, not_asked, WRONG["lapsed"]))


def test_the_gate_stands_before_a_general_model_too():
    oracle = Oracle()
    reader = GeneralReader(oracle, BELIEVED, now=lambda: NOW)

    with pytest.raises(UnreadableFilm):
        reader.read(STUDY, None, a_png(), "image/png", a_permit())
    assert oracle.asked == []


def test_an_answer_that_is_no_number_is_a_sentence():
    with pytest.raises(ReaderFailed, match="a person will read it"):
        a_reading(a_reader(Oracle(film=float("nan"))))


def test_all_three_impressions_come_checked():
    oracle = Oracle(says="There is a fracture of the left clavicle.")
    reader = a_reader(oracle)
    reading = a_reading(reader)

    drafts = dict(reader.drafts(STUDY, None, reading, not_asked, a_permit()))

    assert set(drafts) == set(Style)
    assert all(isinstance(draft, Draft) for draft in drafts.values())
    assert all("clavicle" not in draft.text for draft in drafts.values())
    film, requests, most = oracle.wrote[0]
    assert len(requests) == 3
    assert most == 160
    assert film.size == (256, 320)
    facts = from_reading(reading, None, STUDY, prior=False)
    assert facts.present[0].code.replace("_", " ") in requests[0]


def test_a_forgotten_film_is_opened_again():
    oracle = Oracle()
    reading = a_reading(a_reader())
    drafts = dict(a_reader(oracle).drafts(STUDY, None, reading, the_film, a_permit()))

    assert set(drafts) == set(Style)
    assert oracle.wrote[0][0].size == (256, 320)


def test_findings_that_a_person_wrote_need_no_film():
    oracle = Oracle(says="There is a pleural effusion.")
    (draft,) = a_reader(oracle).impressions(["Small left pleural effusion."], Style.COMPREHENSIVE)

    assert "effusion" in draft.text
    assert oracle.wrote[0][0] is None


def test_large_films_are_made_smaller_and_keep_their_shape():
    picture = picture_of(np.linspace(0, 1, 2000 * 1000, dtype=np.float32).reshape(2000, 1000))

    assert picture.size == (448, 896)
    assert isinstance(picture, Image.Image)


def test_ways_of_showing_the_film_are_measured_one_by_one():
    rows = a_reader().scores(
        STUDY, None, a_png(), "image/png", a_permit(purpose=Purpose.EVALUATION), [lambda p: p, np.fliplr]
    )

    assert rows.shape == (2, 15)
