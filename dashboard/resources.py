"""The wiring, opened once per server process and shared by screens, routes and gate."""

import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from dashboard import wiring
from dashboard.settings import Settings
from dashboard.sign_in import SignIns
from db import health
from db.errors import DatabaseUnavailable, FileMissing, StorageError
from db.news import News
from triage.permission import Person
from triage.ports import House

__all__ = [
    "DatabaseUnavailable",
    "FileMissing",
    "Resources",
    "StorageError",
    "checks",
    "clinicians",
    "house",
    "names",
    "settings",
    "sign_ins",
    "use",
    "worklist_stamp",
]
LONGEST_WAIT = timedelta(minutes=10)
"""A study that has waited this long for its first read has no worker."""
COLLEAGUE_FOR = timedelta(days=90)
"""Who has not signed in for so long is given no study."""
LEAST_FREE = 1_000_000_000  # bytes
_lock = threading.Lock()


@dataclass(frozen=True)
class Resources:
    """One installation, opened: its settings, its house and its record of who is signed in.

    `checks` raise a StorageError where a part of it is not fit to work with. `news` tells when a study changed; without
    it whoever shows the worklist asks again and again. `known` are the clinicians of the minute they were asked in.
    """

    settings: Settings
    house: House
    sign_ins: SignIns
    checks: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    news: News | None = None
    known: dict[int, tuple[Person, ...]] = field(default_factory=dict)


_opened: Resources | None = None


def _resources() -> Resources:
    # A module keeps them rather than st.cache_resource: routes ask outside any script, and any browser can ask
    # Streamlit to clear its caches.
    global _opened  # noqa: PLW0603
    with _lock:
        if _opened is None:
            _opened = _open(Settings.from_environment())
        return _opened


def _open(settings: Settings) -> Resources:
    settings.check_sign_in()
    database = wiring.open_database(settings)
    house = wiring.open_house(settings, database)
    checks = {
        "database": partial(health.check, database),
        "files": partial(check_files, house, settings.files_url),
        "queue": partial(health.check_queue, database, LONGEST_WAIT),
    }
    return Resources(
        settings, house, wiring.open_sign_ins(settings, database), checks, wiring.open_news(database)
    )


def check_files(house: House, url: str) -> None:
    """Ask whether a film can be kept and read back, and whether the disk has room for more.

    Raises: StorageError: with the sentence that says which is not so.
    """
    try:
        house.files.load(house.files.save(b"a file to see whether files can be kept"))
    except OSError as broken:
        raise StorageError(f"The file store cannot be used: {broken.strerror}.") from broken
    if "://" not in url and shutil.disk_usage(url).free < LEAST_FREE:
        raise StorageError("Less than 1 GB is free where films are kept; make room before more arrive.")


def settings() -> Settings:
    """What the environment says about this installation."""
    return _resources().settings


def house() -> House:
    """Everything the way of a study leans on."""
    return _resources().house


def sign_ins() -> SignIns:
    """The record of who is signed in."""
    return _resources().sign_ins


def checks() -> Mapping[str, Callable[[], None]]:
    """What tells whether each part is fit to work with."""
    return _resources().checks


def clinicians(at: datetime) -> tuple[Person, ...]:
    """Who can be given a study, sorted by name; asked once a minute."""
    opened, minute = _resources(), int(at.timestamp() // 60)
    found = opened.known.get(minute)
    if found is None:
        found = opened.house.worklist.clinicians(at - COLLEAGUE_FOR)
        opened.known.clear()
        opened.known[minute] = found
    return found


def names(at: datetime) -> dict[str, str]:
    """What clinicians are called, by what the provider calls them."""
    return {person.subject: person.name for person in clinicians(at)}


def worklist_stamp(at: datetime) -> int:
    """A number that is another one when the worklist may have changed: counted, or the clock while nobody counts."""
    news = _resources().news
    return news.heard if news is not None and news.listening else -int(at.timestamp() // 2)


@contextmanager
def use(opened: Resources) -> Iterator[Resources]:
    """Put another house in place while the block runs; the former comes back after it."""
    global _opened  # noqa: PLW0603
    with _lock:
        former, _opened = _opened, opened
    try:
        yield opened
    finally:
        with _lock:
            _opened = former
