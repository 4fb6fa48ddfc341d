"""What went wrong, for whoever mends it: ids and counts, never a patient's values on a screen."""

import logging
import os
import secrets
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from dashboard.access_log import whereabouts

FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
_MOST_BYTES, _KEPT = 5_000_000, 3


def log_path(home: Path, name: str) -> Path:
    """Where the log called `name` lies; only the owner may read it."""
    folder = home / "log"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.log"
    os.close(os.open(path, os.O_CREAT | os.O_APPEND, 0o600))
    return path


def open_log(home: Path, name: str) -> None:
    """Send this process's log to its file under the home folder."""
    handler = RotatingFileHandler(log_path(home, name), maxBytes=_MOST_BYTES, backupCount=_KEPT)
    handler.setFormatter(_Discreet(FORMAT))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


class _Discreet(logging.Formatter):
    """Says where an error happened, never in its own words: they may be a patient's."""

    def formatException(  # noqa: N802 - the name is logging's
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        return whereabouts(ei[1]) if ei[1] is not None else ""


def note(home: Path, error: BaseException) -> str:
    """Write down where an unexpected failure happened, without its words.

    Returns: the id and the file to look for, as a sentence for the screen.
    """
    number = secrets.token_hex(4)
    try:
        path = log_path(home, "firstread")
        with path.open("a", encoding="utf-8") as log:
            log.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} [{number}] {whereabouts(error)}\n")
    except OSError:
        return "Something unexpected went wrong, and the log cannot be written; check the disk and FIRSTREAD_HOME."
    return f"Something unexpected went wrong; {path} says what, under {number}."
