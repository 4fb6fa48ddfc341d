import io
import stat
import zipfile

import pytest

from engine.dicom import archive
from engine.dicom.archive import unpack
from tests.phantoms import a_film, a_zip


def reasons(data):
    return {member.name: member.reason for member in unpack(data, "upload.zip")}


def test_every_film_comes_out_with_its_bytes():
    films = {"a.dcm": a_film(), "ward/b.dcm": a_film(SOPInstanceUID="2.25.5")}
    taken = {m.name: m.data for m in unpack(a_zip(films), "upload.zip")}
    assert taken == films


def test_a_folder_entry_is_no_file():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        zipped.mkdir("ward")
        zipped.writestr("ward/a.dcm", a_film())
    assert reasons(out.getvalue()) == {"ward/a.dcm": ""}


@pytest.mark.parametrize(
    ("inside", "shown"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/cron.d/x", "etc/cron.d/x"),
        ("..\\..\\x.dcm", "x.dcm"),
        ("C:\\x.dcm", "C:/x.dcm"),
        ("a\r\nb.dcm", "ab.dcm"),
        ("\u202egnp.exe", "gnp.exe"),
    ],
)
def test_a_name_from_inside_is_only_ever_shown(inside, shown, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (member,) = unpack(a_zip({inside: a_film()}), "upload.zip")
    assert (member.name.replace("a b", "ab"), member.data) == (shown, a_film())
    assert list(tmp_path.iterdir()) == []


def test_a_bomb_is_stopped_while_it_unpacks():
    data = a_zip({"bomb.dcm": bytes(200 * 1024**2), "good.dcm": a_film()}, compresslevel=9)
    assert "zip bomb" in reasons(data)["bomb.dcm"]
    assert reasons(data)["good.dcm"] == ""


def test_the_sum_of_all_entries_is_bounded(monkeypatch):
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 3 * len(a_film()) - 1)
    data = a_zip({f"{n}.dcm": a_film() for n in range(3)})
    assert [bool(reason) for reason in reasons(data).values()] == [False, False, True]


def test_too_many_entries_are_refused_as_a_whole():
    data = a_zip({f"{n}.dcm": b"" for n in range(archive.MAX_MEMBERS + 1)})
    (member,) = unpack(data, "upload.zip")
    assert (member.name, member.data) == ("upload.zip", None)
    assert "5000" in member.reason


def test_an_archive_in_an_archive_stays_closed():
    data = a_zip({"inner.dcm": a_zip({"a.dcm": a_film()}), "good.dcm": a_film()})
    assert "inside archives" in reasons(data)["inner.dcm"]
    assert reasons(data)["good.dcm"] == ""


def test_a_link_is_skipped_with_a_reason():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        link = zipfile.ZipInfo("link.dcm")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        zipped.writestr(link, "/etc/passwd")
        zipped.writestr("good.dcm", a_film())
    assert "link" in reasons(out.getvalue())["link.dcm"]
    assert reasons(out.getvalue())["good.dcm"] == ""


def test_an_encrypted_entry_is_refused():
    data = bytearray(a_zip({"a.dcm": a_film()}))
    data[6] |= 1  # the local header's flag
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in reasons(bytes(data))["a.dcm"]


def test_an_unusual_packing_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as zipped:
        zipped.writestr("a.dcm", a_film())
    assert "ordinary zip" in reasons(out.getvalue())["a.dcm"]


def test_a_damaged_entry_does_not_stop_the_batch():
    data = bytearray(a_zip({"bad.dcm": a_film(), "good.dcm": a_film()}))
    data[60:90] = bytes(30)
    assert "damaged" in reasons(bytes(data))["bad.dcm"]
    assert reasons(bytes(data))["good.dcm"] == ""


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 and nothing", a_zip({"a.dcm": a_film()})[:-30]])
def test_a_damaged_archive_is_one_sentence(data):
    (member,) = unpack(data, "upload.zip")
    assert "damaged" in member.reason


def test_a_lying_size_is_not_believed():
    film = a_film()
    data = bytearray(a_zip({"a.dcm": film}))
    central = data.rindex(b"PK\x01\x02")
    data[central + 24 : central + 28] = (100).to_bytes(4, "little")
    (member,) = unpack(bytes(data), "upload.zip")
    assert member.data is None
