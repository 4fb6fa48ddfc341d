"""Strangers' files are opened by a child that may die; the parent only hears an outcome and a reason."""

import atexit
import dataclasses
import io
import json
import os
import resource
import signal
import struct
import subprocess
import sys
import threading
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from consent.record import PatientId
from engine.dicom.file import MAX_FILE_BYTES, media_type_of, plain
from engine.dicom.frame import frame_of, packed
from engine.dicom.header import Header, read_header
from engine.dicom.pixels import check_shown, film_pixels
from triage.errors import UnreadableFilm
from triage.study import Patient, Sex

MEMORY_BYTES, CPU_S, WALL_S = 2 * 1024**3, 20, 30.0
CHILDREN = 2
_EXAMINE, _FRAME = b"E", b"F"
_ROOT = Path(__file__).resolve().parents[2]
_TIFF = (b"II*\x00", b"MM\x00*")


class Outcome(StrEnum):
    """What becomes of an arrived file."""

    ACCEPTED = "accepted"
    QUARANTINED = "quarantined"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Examined:
    """One arrived file after a stranger's look at it.

    `reason` is a sentence for the person at the screen, "" for an accepted file. `header` is None for a rejected
    file and for PNG and JPEG, which have none (see `header.photo_header`). `rows` and `columns` are in pixels.
    """

    name: str
    outcome: Outcome
    reason: str
    media_type: str = ""
    rows: int = 0
    columns: int = 0
    header: Header | None = None


def examine(data: bytes, name: str) -> Examined:
    """Say whether a file is a chest film that can be read, without trusting a byte of it.

    It is opened in a child process with 2 GB of memory, 20 s of processor and 30 s of wall time. A file that kills
    the child is refused; the caller never falls.

    Args:
        data: the whole file as it arrived.
        name: what the sender called it, for the message only.
    """
    shown = plain(name)
    if len(data) > MAX_FILE_BYTES:
        return Examined(shown, Outcome.REJECTED, f"The file is larger than {MAX_FILE_BYTES // 1024**2} MB.")
    answer, _ = _asked(_EXAMINE, data)
    return Examined(
        shown,
        Outcome(answer["outcome"]),
        answer["reason"],
        answer.get("media_type", ""),
        answer.get("rows", 0),
        answer.get("columns", 0),
        _header(answer["header"]) if answer.get("header") else None,
    )


def film_frame(data: bytes) -> bytes:
    """A film on file as a viewer wants it, `engine.dicom.frame.packed`; decoded in the same child as a stranger's.

    Raises: UnreadableFilm: the sentence says why the pixels cannot be shown.
    """
    answer, frame = _asked(_FRAME, data)
    if answer["outcome"] != Outcome.ACCEPTED:
        raise UnreadableFilm(answer["reason"])
    return frame


def _asked(question: bytes, data: bytes) -> tuple[dict[str, Any], bytes]:
    with _slots:
        child = _ready_child()
        answer = child.ask(question, data)
        if child.alive:
            _idle.put(child)
    return answer


def without_preamble(data: bytes) -> bytes:
    """The file as it may be stored: a DICOM preamble can hide a program, so it is zeroed (a TIFF one stays).

    Source: DICOM PS3.10 section 7.1; CVE-2019-11687.
    """
    if data[128:132] != b"DICM" or data.startswith(_TIFF):
        return data
    return bytes(128) + data[128:]


class _Child:
    """One process that opens files, one after the other, until one kills it."""

    def __init__(self) -> None:
        environment = {"PATH": os.defpath, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "engine.dicom.quarantine"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            env=environment,  # no secret of the parent reaches a process that opens strangers' files
        )

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def ask(self, question: bytes, data: bytes) -> tuple[dict[str, Any], bytes]:
        late = threading.Event()
        timer = threading.Timer(WALL_S, self._end, [late])
        timer.start()
        try:
            return self._exchange(question, data)
        except (OSError, struct.error, ValueError):
            self.close()
            too_long = late.is_set() or self.process.returncode == -signal.SIGXCPU
            why = "took too long to open" if too_long else "made its reader fall over"
            return {"outcome": "rejected", "reason": f"The file {why} and was refused."}, b""
        finally:
            timer.cancel()

    def _exchange(self, question: bytes, data: bytes) -> tuple[dict[str, Any], bytes]:
        to_child, from_child = self.process.stdin, self.process.stdout
        assert to_child is not None
        assert from_child is not None
        to_child.write(question + struct.pack(">Q", len(data)))
        to_child.write(data)
        to_child.flush()
        words, pixels = struct.unpack(">II", from_child.read(8))
        answer: dict[str, Any] = json.loads(from_child.read(words))
        return answer, from_child.read(pixels)

    def _end(self, late: threading.Event) -> None:
        late.set()
        self.process.kill()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            try:
                if pipe is not None:
                    pipe.close()
            except OSError:  # what was still to be written has nobody to read it
                continue


