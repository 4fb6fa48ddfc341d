import gzip
import io
import json
import struct

import numpy as np
import pytest
from PIL import Image
from pydicom import Dataset

from engine.dicom import quarantine
from engine.dicom.frame import LONGEST_SIDE, frame_of, packed, spacing_of
from engine.dicom.pixels import film_pixels
from tests.phantoms import CANARY, HOSTILE, a_film, a_photo, a_picture, element
from triage.errors import UnreadableFilm


@pytest.fixture(scope="module", autouse=True)
def _children_end():
    yield
    quarantine.close()


def shown(frame, window=0):
    """The greys a viewer draws: a straight line between the window's ends, turned for MONOCHROME1."""
    chosen = frame.windows[window]
    grey = np.clip((frame.pixels - chosen.lower) / (chosen.upper - chosen.lower), 0, 1)
    return 1 - grey if frame.inverted else grey


def values(frame):
    return frame.pixels * frame.slope + frame.intercept


def unpacked(data):
    body = gzip.decompress(data)
    (length,) = struct.unpack("<I", body[:4])
    assert length % 4 == 0
    head = json.loads(body[4 : 4 + length])
    low, high = np.frombuffer(body[4 + length :], np.uint8).reshape(2, head["rows"], head["columns"])
    return head, (low + high.astype(np.uint16) * 256).view(np.int16)


FILMS = {
    "plain": {},
    "narrow": {"WindowCenter": "1000", "WindowWidth": "500"},
    "rescaled": {
        "RescaleSlope": "2",
        "RescaleIntercept": "-1000",
        "WindowCenter": "3095.5",
        "WindowWidth": "8191",
    },
    "falling": {
        "RescaleSlope": "-1",
        "RescaleIntercept": "4095",
        "WindowCenter": "2048",
        "WindowWidth": "4096",
    },
    "fractions": {
        "RescaleSlope": "0.1",
        "RescaleIntercept": "7",
        "WindowCenter": "200",
        "WindowWidth": "300",
    },
    "exact": {"VOILUTFunction": "LINEAR_EXACT", "WindowCenter": "1500", "WindowWidth": "900"},
    "turned": {"PhotometricInterpretation": "MONOCHROME1"},
    "turned twice": {"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "IDENTITY"},
    "no window": {"WindowCenter": None, "WindowWidth": None},
    "16 bits": {"picture": (a_picture() * 16).astype("<u2"), "BitsStored": 16, "WindowCenter": "32768"},
}


@pytest.mark.parametrize("name", FILMS)
def test_the_viewer_shows_what_every_reader_sees(name):
    film = a_film(**FILMS[name])
    np.testing.assert_allclose(
        shown(frame_of(film)),
        film_pixels(film, "application/dicom"),
        atol=2e-3 if name == "no window" else 1e-5,
    )


@pytest.mark.parametrize("name", FILMS)
def test_no_modality_value_is_lost_on_the_way(name):
    changes = FILMS[name]
    stored = changes.get("picture", a_picture()).astype(float)
    slope, intercept = float(changes.get("RescaleSlope", 1)), float(changes.get("RescaleIntercept", 0))
    frame = frame_of(a_film(**changes))
    assert frame.pixels.dtype == np.int16
    np.testing.assert_allclose(values(frame), stored * slope + intercept, atol=1e-9)
    assert frame.slope > 0


def test_a_curve_that_is_s_shaped_is_said_to_be():
    frame = frame_of(a_film(VOILUTFunction="SIGMOID"))
    assert frame.sigmoid
    assert (frame.windows[0].lower, frame.windows[0].upper) == (0, 4096)
    assert not frame_of(a_film()).sigmoid


def test_windows_of_the_file_come_first_then_those_by_tissue():
    names = [w.name for w in frame_of(a_film()).windows]
    assert names == ["As acquired", "Lung", "Mediastinum and bone"]
    several = a_film(
        WindowCenter=r"2048\1000\bad\3000",
        WindowWidth=r"4096\500\100\0",
        WindowCenterWidthExplanation="NORMAL\\HARDER\u202e\\X\\Y",
    )
    found = frame_of(several).windows
    assert [w.name for w in found] == ["As acquired", "HARDER", "Lung", "Mediastinum and bone"]
    assert (found[1].lower, found[1].upper) == (750, 1249)


@pytest.mark.parametrize("photometry", ["MONOCHROME1", "MONOCHROME2"])
def test_the_window_for_lung_spreads_the_dark_end(photometry):
    frame = frame_of(a_film(PhotometricInterpretation=photometry))
    dark = film_pixels(a_film(PhotometricInterpretation=photometry), "application/dicom") < 0.3
    whole, lung, dense = (shown(frame, n) for n in range(3))
    assert lung[dark].std() > 1.5 * whole[dark].std()
    assert dense[~dark].std() > whole[~dark].std()
    assert dense[dark].mean() < 0.05


def test_padding_does_not_decide_the_windows():
    picture = a_picture()
    picture[:, :30] = 0
    padded = frame_of(a_film(picture=picture, PixelPaddingValue=0))
    assert padded.windows[1].lower > 1000 > frame_of(a_film(picture=picture)).windows[1].lower


def spaced(**fields):
    dataset = Dataset()
    for name, value in fields.items():
        setattr(dataset, name, value)
    return spacing_of(dataset)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"ImagerPixelSpacing": [0.15, 0.14]}, (0.15, 0.14, False, "")),
        ({"ImagerPixelSpacing": [0.15, 0.15], "PixelSpacing": [0.15, 0.15]}, (0.15, 0.15, False, "")),
        ({"ImagerPixelSpacing": [0.15, 0.15], "PixelSpacing": [0.13, 0.13]}, (0.15, 0.15, False, "")),
        ({"PixelSpacing": [0.13, 0.13]}, (0.13, 0.13, False, "")),
        (
            {
                "ImagerPixelSpacing": [0.15, 0.15],
                "PixelSpacing": [0.13, 0.13],
                "PixelSpacingCalibrationType": "FIDUCIAL",
            },
            (0.13, 0.13, True, "an object of known size"),
        ),
        (
            {"PixelSpacing": [0.13, 0.12], "PixelSpacingCalibrationType": "GEOMETRY"},
            (0.13, 0.12, True, "the geometry of the exposure"),
        ),
        ({"PixelSpacingCalibrationType": "FIDUCIAL"}, None),
        ({"PixelSpacing": [0.13, 0.13], "PixelSpacingCalibrationType": "GUESS"}, (0.13, 0.13, False, "")),
        ({"ImagerPixelSpacing": [0, 0.15]}, None),
        ({"ImagerPixelSpacing": [-1, -1]}, None),
        ({"ImagerPixelSpacing": [0.15]}, None),
    ],
)
def test_millimetres_in_the_patient_need_a_calibration(fields, expected):
    found = spaced(**fields)
    assert (found and (found.row_mm, found.column_mm, found.calibrated, found.by)) == expected


