"""Simulations that run beside the server: `firstread simulate` in a process of its own, watched, and ended on request."""

import atexit
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[1]
AT_ONCE = 2
"""More would take the cores from the worker that reads films."""
LONGEST_S = 600.0
"""A run older than this is ended, and an answer nobody fetched by then is dropped."""
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "FIRSTREAD_HOME")
"""All that a simulation gets to know of the server's environment: no secret is among it."""
_GENTLY = 10  # niceness: films come before plans
_STEP = re.compile(r"^trial (\d+) of (\d+)$")


class SimulationFailed(Exception):
    """A simulation that gave no answer; the message is the sentence it ended with, or why it could not begin."""


@dataclass(frozen=True)
class _Run:
    """One process, and the folder with what it was given and what it says."""

    process: subprocess.Popen[bytes]
    folder: tempfile.TemporaryDirectory[str]
    limit: threading.Timer

    @property
    def goes_on(self) -> bool:
        return self.process.poll() is None

    def said(self, name: str) -> str:
        return (Path(self.folder.name) / name).read_text(encoding="utf-8")

    def end(self) -> None:
        self.limit.cancel()
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()


_runs: dict[str, _Run] = {}
_lock = threading.Lock()


def start(arguments: Sequence[str], files: Mapping[str, str]) -> str:
    """Begin a simulation.

    Args:
        arguments: of `firstread simulate`, without --json; files by their bare names.
        files: name to text; written into the folder it runs in, which is gone when it ends.

    Returns: the id under which it is asked for.
    Raises: SimulationFailed: as many as may run already do.
    """
    with _lock:
        if sum(run.goes_on for run in _runs.values()) >= AT_ONCE:
            raise SimulationFailed(
                f"{AT_ONCE} simulations run already; start yours when one of them is done."
            )
        folder = tempfile.TemporaryDirectory(prefix="firstread-simulation-")
        for name, text in files.items():
            (Path(folder.name) / name).write_text(text, encoding="utf-8")
        run_id = uuid4().hex
        limit = threading.Timer(LONGEST_S, cancel, (run_id,))
        limit.daemon = True
        _runs[run_id] = _Run(_begin(arguments, Path(folder.name)), folder, limit)
        limit.start()
        return run_id


def _begin(arguments: Sequence[str], folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "firstread", "simulate", "--json", *arguments]
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    with (folder / "answer").open("wb") as answer, (folder / "progress").open("wb") as progress:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=answer,
            stderr=progress,
            env={**passed_on, "PYTHONPATH": paths},
            start_new_session=True,
        )
    with suppress(ProcessLookupError):  # it was done before it could be slowed down
        os.setpriority(os.PRIO_PROCESS, process.pid, _GENTLY)
    return process


def progress(run_id: str) -> float | None:
    """How much is done, from 0 to 1; None when it does not run any more."""
    with _lock:  # whoever ends a run takes it away first, so its folder is there while we hold this
        run = _runs.get(run_id)
        if run is None or not run.goes_on:
            return None
        said = run.said("progress")
    for line in reversed(said.splitlines()):
        if step := _STEP.match(line):
            return int(step[1]) / int(step[2])
    return 0.0


def answer(run_id: str) -> dict[str, Any]:
    """What a finished simulation says, once.

    Raises: SimulationFailed: it was cancelled, or ended with a sentence.
    """
    with _lock:
        run = _runs.pop(run_id, None)
    if run is None:
        raise SimulationFailed(
            f"This simulation is gone: it is kept for {LONGEST_S / 60:.0f} minutes. Start it again."
        )
    code = run.process.wait()
    said, steps = run.said("answer"), run.said("progress")
    run.end()
    try:
        found: dict[str, Any] = json.loads(said)
    except json.JSONDecodeError as e:
        last = steps.strip().splitlines()[-1:] or ["It ended without a word."]
        raise SimulationFailed(last[0]) from e
    if code or "error" in found:
        raise SimulationFailed(str(found.get("error", "It ended without an answer.")))
    return found


def cancel(run_id: str) -> None:
    """End a simulation; nothing of it stays."""
    with _lock:
        run = _runs.pop(run_id, None)
    if run is not None:
        run.end()


@atexit.register
def _end_all() -> None:
    for run_id in list(_runs):
        cancel(run_id)
