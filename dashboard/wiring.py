"""Everything the way of a study leans on, built from settings; no Streamlit, no torch."""

import atexit
from datetime import UTC, datetime

from dashboard.settings import Settings
from db import embedded, migrate
from db.audit_trail import PgAuditTrail
from db.connection import Database
from db.consent_store import PgConsentStore
from db.critical_store import PgCriticalStore
from db.figures import PgFigures
from db.files import FileStore
from db.half_written import PgHalfWrittenReports
from db.news import News
from db.queue import PgJobQueue
from db.sign_in_store import SignInStore
from db.study_store import PgStudyStore
from db.words import PgWordStream
from db.worklist import PgWorklist
from engine.doubts import SentenceCheck
from triage.ports import House


class SystemClock:
    """The clock on the wall, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def database_url(settings: Settings) -> str:
    """The address the application connects to, as a role that cannot change the audit trail.

    Without FIRSTREAD_DATABASE_URL the embedded PostgreSQL under the home folder is started, or joined when it
    already runs, and brought to the newest tables; the process that started it stops it when it ends.
    """
    if settings.database_url is not None:
        return settings.database_url
    settings.home.mkdir(parents=True, exist_ok=True)
    server = embedded.start(settings.home)
    atexit.register(server.stop)
    migrate.upgrade(server.owner_url)
    return server.app_url


def open_database(settings: Settings) -> Database:
    """Connect to the database the settings name; it is left open for the life of the process."""
    return Database(database_url(settings))


def open_house(settings: Settings, database: Database) -> House:
    """Wire stores, queue, files and clock; once per process."""
    return House(
        studies=PgStudyStore(database),
        worklist=PgWorklist(database),
        consents=PgConsentStore(database),
        audit=PgAuditTrail(database),
        jobs=PgJobQueue(database),
        files=FileStore(settings.files_url),
        words=PgWordStream(database),
        half_written=PgHalfWrittenReports(database),
        facts=SentenceCheck(settings.levels),
        clock=SystemClock(),
        together=database.together,
        figures=PgFigures(database),
        critical=PgCriticalStore(database),
        call_list=settings.call_list,
        levels=settings.levels,
    )


def open_sign_ins(_settings: Settings, database: Database) -> SignInStore:
    """The record of who is signed in; the cookie alone is never enough."""
    return SignInStore(database)


def open_news(database: Database) -> News:
    """Listen for studies that change; one connection for all screens of the process."""
    return News(database.url).start()
