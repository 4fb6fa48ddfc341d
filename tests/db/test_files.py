import os
import stat
import time
from hashlib import sha256
from pathlib import Path

import fsspec
import pytest

from db.errors import FileDamaged, FileMissing, FileOutOfReach, StorageError
from db.files import FileStore
from triage.errors import UnreadableFilm

FILM = b"\x00\x01film\xff" * 100
NAME = sha256(FILM).hexdigest()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "files"


@pytest.fixture(params=["local", "memory"])
def store(request, folder):
    if request.param == "local":
        return FileStore(folder)
    fsspec.filesystem("memory").store.clear()
    return FileStore("memory://bucket/films")


def kept(folder: Path) -> Path:
    return folder / NAME[:2] / NAME[2:4] / NAME


def test_bytes_come_back_under_their_hash(store):
    assert store.save(FILM) == NAME
    assert store.load(NAME) == FILM
    assert store.load(store.save(b"")) == b""


def test_the_same_bytes_are_kept_once(folder):
    store = FileStore(folder)
    store.save(FILM)
    first = kept(folder).stat()
    store.save(FILM)
    assert kept(folder).stat() == first
    assert sum(path.is_file() for path in folder.rglob("*")) == 1


@pytest.mark.parametrize("store", ["local"], indirect=True)
def test_a_file_that_cannot_be_opened_sends_its_study_to_a_person(store, folder):
    store.save(FILM)
    kept(folder).unlink()
    kept(folder).mkdir()  # a folder cannot be opened, whoever asks; rights would not stop root
    with pytest.raises(FileOutOfReach, match="cannot be read from the file store") as refused:
        store.load(NAME)
    assert isinstance(refused.value, UnreadableFilm)


def test_what_is_not_there_is_said_so(store):
    with pytest.raises(FileMissing, match=f"{NAME[:12]} is not in the file store"):
        store.load(NAME)


@pytest.mark.parametrize(
    "name", ["", "../../etc/passwd", NAME.upper(), NAME[:-1], f"{NAME}\n", "..", f"{NAME}/x"]
)
def test_nothing_but_a_hash_is_looked_up(store, name):
    with pytest.raises(FileMissing, match="not the name of a file"):
        store.load(name)


@pytest.mark.parametrize("damage", [FILM[:-1], FILM + b" ", b"", FILM.replace(b"film", b"Film", 1)])
def test_damaged_bytes_are_not_given_out(folder, damage):
    store = FileStore(folder)
    store.save(FILM)
    kept(folder).write_bytes(damage)
    with pytest.raises(FileDamaged, match="has changed on disk"):
        store.load(NAME)


def test_saving_again_mends_what_was_damaged(folder):
    store = FileStore(folder)
    store.save(FILM)
    kept(folder).write_bytes(b"rot")
    store.save(FILM)
    assert store.load(NAME) == FILM


def test_files_and_folders_are_for_us_alone(folder):
    FileStore(folder).save(FILM)
    assert stat.S_IMODE(kept(folder).stat().st_mode) == 0o600
    assert {stat.S_IMODE(p.stat().st_mode) for p in (folder, *kept(folder).parents[:2])} == {0o700}


def test_nothing_half_written_is_ever_found(folder, monkeypatch):
    """Power fails between writing and naming."""
    store = FileStore(folder)

    def cut(_handle):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", cut)
    with pytest.raises(StorageError, match="could not be saved: Input/output error"):
        store.save(FILM)
    monkeypatch.undo()
    assert not [path for path in folder.rglob("*") if path.is_file()]
    with pytest.raises(FileMissing):
        store.load(NAME)


def test_bytes_folder_and_parents_are_on_disk_before_it_returns(folder, monkeypatch):
    synced, sync = [], os.fsync

    def watched(handle):
        synced.append(Path(f"/proc/self/fd/{handle}").readlink())
        sync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    FileStore(folder).save(FILM)
    assert synced[0].parent.name == "incoming"
    assert synced[1:] == [*kept(folder).parents[:3]]


def test_what_a_dead_process_left_is_swept_at_the_next_start_and_what_is_being_written_stays(folder):
    FileStore(folder).save(FILM)
    old, young = folder / "incoming" / "old", folder / "incoming" / "young"
    for left in (old, young):
        left.write_bytes(b"half")
    long_ago = time.time() - 7200
    os.utime(old, (long_ago, long_ago))
    store = FileStore(folder)
    assert not old.exists()
    assert young.exists()
    assert store.load(NAME) == FILM


def test_a_place_may_be_an_address(folder):
    FileStore(f"file://{folder}").save(FILM)
    assert FileStore(str(folder)).load(NAME) == FILM
