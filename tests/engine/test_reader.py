import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from consent.decision import decide
from consent.errors import ConsentDenied
from consent.record import PatientId, Provision, Purpose
from engine import selftest
from engine.errors import WeightsMismatch
from engine.model.calibration import SHIPPED as CALIBRATION
from engine.model.calibration import Calibration
from engine.model.config import HEAD
from engine.model.load import LoadedModel
from engine.reader import FilmReader, _reader_of
from engine.settings import Settings
from tests.builders import NOW, PATIENT_ID, a_study, vitals
from tests.engine.model.tiny import a_model
from tests.engine.words import a_tokenizer
from triage.errors import ReaderFailed, UnreadableFilm
from triage.finding import LABELS, POSSIBLE_FROM
from triage.reading import Draft, Style

STUDY = a_study()


def any_film(_pixels, _study):
    """The gate is tested by itself: here a picture of nothing stands for a film."""


def a_reader(**changes):
    curves = dict.fromkeys(HEAD, (1.0, 0.0)) | changes.pop("curves", {})
    loaded = LoadedModel(a_model(), "fp32", "0" * 64)
    return FilmReader(
        loaded, a_tokenizer(), Calibration(curves), most_tokens=12, admit=any_film, now=lambda: NOW, **changes
    )


def a_permit(patient=PATIENT_ID, purpose=Purpose.AI_READING, at=NOW, ends_at=None):
    return decide(
        patient, [Provision("c1", purpose, permits=True, starts_at=at, ends_at=ends_at)], purpose, at
    )


def a_png(seed=0):
    pixels = np.random.default_rng(seed).integers(0, 255, (160, 128), np.uint8)
    buffer = BytesIO()
    Image.fromarray(pixels).resize((256, 320)).save(buffer, format="PNG")
    return buffer.getvalue()


WRONG = {
    "another patient": a_permit(patient=PatientId("P-2", "Ward 7")),
    "another purpose": a_permit(purpose=Purpose.TRAINING),
    "lapsed": a_permit(at=NOW - timedelta(days=2), ends_at=NOW - timedelta(days=1)),
    "not yet": a_permit(at=NOW + timedelta(days=1)),
}


@pytest.mark.parametrize("why", WRONG)
def test_a_wrong_permit_is_refused_before_the_film_is_touched(why):
    with pytest.raises(ConsentDenied):
        a_reader().read(STUDY, None, b"no film at all", "image/png", WRONG[why])


def test_with_the_right_permit_the_same_bytes_are_opened_and_found_unreadable():
    with pytest.raises(UnreadableFilm):
        a_reader().read(STUDY, None, b"no film at all", "image/png", a_permit())


def test_consent_is_asked_again_before_words():
    reader = a_reader()
    reading, _ = reader.read(STUDY, None, a_png(), "image/png", a_permit())

    with pytest.raises(ConsentDenied):
        next(reader.drafts(STUDY, None, reading, forgotten, WRONG["lapsed"]))


@pytest.mark.parametrize("purpose", [Purpose.AI_READING, Purpose.EVALUATION])
def test_a_reading_carries_its_permit_model_and_every_finding(purpose):
    permit = a_permit(purpose=purpose)
    reading, heatmaps = a_reader(curves={"mass": None}).read(STUDY, vitals(), a_png(), "image/png", permit)

    assert [f.code for f in reading.findings] == list(LABELS)
    assert reading.probability("mass") is None
    assert 0 < reading.probability("effusion") < 1
    assert reading.permit_id == permit.permit_id
    assert reading.model.bits == 32
    assert set(reading.seconds) == {"decode", "look", "heatmap"}
    possible = {f.code for f in reading.findings if (f.probability or 0) >= POSSIBLE_FROM}
    assert heatmaps
    assert heatmaps.keys() <= possible
    for heatmap in heatmaps.values():
        with Image.open(BytesIO(heatmap)) as picture:
            assert picture.mode == "L"
            assert picture.width / picture.height == pytest.approx(256 / 320, abs=0.01)


def test_bedside_values_reach_the_score():
    ill, well = vitals(spo2_pct=80.0), vitals(spo2_pct=99.0)
    first, _ = a_reader().read(STUDY, ill, a_png(), "image/png", a_permit())
    second, _ = a_reader().read(STUDY, well, a_png(), "image/png", a_permit())

    assert first.pathology_probability != second.pathology_probability


def test_when_nothing_can_be_believed_it_says_so():
    reading, _ = a_reader(curves=dict.fromkeys(HEAD)).read(STUDY, None, a_png(), "image/png", a_permit())

    assert reading.pathology_probability is None
    assert all(f.abstained for f in reading.findings)
    assert reading.note


def test_what_cannot_be_ruled_out_on_a_film_is_not_called_unlikely_and_the_note_says_so():
    floors = Calibration(dict.fromkeys(HEAD, (0.0, -3.0)), absent_below={"effusion": -1e9})
    reader = FilmReader(
        LoadedModel(a_model(), "fp32", "0"), a_tokenizer(), floors, admit=any_film, now=lambda: NOW
    )
    reading, _ = reader.read(STUDY, None, a_png(), "image/png", a_permit())

    assert reading.probability("effusion") is None
    assert reading.probability("mass") == pytest.approx(0.047, abs=0.001)
    assert reading.note == "Pleural effusion: uncertain on this film: it cannot be ruled out."


