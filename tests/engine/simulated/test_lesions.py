import numpy as np
import pytest

from engine.simulated.lesions import LONGEST_SIDE, clean_film, simulated_film
from triage.finding import Laterality

LESIONS = ("opacity", "nodule", "effusion", "pneumothorax", "cardiomegaly")


@pytest.fixture(scope="module")
def pairs():
    """The same patient without and with each lesion, before the grain, in grey levels; and the truth."""
    healthy = clean_film("none", None, 0, 11)[0] * 255
    return {kind: (healthy, *clean_film(kind, Laterality.LEFT, 0.6, 11)) for kind in LESIONS}


@pytest.mark.parametrize("kind", LESIONS)
def test_the_mask_is_exact(pairs, kind):
    healthy, ill, mask = pairs[kind]
    change = ill * 255 - healthy
    assert abs(change[~mask].mean()) < 0.5
    assert abs(change[mask].mean()) > 4
    if kind == "pneumothorax":  # the fallen lung moves too, beside the free air that is the truth
        assert np.abs(change[~mask]).mean() < 2.0
    else:
        assert np.abs(change[~mask]).mean() < 0.2


@pytest.mark.parametrize("kind", ["opacity", "nodule", "effusion", "pneumothorax"])
def test_the_patients_left_is_on_the_right_of_the_film(pairs, kind):
    columns = np.argwhere(pairs[kind][2])[:, 1]
    assert columns.mean() > LONGEST_SIDE / 2


@pytest.mark.parametrize("kind", LESIONS)
def test_a_larger_lesion_has_a_larger_mask(kind):
    sizes = [clean_film(kind, Laterality.RIGHT, size, 12)[1].sum() for size in (0.2, 0.5, 0.9)]
    assert sizes == sorted(sizes)
    assert sizes[0] > 0
    assert sizes[2] > 1.3 * sizes[0]


def test_a_film_is_what_a_viewer_expects():
    film, mask = simulated_film("nodule", Laterality.LEFT, 0.5, 1)
    assert (film.dtype, mask.dtype, film.shape) == (np.uint8, bool, mask.shape)
    assert max(film.shape) == LONGEST_SIDE
    assert film.std() > 30
    assert 70 < film.mean() < 190
    assert (film == 255).mean() < 0.02


def test_the_same_seed_is_the_same_film_and_another_is_another_person():
    first, again, other = (simulated_film("none", None, 0, seed)[0].astype(int) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).mean() > 5


def test_no_lesion_has_no_mask():
    assert not simulated_film("none", None, 0, 3)[1].any()


def test_breasts_veil_the_lower_lungs_only():
    bare, veiled = (clean_film("none", None, 0, 4, breast_mm=mm)[0] for mm in (0, 40))
    change = (veiled - bare).mean(axis=1)
    assert change[450:800].max() > 0.03
    assert change[:150].max() < 0.005
