import os
import warnings
from datetime import UTC, date, datetime
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from sklearn.datasets import load_sample_images

from engine.dicom.pixels import film_pixels
from engine.errors import WeightsMismatch
from engine.gate import (
    KINDS,
    READY,
    TAUGHT,
    check_age,
    check_film,
    features,
    load_gate,
    save_gate,
    small_square,
)
from engine.manifest import read_manifest
from engine.simulated.lesions import simulated_film
from engine.training.films import is_frontal_adult
from engine.training.gate import FALSE_ALARMS
from tests.builders import a_patient, a_study, an_instance
from tests.films import a_film, a_picture
from triage.errors import UnreadableFilm
from triage.finding import Laterality

PACK = Path(os.environ.get("FIRSTREAD_DATA", "../shared/data"))
GATE = load_gate()
needs_pack = pytest.mark.skipif(not PACK.is_dir(), reason="the public films are not here")


def kind(pixels):
    return GATE.judge(pixels).kind


def opened(path):
    with Image.open(path) as picture:
        return np.asarray(picture.convert("L"), dtype=np.float32) / 255


@pytest.fixture(scope="module")
def film():
    return simulated_film("effusion", Laterality.LEFT, 0.6, 4242, breast_mm=12.0)[0] / np.float32(255)


def test_a_simulated_film_passes_and_is_no_error(film):
    assert kind(film) == READY
    check_film(film, a_study())


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda film: np.rot90(film, 1), "turned"),
        (lambda film: np.rot90(film, 3), "turned"),
        (lambda film: np.rot90(film, 2), "upside_down"),
        (lambda film: 1 - film, "inverted"),
        (lambda film: 1 - np.rot90(film), "inverted"),
        (lambda film: film[: film.shape[0] // 2], "cropped"),
        (lambda film: film[250:720, 250:770], "cropped"),
    ],
)
def test_what_went_wrong_with_a_film_is_named(film, change, expected):
    assert kind(change(film)) == expected


@pytest.mark.parametrize("shape", [(64, 64), (300, 400), (2000, 1500)])
def test_noise_and_one_grey_are_named_at_every_size(shape):
    rng = np.random.default_rng(1)

    assert kind(rng.random(shape, np.float32)) == "noise"
    assert kind(np.full(shape, 0.4, np.float32)) == "blank"
    assert kind(np.full(shape, np.nan, np.float32)) == "blank"


def test_a_slope_and_photographs_are_no_chest():
    slope = np.add.outer(np.linspace(0, 1, 300), np.linspace(0, 1, 300)) / 2

    assert kind(slope) != READY
    assert all(kind(photograph.mean(2) / 255) != READY for photograph in load_sample_images().images)


def test_a_refused_film_goes_to_a_person_with_one_sentence(film):
    with pytest.raises(UnreadableFilm) as refused:
        check_film(np.rot90(film, 2), a_study())

    assert str(refused.value) == "The film stands on its head; a person will read it."
    assert all(said == "" or said[0].isupper() for said in KINDS.values())


def test_a_header_that_says_lateral_is_believed(film):
    lateral = a_study(instances=(an_instance(view="LL"),))

    with pytest.raises(UnreadableFilm, match="lateral"):
        check_film(film, lateral)


@pytest.mark.parametrize(
    ("born", "stated", "said"),
    [
        (date(2008, 6, 2), "", "17 years old"),
        (date(2008, 6, 1), "", None),
        (date(1958, 6, 1), "008Y", None),  # the day of birth is known; a slip in the age is not believed
        (None, "008Y", "8 years old"),
        (None, "011M", "0 years old"),
        (None, "018Y", None),
        (None, "", None),
        (None, "old", None),
    ],
)
def test_a_child_s_film_goes_to_a_person(born, stated, said):
    study = a_study(patient=a_patient(birth_date=born), studied_at=datetime(2026, 6, 1, tzinfo=UTC))
    file = BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom objects to the age that is none
        dataset = dcmread(BytesIO(a_film("A-CHILD")))
        dataset.PatientAge = stated
        dataset.save_as(file)
    if said is None:
        check_age(study, file.getvalue(), "application/dicom")
        return
    with pytest.raises(UnreadableFilm, match=said):
        check_age(study, file.getvalue(), "application/dicom")


def test_a_picture_states_no_age():
    check_age(a_study(patient=a_patient(birth_date=None)), a_picture(), "image/png")


def test_it_takes_less_than_thirty_milliseconds():
    large = np.random.default_rng(0).random((3000, 2500), np.float32).cumsum(0)
    large /= large.max()
    GATE.judge(large)
    began = perf_counter()
    for _ in range(5):
        GATE.judge(large)

    assert (perf_counter() - began) / 5 < 0.03


def test_features_do_not_change_with_exposure(film):
    bright = np.clip(0.5 * film + 0.3, 0, 1)

    assert np.abs(features(small_square(film)) - features(small_square(bright))).max() < 0.02


def test_a_gate_is_the_same_after_it_was_written(tmp_path, film):
    save_gate(GATE, tmp_path / "gate.safetensors")
    again = load_gate(tmp_path / "gate.safetensors")

    assert again.judge(film) == GATE.judge(film)
    assert again.threshold == GATE.threshold
    assert (tmp_path / "gate.safetensors").stat().st_size < 200_000


def test_a_gate_that_is_missing_or_knows_other_kinds_is_refused(tmp_path, monkeypatch):
    with pytest.raises(WeightsMismatch, match="check out"):
        load_gate(tmp_path / "none.safetensors")
    monkeypatch.setattr("engine.gate.TAUGHT", TAUGHT[::-1])
    with pytest.raises(WeightsMismatch, match="other kinds"):
        load_gate()


# ── real films ────────────────────────────────────────────────────────────────────────────────────────


def test_the_true_film_of_the_demonstration_passes():
    folder = Path(find_spec("data_store").submodule_search_locations[0])

    assert kind(film_pixels((folder / "data" / "RG1_UNCR.dcm").read_bytes(), "application/dicom")) == READY


@needs_pack
@pytest.mark.data
def test_every_turned_film_of_the_pack_is_named():
    kinds = [kind(opened(path)) for path in sorted((PACK / "cxr_qc_rotated").glob("*.jpg"))]

    assert len(kinds) == 44
    assert set(kinds) == {"turned"}


@needs_pack
@pytest.mark.data
def test_a_film_whose_tag_lies_about_black_and_white_is_inverted_and_its_twin_passes():
    twins = [PACK / "dicom" / f"cr_chest_pa_{name}.dcm" for name in ("jpeg_siim", "mono1_tag_only")]
    kinds = [kind(film_pixels(path.read_bytes(), "application/dicom")) for path in twins]

    assert kinds == [READY, "inverted"]


@needs_pack
@pytest.mark.data
def test_few_upright_val_films_are_refused():
    films = [
        f for f in read_manifest(PACK / "cxr" / "manifest.csv") if f.split == "val" and is_frontal_adult(f)
    ]
    refused = sum(kind(opened(film.path)) != READY for film in films)

    assert len(films) > 200
    assert refused / len(films) <= FALSE_ALARMS


@needs_pack
@pytest.mark.data
def test_a_limb_is_no_chest():
    limb = (PACK / "dicom" / "cr_extremity_mono1_j2k_lossless.dcm").read_bytes()

    assert kind(film_pixels(limb, "application/dicom")) != READY


def test_a_picture_file_is_judged_like_the_array(film):
    buffer = BytesIO()
    Image.fromarray(np.rint(film * 255).astype(np.uint8)).save(buffer, format="PNG")

    assert kind(film_pixels(buffer.getvalue(), "image/png")) == READY