def test_measuring_sees_every_answer_and_needs_a_permit_for_it():
    reader = a_reader(curves={"mass": None})
    asked = (STUDY, None, a_png(), "image/png")
    bends = [lambda pixels: pixels, lambda pixels: pixels[:, ::-1], lambda pixels: pixels[:-9]]
    found = reader.scores(*asked, a_permit(purpose=Purpose.EVALUATION), bends)
    said, _ = reader.read(*asked, a_permit())

    assert found.shape == (3, 15)
    assert found[0, :9] == pytest.approx([f.probability for f in said.findings[:9]], abs=1e-6)
    assert found[1] == pytest.approx(found[0], abs=1e-6)  # the reader looks at the mirror image too
    assert (found[0] != found[2]).any()
    assert not np.isnan(found).any()
    with pytest.raises(ConsentDenied):
        reader.scores(*asked, a_permit(), bends)


def test_a_word_in_the_request_moves_no_probability():
    reader, permit = a_reader(), a_permit(purpose=Purpose.EVALUATION)
    told = replace(STUDY, indication="shortness of breath, fever")
    asked = (None, a_png(), "image/png", permit, [lambda pixels: pixels])

    assert (reader.scores(STUDY, *asked) == reader.scores(told, *asked)).all()


def the_film():
    return a_png(), "image/png"


def forgotten():
    raise AssertionError("a film that is remembered is not opened again")


def drafted(parts):
    return {style: part for style, part in parts if isinstance(part, Draft)}


def test_a_film_is_looked_at_again_when_its_look_is_no_longer_remembered():
    first = a_reader()
    reading, _ = first.read(STUDY, vitals(), a_png(), "image/png", a_permit())
    remembered = list(first.drafts(STUDY, vitals(), reading, forgotten, a_permit()))

    again = list(a_reader().drafts(STUDY, vitals(), reading, the_film, a_permit()))

    assert again == remembered
    assert set(drafted(again)) == set(Style)


def test_an_abandoned_draft_frees_the_model():
    reader = a_reader()
    reading, _ = reader.read(STUDY, None, a_png(), "image/png", a_permit())
    words = reader.drafts(STUDY, None, reading, forgotten, a_permit())
    next(words)
    words.close()

    assert reader.read(STUDY, None, a_png(1), "image/png", a_permit())


def test_a_model_without_a_finding_head_is_not_read_with():
    with pytest.raises(WeightsMismatch, match="finding head"):
        FilmReader(LoadedModel(object(), "nf4", "0"), a_tokenizer(), Calibration({}))


def test_an_answer_that_is_no_number_is_a_sentence():
    reader = a_reader()
    reader._model.finding_head.bias.data.fill_(float("nan"))

    with pytest.raises(ReaderFailed, match="a person will read it"):
        reader.read(STUDY, None, a_png(), "image/png", a_permit())


def test_weights_of_ones_own_are_read_with_their_own_calibration_and_never_with_the_shipped_one(tmp_path):
    model, tokenizer = a_model(), a_tokenizer()
    tokenizer.save_pretrained(tmp_path)
    selftest.save(selftest.record(model, tokenizer), tmp_path / selftest.SHIPPED.name)
    loaded, settings = LoadedModel(model, "fp32", "0" * 64), Settings(model=tmp_path)

    with pytest.raises(WeightsMismatch, match="no calibration"):
        _reader_of(loaded, tmp_path, settings, tmp_path)
    unlike_any_other = json.loads(CALIBRATION.read_text())
    for row in unlike_any_other.values():
        row.update(assessed=False, why="the house knows too few")
    (tmp_path / CALIBRATION.name).write_text(json.dumps(unlike_any_other))
    reader = _reader_of(loaded, tmp_path, settings, tmp_path)

    assert set(reader._calibration.reasons([0.0] * len(HEAD)).values()) == {"the house knows too few"}


@pytest.mark.slow
def test_the_committed_model_reads_a_simulated_film(real_reader):
    from engine.simulated.lesions import simulated_film

    film, _ = simulated_film("effusion", "left", 0.8, 1)
    buffer = BytesIO()
    Image.fromarray(film).save(buffer, format="PNG")
    at = datetime.now(UTC)
    permit = decide(
        PATIENT_ID, [Provision("c1", Purpose.AI_READING, permits=True, starts_at=at)], Purpose.AI_READING, at
    )

    reading, heatmaps = real_reader.read(STUDY, vitals(spo2_pct=88.0), buffer.getvalue(), "image/png", permit)
    parts = list(real_reader.drafts(STUDY, vitals(spo2_pct=88.0), reading, forgotten, permit))
    again = list(real_reader.drafts(STUDY, vitals(spo2_pct=88.0), reading, forgotten, permit))

    assert len(reading.findings) == 14
    assert any(not f.abstained for f in reading.findings)
    assert 0 < reading.pathology_probability < 1
    assert reading.pointed_at.code in heatmaps
    assert all(heatmap.startswith(b"\x89PNG") for heatmap in heatmaps.values())
    assert parts == again
    assert set(drafted(parts)) == set(Style)
    assert all("88" in draft.text for draft in drafted(parts).values())
    json.dumps(dict(reading.seconds))


@pytest.mark.slow
def test_the_committed_model_words_what_a_person_found(real_reader):
    (draft,) = real_reader.impressions(
        ["There is a left pleural effusion. No pneumothorax."], Style.COMPREHENSIVE
    )

    assert "effusion" in draft.text.lower()
    assert "left" in draft.text.lower()
