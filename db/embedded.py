"""The database that comes along: started under the home folder, closed to everybody without a password."""

import fcntl
import os
import secrets
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from sqlalchemy.engine import URL

from db.connection import libpq_url
from db.errors import DatabaseUnavailable
from db.migrate import APP_ROLE
from db.postmaster import Postmaster, postmaster

OWNER_ROLE = "firstread_owner"
_NAME = "firstread"
_PATIENCE_S = 30.0
# CREATEDB: a backup is restored into a new database beside the running one.
_BOOTSTRAP = f"""\
CREATE ROLE {OWNER_ROLE} LOGIN CREATEDB PASSWORD '{{owner}}'
CREATE ROLE {APP_ROLE} LOGIN PASSWORD '{{app}}'
CREATE DATABASE {_NAME} OWNER {OWNER_ROLE}
REVOKE ALL ON DATABASE {_NAME} FROM PUBLIC
GRANT CONNECT, TEMPORARY ON DATABASE {_NAME} TO {APP_ROLE}
REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC
"""


@dataclass(frozen=True)
class Embedded:
    """A running, answering database.

    Args:
        app_url: for everything that runs; its role can add to the audit trail and never change it.
        owner_url: for migrations alone.
    """

    app_url: str = field(repr=False)
    owner_url: str = field(repr=False)
    _stop: Callable[[], None] = field(repr=False)

    def stop(self) -> None:
        """Stop the server, if it was this process that keeps it; others only let go."""
        self._stop()


def start(home: Path) -> Embedded:
    """Start the database under `home`, or join the one that runs there.

    Only an answered question counts as running: a socket, a pid file and an existing process all survive their server.
    The first process here keeps the server and stops it; after its sudden death the next one takes it over.

    Args:
        home: made when missing. `postgres/`, `run/` and `secrets/` in it are ours.

    Raises: DatabaseUnavailable: it does not answer within 30 seconds; the message says why.
    """
    home = home.expanduser().resolve()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    app, owner = (_password(home, role) for role in (APP_ROLE, OWNER_ROLE))
    server = postmaster(home)
    app_url, owner_url = (_url(server, role, word) for role, word in ((APP_ROLE, app), (OWNER_ROLE, owner)))
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        keeper = _keep(home)
        if keeper is not None:
            return Embedded(app_url, owner_url, _kept(server, keeper, app_url, {"app": app, "owner": owner}))
        silent = _silence(app_url)
        if silent is None:
            return Embedded(app_url, owner_url, lambda: None)
        if time.monotonic() > deadline:
            raise DatabaseUnavailable(f"Another process keeps the database under {home}: {silent}")
        time.sleep(0.1)


def _kept(server: Postmaster, keeper: int, app_url: str, passwords: dict[str, str]) -> Callable[[], None]:
    """Make the server answer, and say how to stop it; the kept lock ends with either."""
    with ExitStack() as started:
        started.callback(os.close, keeper)
        if not server.exists:
            server.create(_BOOTSTRAP.format(**passwords))
        _wake(server, app_url)
        kept = started.pop_all()
    kept.callback(server.stop)
    return kept.close


def _wake(server: Postmaster, url: str) -> None:
    """Start the server if there is none, and wait until it answers; one left by a dead process may be recovering."""
    deadline = time.monotonic() + _PATIENCE_S
    while (silent := _silence(url)) is not None:
        if not server.running:
            server.start()
        elif "password authentication failed" in silent:
            raise DatabaseUnavailable(
                f"The passwords in {server.data.parent}/secrets are not this database's; put the right files back."
            )
        elif time.monotonic() > deadline:
            raise DatabaseUnavailable(f"The database under {server.data.parent} does not answer: {silent}")
        else:
            time.sleep(0.1)


def _keep(home: Path) -> int | None:
    """Become the one who keeps the server; the kernel gives the lock back when its holder dies."""
    lock = os.open(home / "postgres.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def _silence(url: str) -> str | None:
    """Ask the database something: None when it answers, else what stood in the way."""
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError as e:
        return str(e).splitlines()[0]
    return None


def _url(server: Postmaster, role: str, word: str) -> str:
    place = {"host": str(server.sockets)}
    made = URL.create("postgresql", username=role, password=word, database=_NAME, query=place)
    return libpq_url(made.render_as_string(hide_password=False))


def _password(home: Path, role: str) -> str:
    """The role's password, made once, in a file that only we can read."""
    folder = home / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    file = folder / role
    fresh = folder / f"{role}.{os.getpid()}"
    with os.fdopen(
        os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="ascii"
    ) as out:
        out.write(secrets.token_urlsafe(32))
    with suppress(FileExistsError):
        os.link(fresh, file)  # whole or not at all, and the first one stays
    fresh.unlink()
    return file.read_text(encoding="ascii").strip()
