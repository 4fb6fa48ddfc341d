"""A real PostgreSQL for every test that wants one: the embedded server, or the one that is named."""

import os
import secrets
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

from db.audit_trail import PgAuditTrail
from db.connection import Database
from db.consent_store import PgConsentStore
from db.critical_store import PgCriticalStore
from db.embedded import start
from db.figures import PgFigures
from db.files import FileStore
from db.half_written import PgHalfWrittenReports
from db.migrate import APP_ROLE, upgrade
from db.queue import PgJobQueue
from db.study_store import PgStudyStore
from db.words import PgWordStream
from db.worklist import PgWorklist
from engine.doubts import SentenceCheck
from tests.builders import FILM
from tests.fakes import FixedClock
from triage.ports import House

# A rule is right or wrong, however busy the machine is that asks.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server for the tests: the addresses of its two roles, and a migrated database to copy."""

    app_url: str
    owner_url: str
    template: str

    def url(self, role_url: str, name: str) -> str:
        return make_url(role_url).set(database=name).render_as_string(hide_password=False)

    def run(self, statement: str, *names: str) -> None:
        """Say one statement as the owner, outside any transaction."""
        with psycopg.connect(self.owner_url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@dataclass(frozen=True)
class Addresses:
    """One test's database, as the application sees it and as its owner does."""

    app_url: str
    owner_url: str


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """The embedded server, or with FIRSTREAD_TEST_DATABASE_URL the one at that address (its owner's)."""
    named = os.environ.get("FIRSTREAD_TEST_DATABASE_URL")
    if named:
        yield from _with_template(_app_url(named), named)
        return
    with tempfile.TemporaryDirectory(prefix="firstread-") as folder:
        home = Path(folder) / "home"
        subprocess.run(["cp", "-a", request.getfixturevalue("made_home"), home], check=True)
        embedded = start(home)
        try:
            yield from _with_template(embedded.app_url, embedded.owner_url)
        finally:
            embedded.stop()


@pytest.fixture(scope="session")
def made_home() -> Iterator[Path]:
    """A home folder whose database was made once and stopped; copying it is quicker than making another.

    Not among pytest's own folders: each run of pytest closes those again, also to the user the database runs as.
    """
    with tempfile.TemporaryDirectory(prefix="firstread-") as folder:
        home = Path(folder) / "home"
        start(home).stop()
        with (home / "postgres" / "postgresql.conf").open("a", encoding="utf-8") as settings:
            # A test need not survive a power cut; and a database that is being vacuumed cannot be dropped by its owner.
            settings.write("fsync = off\nfull_page_writes = off\nautovacuum = off\n")
        yield home


def _app_url(owner_url: str) -> str:
    """Let the application's role in with a password of this run; the named server is there for tests."""
    word = secrets.token_hex(16)
    with psycopg.connect(owner_url, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP_ROLE]).fetchone()
        verb = sql.SQL("ALTER" if known else "CREATE")
        role = sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, sql.Identifier(APP_ROLE), word)
        connection.execute(role)
    return make_url(owner_url).set(username=APP_ROLE, password=word).render_as_string(hide_password=False)


def _with_template(app_url: str, owner_url: str) -> Iterator[Server]:
    made = Server(app_url, owner_url, f"template_{secrets.token_hex(4)}")
    made.run("CREATE DATABASE {}", made.template)
    try:
        upgrade(made.url(owner_url, made.template))
        yield made
    finally:
        made.run("DROP DATABASE {} WITH (FORCE)", made.template)


@dataclass(frozen=True)
class Shared:
    """The database that tests take turns in, with connections that stay open from one to the next."""

    addresses: Addresses
    database: Database
    owner: psycopg.Connection


@pytest.fixture(scope="session")
def shared(server: Server) -> Iterator[Shared]:
    """The database that tests take turns in."""
    with contextmanager(_copied)(server) as addresses:
        database = Database(addresses.app_url)
        with psycopg.connect(addresses.owner_url, autocommit=True) as owner:
            yield Shared(addresses, database, owner)
        database.close()


@pytest.fixture
def own_database() -> None:
    """Ask for it to change tables or rights: the test gets a database that nobody uses after it."""


@pytest.fixture
def addresses(server: Server, request: pytest.FixtureRequest) -> Iterator[Addresses]:
    """An empty, migrated database for one test."""
    if "own_database" in request.fixturenames:
        yield from _copied(server)
    else:
        shared: Shared = request.getfixturevalue("shared")
        shared.owner.execute(_EMPTY)
        yield shared.addresses


def _copied(server: Server) -> Iterator[Addresses]:
    name = f"test_{secrets.token_hex(6)}"
    server.run("CREATE DATABASE {} TEMPLATE {}", name, server.template)
    try:
        yield Addresses(server.url(server.app_url, name), server.url(server.owner_url, name))
    finally:
        server.run("DROP DATABASE {} WITH (FORCE)", name)


_TABLES = [table.name for table in reversed(SQLModel.metadata.sorted_tables) if table.name != "audit_head"]
_JOBS = [f"procrastinate_{name}" for name in ("periodic_defers", "events", "jobs", "workers")]
_STAYING = [
    "audit_event",
    "report",
    *(f"critical_{name}" for name in ("result", "attempt", "notice", "delivery")),
]
_EMPTY = "; ".join(  # quicker than TRUNCATE for a few rows
    [
        *(f"ALTER TABLE {name} DISABLE TRIGGER USER" for name in _STAYING),
        *(f"DELETE FROM {name}" for name in (*_TABLES, *_JOBS)),  # noqa: S608
        "UPDATE audit_head SET events = 0, sha256 = repeat('0', 64)",
        *(f"ALTER TABLE {name} ENABLE TRIGGER USER" for name in _STAYING),
    ]
)


@pytest.fixture
def database(addresses: Addresses, request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty database, connected to as the application."""
    if "own_database" in request.fixturenames:
        made = Database(addresses.app_url)
        yield made
        made.close()
    else:
        yield request.getfixturevalue("shared").database


@pytest.fixture
def owner(addresses: Addresses, request: pytest.FixtureRequest) -> Iterator[psycopg.Connection]:
    """Somebody with every right over this test's tables; each statement stands for itself."""
    if "own_database" in request.fixturenames:
        with psycopg.connect(addresses.owner_url, autocommit=True) as connection:
            yield connection
    else:
        yield request.getfixturevalue("shared").owner


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def house(database: Database, clock: FixedClock, tmp_path: Path) -> House:
    """The whole house on a fresh database, with the builders' film in its file store."""
    files = FileStore(tmp_path / "files")
    files.save(FILM)
    return House(
        studies=PgStudyStore(database),
        worklist=PgWorklist(database),
        consents=PgConsentStore(database),
        audit=PgAuditTrail(database),
        jobs=PgJobQueue(database),
        files=files,
        words=PgWordStream(database),
        half_written=PgHalfWrittenReports(database),
        facts=SentenceCheck(),
        clock=clock,
        together=database.together,
        figures=PgFigures(database),
        critical=PgCriticalStore(database),
    )