def test_a_film_larger_than_a_graphics_card_takes_is_averaged_and_says_so():
    picture = a_picture(4100, 60)
    frame = frame_of(a_film(picture=picture, ImagerPixelSpacing=r"0.1\0.1"))
    assert (frame.reduced, frame.pixels.shape) == (2, (2050, 30))
    assert (frame.spacing.row_mm, frame.spacing.column_mm) == (0.2, 0.2)
    block = picture[:2, :2].mean()
    assert abs(frame.pixels[0, 0] - block) <= 0.5
    assert frame_of(a_film(picture=a_picture(LONGEST_SIDE, 40))).reduced == 1
    odd = frame_of(a_film(picture=a_picture(4101, 61)))
    assert odd.pixels.shape == (2051, 31)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_photo_has_greys_and_no_scale(kind):
    photo = a_photo(kind)
    frame = frame_of(photo)
    assert (frame.spacing, frame.windows[0].lower, frame.windows[0].upper) == (None, 0, 255)
    np.testing.assert_allclose(shown(frame), film_pixels(photo, f"image/{kind.lower()}"), atol=1e-6)


def test_a_deep_png_keeps_its_16_bits():
    deep = (a_picture().astype(np.int32) * 15).astype(np.uint16)
    out = io.BytesIO()
    Image.fromarray(deep).save(out, "PNG")
    np.testing.assert_array_equal(values(frame_of(out.getvalue())), deep)


def test_a_table_of_greys_is_applied_before_the_window():
    table = np.linspace(0, 1023, 4096).astype("<u2") ** 2 // 1023
    lut = element(0x00283002, "US", struct.pack("<HHH", 4096, 0, 10)) + element(
        0x00283006, "OW", table.astype("<u2").tobytes()
    )
    item = struct.pack("<HHI", 0xFFFE, 0xE000, len(lut)) + lut
    film = a_film(extra=element(0x00283010, "SQ", item))
    np.testing.assert_allclose(shown(frame_of(film)), film_pixels(film, "application/dicom"), atol=1e-3)


def test_what_is_packed_names_nobody_and_can_be_unpacked():
    frame = frame_of(a_film(ImagerPixelSpacing=r"0.15\0.15", RescaleSlope="-1", RescaleIntercept="0"))
    assert frame.pixels.min() < -300, "negative values travel too"
    head, pixels = unpacked(packed(frame))
    np.testing.assert_array_equal(pixels, frame.pixels)
    assert head["spacing"] == {"row_mm": 0.15, "column_mm": 0.15, "calibrated": False, "by": ""}
    assert set(head) == {
        "rows",
        "columns",
        "slope",
        "intercept",
        "windows",
        "sigmoid",
        "inverted",
        "spacing",
        "reduced",
    }
    body = gzip.decompress(packed(frame))
    assert not any(word.encode() in body for word in CANARY.split("^"))


def test_the_child_answers_the_same_frame():
    film = a_film()
    assert quarantine.film_frame(film) == packed(frame_of(film))


def outcome(data):
    try:
        return quarantine.film_frame(data), ""
    except UnreadableFilm as refused:
        return b"", str(refused)


@pytest.mark.parametrize("name", HOSTILE)
def test_req_41_a_hostile_file_gives_a_sentence_instead_of_a_frame(name):
    packed_frame, reason = outcome(HOSTILE[name].make())
    assert "Canary" not in reason
    if reason:
        assert reason.endswith(".")
    else:  # what is refused on arrival for what it says, not for its pixels
        head, pixels = unpacked(packed_frame)
        assert pixels.shape == (head["rows"], head["columns"])


def test_neither_film_nor_picture_is_refused():
    with pytest.raises(UnreadableFilm, match="DICOM, PNG and JPEG"):
        quarantine.film_frame(b"nothing of the kind")
