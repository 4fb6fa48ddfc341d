import io

import numpy as np
import pytest
from PIL import Image
from pydicom import Dataset
from pydicom.pixels import apply_windowing

from engine.dicom.pixels import check_shown, film_pixels, png_of, to_display
from tests.phantoms import a_film, a_photo, a_picture, element
from triage.errors import UnreadableFilm

WINDOWS = [(2048, 4096), (1000, 500), (0, 1), (3000, 1.5), (-200, 900), (2048, 20000)]


def shown(stored, **changes):
    settings = {"slope": 1.0, "intercept": 0.0, "center": 2048.0, "width": 4096.0, "inverted": False}
    return to_display(stored, **{**settings, **changes})


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize(("center", "width"), WINDOWS)
def test_windowing_is_pydicoms_own(center, width, function):
    stored = a_picture()
    dataset = Dataset()
    dataset.PhotometricInterpretation, dataset.BitsStored, dataset.PixelRepresentation = "MONOCHROME2", 12, 0
    dataset.WindowCenter, dataset.WindowWidth, dataset.VOILUTFunction = center, width, function
    with np.errstate(over="ignore"):
        expected = apply_windowing(stored, dataset) / 4095
    grey = shown(stored, center=center, width=width, function=function)
    assert grey.dtype == np.float32
    np.testing.assert_allclose(grey, expected, atol=1e-6)


def test_a_window_of_one_gives_black_and_white_only():
    assert set(np.unique(shown(a_picture(), center=2000, width=1))) == {0.0, 1.0}


def test_rescale_comes_before_the_window():
    stored = a_picture()
    np.testing.assert_allclose(
        shown(stored, slope=2.0, intercept=-1000.0, center=3095.5, width=8191.0), shown(stored), atol=1e-6
    )


@pytest.mark.parametrize(("center", "width"), WINDOWS)
def test_inverted_and_plain_make_one(center, width):
    plain = shown(a_picture(), center=center, width=width)
    inverted = shown(a_picture(), center=center, width=width, inverted=True)
    np.testing.assert_allclose(plain + inverted, 1.0, atol=1e-6)


@pytest.mark.parametrize("width", [0, 0.5, -3, float("nan")])
def test_a_window_too_narrow_is_refused(width):
    with pytest.raises(UnreadableFilm, match="narrow"):
        shown(a_picture(), width=width)


def test_only_one_flat_frame_is_shown():
    with pytest.raises(UnreadableFilm, match="flat"):
        shown(np.zeros((2, 40, 40), np.uint16))


def test_air_is_dark_whatever_the_photometry():
    plain = film_pixels(a_film(), "application/dicom")
    stored_inverted = a_film(
        picture=(4095 - a_picture()).astype("<u2"), PhotometricInterpretation="MONOCHROME1"
    )
    np.testing.assert_allclose(film_pixels(stored_inverted, "application/dicom"), plain, atol=1e-3)
    assert plain[:, 0].mean() < 0.2
    assert plain[:, -1].mean() > 0.8


def test_an_inverse_presentation_turns_the_greys_round():
    plain = film_pixels(a_film(), "application/dicom")
    inverse = film_pixels(a_film(PresentationLUTShape="INVERSE"), "application/dicom")
    np.testing.assert_allclose(plain + inverse, 1.0, atol=1e-6)


@pytest.mark.parametrize(("center", "width"), [(None, None), ("2048", "0"), ("2048", None)])
def test_without_a_usable_window_outliers_do_not_decide(center, width):
    picture = a_picture()
    spoilt = picture.copy()
    spoilt[0, 0] = 65535
    changes = {"WindowCenter": center, "WindowWidth": width, "BitsStored": 16, "HighBit": 15}
    film = film_pixels(a_film(picture=picture, **changes), "application/dicom")
    film_spoilt = film_pixels(a_film(picture=spoilt, **changes), "application/dicom")
    assert film[1:].std() > 0.25
    np.testing.assert_allclose(film_spoilt[1:], film[1:], atol=0.02)


def test_several_windows_the_first_counts():
    two = a_film(WindowCenter="1000\\2048", WindowWidth="500\\4096")
    one = a_film(WindowCenter="1000", WindowWidth="500")
    np.testing.assert_array_equal(
        film_pixels(two, "application/dicom"), film_pixels(one, "application/dicom")
    )


def test_a_table_of_greys_is_followed():
    falling = np.arange(4095, -1, -1, dtype="<u2")
    lut = element(0x00283002, "US", np.array([4096, 0, 12], "<u2").tobytes())
    lut += element(0x00283006, "OW", falling.tobytes())
    item = b"\xfe\xff\x00\xe0" + len(lut).to_bytes(4, "little") + lut
    film = film_pixels(a_film(extra=element(0x00283010, "SQ", item)), "application/dicom")
    np.testing.assert_allclose(film, 1 - a_picture() / 4095, atol=1e-6)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_photos_keep_their_greys(kind):
    film = film_pixels(a_photo(kind), f"image/{kind.lower()}")
    np.testing.assert_allclose(film, (a_picture() >> 4) / 255, atol=0.08)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P", "1", "CMYK"])
def test_photos_in_colour_become_grey(mode):
    out = io.BytesIO()
    picture = Image.open(io.BytesIO(a_photo())).convert(mode)
    picture.save(out, "JPEG" if mode == "CMYK" else "PNG")
    assert film_pixels(out.getvalue(), "image/png").shape == (96, 80)


def test_a_deep_png_uses_the_greys_it_has():
    out = io.BytesIO()
    Image.fromarray(a_picture()).save(out, "PNG")
    film = film_pixels(out.getvalue(), "image/png")
    assert (film.min(), film.max()) == (0.0, 1.0)
    assert film.std() > 0.25


def test_an_unknown_kind_is_refused():
    with pytest.raises(UnreadableFilm, match="DICOM, PNG and JPEG"):
        film_pixels(b"GIF89a", "image/gif")


def test_blank_films_and_strips_are_refused():
    check_shown(film_pixels(a_film(), "application/dicom"))
    with pytest.raises(UnreadableFilm, match="blank"):
        check_shown(np.full((90, 80), 0.5, np.float32))
    with pytest.raises(UnreadableFilm, match="strip"):
        check_shown(np.tile(np.linspace(0, 1, 900, dtype=np.float32), (90, 1)))


def test_the_screen_gets_a_small_png():
    film = film_pixels(a_film(), "application/dicom")
    same = Image.open(io.BytesIO(png_of(film)))
    small = Image.open(io.BytesIO(png_of(film, longest_side=48)))
    assert (same.size, same.mode, small.size) == ((80, 96), "L", (40, 48))
    np.testing.assert_allclose(np.asarray(same) / 255, film, atol=0.003)