_idle: SimpleQueue[_Child] = SimpleQueue()
_slots = threading.BoundedSemaphore(CHILDREN)


def _ready_child() -> _Child:
    try:
        while True:
            child = _idle.get_nowait()
            if child.alive:
                return child
            child.close()
    except Empty:
        return _Child()


@atexit.register
def close() -> None:
    """End the waiting children; the next file starts a new one."""
    try:
        while True:
            _idle.get_nowait().close()
    except Empty:
        return


def _header(fields: Mapping[str, Any]) -> Header:
    patient = fields["patient"]
    born, studied = patient["birth_date"], fields["studied_at"]
    whom = Patient(
        PatientId(**patient["patient_id"]),
        patient["name"],
        date.fromisoformat(born) if born else None,
        Sex(patient["sex"]),
    )
    at = datetime.fromisoformat(studied) if studied else None
    return Header(**{**fields, "patient": whom, "studied_at": at})


# ── in the child ──────────────────────────────────────────────────────────────────────────────────────


def opinion(data: bytes) -> dict[str, object]:
    """Open one file as far as a film goes: its header, and its pixels decoded once.

    Raises: UnreadableFilm: with the reason, and whatever else a malformed file provokes.
    """
    media_type = media_type_of(data)
    if media_type in {"", "application/zip"}:
        raise UnreadableFilm(_stranger(data, media_type))
    header = read_header(data) if media_type == "application/dicom" else None
    film = film_pixels(data, media_type)
    check_shown(film)
    rows, columns = film.shape
    answer: dict[str, object] = {"media_type": media_type, "rows": rows, "columns": columns}
    if header is None:
        return answer | {"outcome": "accepted", "reason": ""}
    reason = _doubt(header)
    fields = dataclasses.asdict(header)
    return answer | {"outcome": "quarantined" if reason else "accepted", "reason": reason, "header": fields}


def _stranger(data: bytes, media_type: str) -> str:
    if not data:
        return "The file is empty."
    if media_type == "application/zip":
        return "The file is a zip archive inside another; unpack it first."
    return "The file is neither DICOM, PNG nor JPEG."


def _doubt(header: Header) -> str:
    if not header.patient.patient_id.value:
        return "The film carries no Patient ID, so nobody can say whose it is."
    if header.burnt_in:
        return "The film says that text is burnt into its pixels; a person must look at it first."
    return ""


def answer_to(question: bytes, data: bytes) -> tuple[dict[str, object], bytes]:
    """The opinion on one file, or its frame, or the reason why there is neither.

    This is the one place where everything is caught: malformed files raise at least eight kinds of exception
    (docs/safety.md), and each of them means the same, that the file is refused.
    """
    try:
        if question == _FRAME:
            return {"outcome": "accepted"}, packed(frame_of(data))
        return opinion(data), b""
    except UnreadableFilm as error:
        why = str(error)
    except MemoryError:
        why = "The file needs more memory than a film may take."
    except Exception as error:  # noqa: BLE001 - the documented boundary
        why = f"The file is damaged and cannot be opened ({type(error).__name__})."
    return {"outcome": "rejected", "reason": why}, b""


def _limit_time() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + CPU_S + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def main() -> None:
    """Answer files from standard input until it closes."""
    warnings.simplefilter("ignore")  # a warning may quote a patient's values
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # decoders that print must not garble the answers
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    files: io.BufferedIOBase = sys.stdin.buffer  # type: ignore[assignment]
    while len(prefix := files.read(9)) == 9:
        _limit_time()
        data = files.read(struct.unpack(">Q", prefix[1:])[0])
        answer, pixels = answer_to(prefix[:1], data)
        reply = json.dumps(answer, default=str).encode()
        answers.write(struct.pack(">II", len(reply), len(pixels)) + reply + pixels)
        answers.flush()


if __name__ == "__main__":
    main()
