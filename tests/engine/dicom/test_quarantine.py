import re
import threading
import time

import psutil
import pytest

from engine.dicom import quarantine
from engine.dicom.file import MAX_FILE_BYTES
from engine.dicom.quarantine import Outcome, examine, without_preamble
from tests.phantoms import CANARY, HOSTILE, a_film, a_photo, a_picture


@pytest.fixture(scope="module", autouse=True)
def _children_end():
    yield
    quarantine.close()


def children():
    return [p for p in psutil.Process().children() if "engine.dicom.quarantine" in p.cmdline()]


def a_large_film():
    return a_film(picture=a_picture(6000, 6000), WindowWidth=None, WindowCenter=None)


@pytest.mark.parametrize("name", HOSTILE)
def test_req_41_a_hostile_file_gets_a_sentence_and_hurts_nobody(name):
    started = time.monotonic()
    examined = examine(HOSTILE[name].make(), name)
    assert time.monotonic() - started < 10
    assert examined.outcome is Outcome.REJECTED
    assert examined.header is None
    assert re.search(HOSTILE[name].says, examined.reason), examined.reason
    assert re.fullmatch(r"[A-Z][^\n]{5,160}\.", examined.reason), examined.reason
    assert "Canary" not in examined.reason
    assert examine(a_film(), "next").outcome is Outcome.ACCEPTED


def test_an_accepted_film_brings_its_header():
    examined = examine(a_film(), "film\x1b[31m.dcm\n")
    assert (examined.outcome, examined.reason) == (Outcome.ACCEPTED, "")
    assert (examined.rows, examined.columns, examined.media_type) == (96, 80, "application/dicom")
    assert examined.header == quarantine.read_header(a_film())
    assert examined.name == "film[31m.dcm"


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_photo_has_pixels_and_no_header(kind):
    examined = examine(a_photo(kind), "photo")
    assert examined.outcome is Outcome.ACCEPTED
    assert (examined.rows, examined.columns, examined.header) == (96, 80, None)
    assert examined.media_type == f"image/{kind.lower()}"


def test_a_film_of_nobody_waits_for_a_person():
    examined = examine(a_film(PatientID=None), "film")
    assert examined.outcome is Outcome.QUARANTINED
    assert "Patient ID" in examined.reason
    assert examined.header is not None


def test_a_film_with_burnt_in_text_waits_for_a_person():
    assert examine(a_film(BurnedInAnnotation="YES"), "film").outcome is Outcome.QUARANTINED
    assert examine(a_film(BurnedInAnnotation="NO"), "film").outcome is Outcome.ACCEPTED


def test_the_child_is_reused():
    examine(a_film(), "one")
    first = {p.pid for p in children()}
    examine(a_film(), "two")
    assert first
    assert {p.pid for p in children()} == first


def test_a_child_that_died_waiting_is_replaced():
    examine(a_film(), "one")
    for child in children():
        child.kill()
        child.wait(5)
    assert examine(a_film(), "two").outcome is Outcome.ACCEPTED


def test_a_file_that_kills_the_child_is_refused():
    film, answers = a_large_film(), []
    quarantine.close()
    thread = threading.Thread(target=lambda: answers.append(examine(film, "killer")))
    thread.start()
    while not children():
        time.sleep(0.01)
    time.sleep(0.1)
    for child in children():
        child.kill()
    thread.join(30)
    assert answers[0].outcome is Outcome.REJECTED
    assert "fall over" in answers[0].reason
    assert examine(a_film(), "next").outcome is Outcome.ACCEPTED


def test_a_file_that_takes_too_long_is_refused(monkeypatch):
    film = a_large_film()
    monkeypatch.setattr(quarantine, "WALL_S", 0.2)
    examined = examine(film, "slow")
    assert (examined.outcome, "too long" in examined.reason) == (Outcome.REJECTED, True)


def test_the_child_has_limits_and_no_secrets(monkeypatch):
    quarantine.close()
    monkeypatch.setenv("FIRSTREAD_COOKIE_SECRET", "canary")
    examine(a_film(), "film")
    (child,) = children()
    assert child.rlimit(psutil.RLIMIT_AS) == (2 * 1024**3, 2 * 1024**3)
    assert child.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
    assert 1 < child.rlimit(psutil.RLIMIT_CPU)[0] < 40
    assert "canary" not in str(child.environ())


def test_two_files_at_once_are_examined_side_by_side():
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(examine(a_film(), "film"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [a.outcome for a in answers] == [Outcome.ACCEPTED] * 6
    assert len(children()) <= quarantine.CHILDREN


def test_a_file_beyond_all_bounds_never_reaches_the_child():
    quarantine.close()
    assert "larger than" in examine(bytes(MAX_FILE_BYTES + 1), "huge").reason
    assert children() == []


def test_req_43_the_preamble_is_zeroed_before_storing():
    film = a_film(preamble=b"MZ\x90\x00 this program cannot be run")
    stored = without_preamble(film)
    assert stored[:128] == bytes(128)
    assert stored[128:] == film[128:]
    assert without_preamble(b"\x89PNG and the rest") == b"\x89PNG and the rest"


def test_a_tiff_preamble_stays():
    film = a_film(preamble=b"II*\x00dual")
    assert without_preamble(film) == film


def test_the_reason_never_quotes_the_patient():
    examined = examine(a_film(Modality="MR", PatientName=CANARY), "film")
    assert "Canary" not in examined.reason
