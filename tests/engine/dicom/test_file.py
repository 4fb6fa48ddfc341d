import contextlib
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dicom.file import MAX_DEPTH, media_type_of, open_dicom, plain
from tests.phantoms import a_film, a_photo, a_zip, dataset_bytes, nested, part10
from triage.errors import UnreadableFilm

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (a_film(), "application/dicom"),
        (a_photo("PNG"), "image/png"),
        (a_photo("JPEG"), "image/jpeg"),
        (a_zip({"a": b"b"}), "application/zip"),
        (b"%PDF-1.7", ""),
        (b"", ""),
    ],
)
def test_the_first_bytes_decide_not_the_name(data, media_type):
    assert media_type_of(data) == media_type


def test_a_program_in_the_preamble_does_not_hide_a_film():
    assert media_type_of(a_film(preamble=b"PK\x03\x04")) == "application/dicom"


def test_a_good_film_opens():
    assert open_dicom(a_film()).Rows == 96


@pytest.mark.parametrize("sized", [True, False])
def test_ordinary_nesting_opens_and_deep_nesting_does_not(sized):
    assert open_dicom(a_film(extra=nested(4, sized=sized)))
    assert open_dicom(a_film(extra=nested(MAX_DEPTH - 1, sized=sized)))
    with pytest.raises(UnreadableFilm, match="too deeply"):
        open_dicom(a_film(extra=nested(MAX_DEPTH + 1, sized=sized)))


@pytest.mark.filterwarnings("ignore")  # of pydicom
@given(st.binary(max_size=600))
@settings(max_examples=150)
def test_noise_after_the_mark_raises_only_our_error(noise):
    for data in (noise, bytes(128) + b"DICM" + noise, part10(noise), part10(dataset_bytes()[:900] + noise)):
        with contextlib.suppress(UnreadableFilm):
            open_dicom(data)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("  Jane \r\n Doe\t", "Jane Doe"),
        ("\x1b[31mred", "[31mred"),
        ("abc\u202edcb\u2066x\u200b", "abcdcbx"),
        ("nul\x00byte", "nulbyte"),
        (None, ""),
        ("x" * 999, "x" * 256),
        ("Зоренко 山田 O'Dálaigh", "Зоренко 山田 O'Dálaigh"),
    ],
)
def test_header_text_is_harmless(written, shown):
    assert plain(written) == shown


def test_req_32_what_pydicom_complains_about_never_reaches_the_log():
    film = a_film(PatientName="Canary\x1b$Q^Kestrel", PatientBirthDate="CANARY", StudyInstanceUID="CANARY.1")
    code = (
        "import sys; from engine.dicom.file import open_dicom; from engine.dicom.pixels import film_pixels\n"
        "data = sys.stdin.buffer.read(); film_pixels(data, 'application/dicom')\n"
        "d = open_dicom(data); print([str(d[k].value) != '' for k in ('PatientName', 'PatientBirthDate')])"
    )
    said = subprocess.run(
        [sys.executable, "-W", "default", "-c", code], input=film, capture_output=True, cwd=ROOT, check=True
    )
    assert said.stdout.strip() == b"[True, True]"
    assert b"canary" not in said.stderr.lower()
    assert said.stderr == b""
