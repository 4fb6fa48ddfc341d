"""Processes that belong to one command: started together, watched, and stopped together."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dashboard.logbook import log_path

ROOT = Path(__file__).resolve().parents[1]
"""The folder all of them run in: Streamlit reads its settings from there."""

PATIENCE_S = 10.0
"""How long a process may take to finish what it does before it is ended."""

PARENT = "FIRSTREAD_PARENT"
_LOOK_EVERY_S = 1.0


class ChildEnded(Exception):
    """A process that should run for ever does not any more; the sentence names it and its log."""


@dataclass(frozen=True)
class Child:
    """One started process, in a process group of its own so that Ctrl-C reaches its parent alone."""

    name: str
    process: subprocess.Popen[str]
    log: Path
    listener: threading.Thread

    def check(self) -> None:
        """Raises: ChildEnded: it does not run any more."""
        code = self.process.poll()
        if code is not None:
            raise ChildEnded(f"The {self.name} ended by itself (code {code}); {self.log} says why.")


def start(
    name: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    home: Path,
    said: Callable[[str], None] = lambda _line: None,
) -> Child:
    """Start one Python process beside this one.

    Args:
        name: what a person calls it; also the name of the log of what it prints.
        arguments: for the Python interpreter.
        environment: added to our own.
        home: where the logs lie.
        said: called with every line it prints.
    """
    log = log_path(home, f"{name.replace(' ', '-')}-output")
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment, PARENT: str(os.getpid()), "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    listener = threading.Thread(target=_listen, args=(process, log, said), daemon=True)
    listener.start()
    return Child(name, process, log, listener)


def _listen(process: "subprocess.Popen[str]", log: Path, said: Callable[[str], None]) -> None:
    assert process.stdout is not None
    with process.stdout as spoken, log.open("a", encoding="utf-8") as kept:
        for line in spoken:
            kept.write(line)
            kept.flush()
            said(line.rstrip("\n"))


def stop(children: Sequence[Child], patience_s: float = PATIENCE_S) -> None:
    """Ask every process to finish, and end those that do not."""
    for child in children:
        if child.process.poll() is None:
            child.process.terminate()
    deadline = time.monotonic() + patience_s
    for child in children:
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
        child.listener.join(1.0)


def follow_parent() -> None:
    """In a child: end, as if asked to, when the process that started it is gone."""
    parent = os.environ.get(PARENT)
    if parent is not None:
        threading.Thread(target=_follow, args=(int(parent),), daemon=True).start()


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY_S)
    os.kill(os.getpid(), signal.SIGTERM)
