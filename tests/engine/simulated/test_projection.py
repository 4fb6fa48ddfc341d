import numpy as np
import pytest

from engine.simulated import projection
from engine.simulated.projection import attenuation, base, chest, line_integral


def test_the_ct_is_in_hounsfield_units():
    ct = chest()
    assert ct.hu.shape == ct.label.shape == (512, 512, 133)
    assert ct.spacing_mm == pytest.approx((0.703125, 0.703125, 2.5))
    assert -900 < np.median(ct.hu[ct.lung("left")]) < -800
    assert 30 < np.median(ct.hu[ct.where("liver")]) <= 75
    assert np.median(ct.hu[:40, :40]) <= -1000


def test_the_sides_are_the_patients():
    ct = chest()
    x_left, x_right = (np.argwhere(ct.lung(side))[:, 0].mean() for side in ("left", "right"))
    x_heart, x_liver = (np.argwhere(ct.where(part))[:, 0].mean() for part in ("heart", "liver"))
    assert x_left > x_heart > x_right
    assert x_left > x_liver


def test_couch_and_contrast_are_gone():
    ct = chest()
    assert ct.hu[ct.where("aorta")].max() <= 300
    behind = ct.hu[:, :60, :]  # where the couch stood
    assert (behind > -400).mean() < 0.001


def test_air_weighs_nothing_and_bone_more_than_water():
    air, water, bone = attenuation(np.array([-1000, 0, 1000], np.int16))
    assert (air, water) == (0, pytest.approx(projection.WATER_MU))
    assert bone > 2 * water


def test_a_line_integral_is_water_times_thickness():
    block = np.full((4, 10, 3), 0, np.int16)
    np.testing.assert_allclose(
        line_integral(attenuation(block), 2.0), np.full((3, 4), 20 * projection.WATER_MU), rtol=1e-5
    )


def test_the_film_is_head_up_and_left_is_on_the_right():
    volume = np.zeros((4, 2, 3), np.float32)
    volume[3, :, 2] = 1  # the patient's upper left
    film = line_integral(volume, 1.0)
    assert film.shape == (3, 4)
    assert np.argmax(film) == 3


def test_the_lungs_let_more_through_than_the_belly():
    film = base()
    assert film[20:50, 120:160].mean() < 0.6 * film[100:120, 120:160].mean()


def test_another_file_is_refused(monkeypatch):
    monkeypatch.setitem(projection.SHA256, "structures.csv", "0" * 64)
    with pytest.raises(ValueError, match="sha256"):
        projection._packaged("structures.csv")
