import numpy as np
import pytest

from engine.simulated.insertion import KINDS, projected
from engine.simulated.projection import base

LESIONS = [kind for kind in KINDS if kind != "none"]


def test_no_lesion_leaves_the_chest_as_it_was():
    film, thickness = projected("none", None, 0, 1)
    np.testing.assert_array_equal(film, base())
    assert thickness.max() == 0


@pytest.mark.parametrize("kind", LESIONS)
def test_air_makes_the_film_darker_and_all_else_brighter(kind):
    film, thickness = projected(kind, "left", 0.6, 3)
    change = (film - base())[thickness > 3].mean()
    assert change < -0.1 if kind == "pneumothorax" else change > 0.1


@pytest.mark.parametrize("kind", ["opacity", "nodule", "effusion", "pneumothorax"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_lesion_lies_on_its_side(kind, side):
    _, thickness = projected(kind, side, 0.5, 4)
    columns = (thickness.sum(0) * np.arange(512)).sum() / thickness.sum()
    assert columns > 270 if side == "left" else columns < 230


@pytest.mark.parametrize("kind", LESIONS)
def test_the_same_seed_gives_the_same_lesion(kind):
    first, second = projected(kind, "right", 0.4, 9), projected(kind, "right", 0.4, 9)
    np.testing.assert_array_equal(first[0], second[0])


def test_another_seed_puts_a_nodule_elsewhere():
    places = {int(np.argmax(projected("nodule", "right", 0.4, seed)[1])) for seed in range(4)}
    assert len(places) == 4


def test_a_nodule_grows_where_it_is():
    small, large = (projected("nodule", "left", size, 5)[1] for size in (0.1, 0.9))
    assert np.argmax(small) // 512 == pytest.approx(np.argmax(large) // 512, abs=2)
    assert np.argmax(small) % 512 == pytest.approx(np.argmax(large) % 512, abs=4)
    assert large.max() > 2 * small.max()


def test_an_effusion_rises_from_the_bottom_and_climbs_to_the_side():
    _, thickness = projected("effusion", "left", 0.4, 6)
    filled = thickness > 3
    top = np.array([column.argmax() if column.any() else 133 for column in filled.T])
    assert top[405] < top[320]  # higher at the chest wall than beside the heart
    assert not filled[:30].any()


@pytest.mark.parametrize(("kind", "size"), [("fracture", 0.5), ("nodule", 1.5), ("nodule", -0.1)])
def test_what_cannot_be_simulated_is_said(kind, size):
    with pytest.raises(ValueError, match=r"simulate|between"):
        projected(kind, "left", size, 1)
