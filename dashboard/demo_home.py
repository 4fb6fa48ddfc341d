"""The folder of a demo, so that a demo never touches a real installation and is never mistaken for one."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dashboard.settings import SettingsError

MARKER = "demo.json"
"""Lies in a home that a demo made; nothing else makes one."""

_INSTALLED = ("postgres", "files")


def is_demo_home(home: Path) -> bool:
    """Say whether a demo made this home."""
    return (home / MARKER).is_file()


def claim(home: Path) -> None:
    """Make a home a demo's, or refuse one that holds anything else.

    Raises: SettingsError: the folder holds a real installation.
    """
    if is_demo_home(home):
        return
    if any((home / name).exists() for name in _INSTALLED):
        raise SettingsError(
            f"{home} holds a real installation; set FIRSTREAD_HOME to an empty folder for the demo."
        )
    home.mkdir(parents=True, exist_ok=True)
    _write(home, {"demo": True, "seeded": []})


def seeded(home: Path, films: str) -> bool:
    """Say whether the studies from `films` are in already."""
    return films in json.loads((home / MARKER).read_text(encoding="utf-8"))["seeded"]


def mark_seeded(home: Path, films: str) -> None:
    """Remember that the studies from `films` are in."""
    known = json.loads((home / MARKER).read_text(encoding="utf-8"))
    _write(home, {**known, "seeded": [*known["seeded"], films]})


def _write(home: Path, content: dict[str, object]) -> None:
    half = home / f"{MARKER}.new"
    half.write_text(json.dumps(content) + "\n", encoding="utf-8")
    half.replace(home / MARKER)


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Keep a second demo out of the same home.

    Raises: SettingsError: one is running already.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise SettingsError(f"A demo is already running in {home}; stop it first.") from error
        yield
