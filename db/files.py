"""Bytes under their sha256: on a disk, or wherever fsspec reaches."""

import os
import re
import secrets
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from db.errors import FileDamaged, FileMissing, FileOutOfReach, StorageError

_NAME = re.compile(r"[0-9a-f]{64}")
_INCOMING = "incoming"
_ABANDONED_S = 3600.0


class FileStore:
    """Films, heatmaps and signatures, each kept once under the hash of its bytes; see triage.ports.FileStore.

    Args:
        place: a folder, or an address fsspec understands (`s3://bucket/folder`).
    """

    def __init__(self, place: str | os.PathLike[str]) -> None:
        self._fs: Any
        self._fs, root = fsspec.core.url_to_fs(os.fspath(place))
        self._root = str(root).rstrip("/")
        self._local = isinstance(self._fs, LocalFileSystem)
        if self._local:
            self._sweep()

    def save(self, data: bytes) -> str:
        """Keep bytes; after this returns they survive a power cut.

        Returns: their sha256, the name they are found under. The same bytes are kept once.
        """
        name = sha256(data).hexdigest()
        if self._holds(name, data):
            return name
        if self._local:
            self._write(Path(self._path(name)), data)
        else:
            self._fs.pipe_file(self._path(name), data)
        return name

    def load(self, sha256: str) -> bytes:
        """The bytes under this hash, checked against it.

        Raises: FileMissing. FileDamaged: what lies there is something else. FileOutOfReach: the store does not hand it
            out; a person reads the study meanwhile.
        """
        try:
            data: bytes = self._fs.cat_file(self._path(sha256))
        except FileNotFoundError as e:
            raise FileMissing(
                f"The file {sha256[:12]} is not in the file store; restore it from a backup."
            ) from e
        except OSError as e:
            raise FileOutOfReach(
                f"The file {sha256[:12]} cannot be read from the file store; look at its rights and its network."
            ) from e
        if _sha256(data) != sha256:
            raise FileDamaged(f"The file {sha256[:12]} has changed on disk; restore it from a backup.")
        return data

    def _path(self, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise FileMissing("This is not the name of a file in the file store.")
        return f"{self._root}/{name[:2]}/{name[2:4]}/{name}"

    def _holds(self, name: str, data: bytes) -> bool:
        """Say whether these bytes lie there already; damaged ones are written anew."""
        try:
            return bool(self._fs.cat_file(self._path(name)) == data)
        except FileNotFoundError:
            return False

    def _write(self, file: Path, data: bytes) -> None:
        """Write beside, make it last, then give it its name: nobody ever sees half a film."""
        incoming = Path(self._root, _INCOMING)
        Path(self._root).mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (incoming, file.parent.parent, file.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        fresh = incoming / secrets.token_hex(16)
        try:
            with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            fresh.replace(file)
            for folder in (file.parent, file.parent.parent, Path(self._root)):
                _sync(folder)
        except OSError as e:
            fresh.unlink(missing_ok=True)
            raise StorageError(f"The file could not be saved: {e.strerror}.") from e

    def _sweep(self) -> None:
        """Remove what was half-written when a process died."""
        incoming = Path(self._root, _INCOMING)
        for left in incoming.glob("*") if incoming.is_dir() else ():
            with suppress(FileNotFoundError):
                if time.time() - left.stat().st_mtime > _ABANDONED_S:
                    left.unlink()


def _sha256(data: bytes) -> str:
    return sha256(data).hexdigest()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
