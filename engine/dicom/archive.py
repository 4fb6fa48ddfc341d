"""A zip of films, opened with a counter running: nothing is written under a name from inside it."""

import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from engine.dicom.file import MAX_FILE_BYTES, media_type_of, plain

MAX_MEMBERS = 5000
MAX_UNPACKED_BYTES = 2 * 1024**3
MAX_RATIO = 100  # a film packs four to ten times smaller, a bomb a thousand times
HARMLESS_BYTES = 32 * 1024**2  # below this the ratio does not matter
_CHUNK = 1024**2


@dataclass(frozen=True)
class Member:
    """One entry of an archive: its bytes, or the reason why they were not taken."""

    name: str
    data: bytes | None
    reason: str = ""


def unpack(data: bytes, name: str) -> Iterator[Member]:
    """Take the files out of an uploaded zip, one at a time, into memory only.

    Args:
        data: the archive as it arrived.
        name: what the sender called it, for the message about the archive as a whole.

    Returns: every entry once; an entry that is refused carries the reason and no bytes, and the rest goes on.
    """
    if data.count(b"PK\x01\x02") > MAX_MEMBERS:
        yield Member(plain(name), None, f"The archive holds more than {MAX_MEMBERS} files.")
        return
    try:
        archive = ZipFile(BytesIO(data))
    except (BadZipFile, OSError, ValueError, NotImplementedError):
        yield Member(plain(name), None, "The zip archive is damaged and cannot be opened.")
        return
    left = MAX_UNPACKED_BYTES
    with archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            member = _member(archive, info, left)
            left -= len(member.data or b"")
            yield member


def _member(archive: ZipFile, info: ZipInfo, left: int) -> Member:
    shown = _shown_name(info.filename)
    reason = _refusal(info)
    if reason:
        return Member(shown, None, reason)
    try:
        data = _read(archive, info, min(left, MAX_FILE_BYTES))
    except (BadZipFile, OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zlib.error):
        return Member(shown, None, "The entry is damaged: its bytes do not unpack.")
    if data is None:
        return Member(shown, None, "The entry unpacks to far more than a film; it looks like a zip bomb.")
    if media_type_of(data) == "application/zip":
        return Member(shown, None, "Archives inside archives are not opened.")
    return Member(shown, data)


def _refusal(info: ZipInfo) -> str:
    if info.flag_bits & 0x1:
        return "The entry is encrypted; send it without a password."
    if stat.S_ISLNK(info.external_attr >> 16):
        return "The entry is a link, not a file."
    if info.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        return "The entry is packed in a way Firstread does not open; use an ordinary zip."
    return ""


def _read(archive: ZipFile, info: ZipInfo, most: int) -> bytes | None:
    """The bytes of an entry, or None once they grow past what a film can be; the declared size is not believed."""
    most = min(most, max(HARMLESS_BYTES, info.compress_size * MAX_RATIO))
    parts, taken = [], 0
    with archive.open(info) as stream:
        while chunk := stream.read(_CHUNK):
            taken += len(chunk)
            if taken > most:
                return None
            parts.append(chunk)
    return b"".join(parts)


def _shown_name(name: str) -> str:
    steps = plain(name).replace("\\", "/").split("/")
    return "/".join(step for step in steps if step not in {"", ".", ".."}) or "unnamed"
