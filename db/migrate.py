"""Bring a database to the tables this version works with."""

from pathlib import Path

import psycopg
import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.exc import SQLAlchemyError

from db.connection import sqlalchemy_url
from db.errors import DatabaseUnavailable

APP_ROLE = "firstread_app"
_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = sqlalchemy.text("SELECT pg_advisory_xact_lock(7304401)")  # any number that nobody else uses here
_HAS_ROLE = sqlalchemy.text("SELECT 1 FROM pg_roles WHERE rolname = :role")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def head() -> str:
    """The revision this version of Firstread works with."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise RuntimeError("db/migrations holds no revision.")
    return revision


def upgrade(owner_url: str) -> None:
    """Create or change the tables, in one transaction; two at a time take turns.

    Args:
        owner_url: the role that owns the tables; the running system never uses it.

    Raises: DatabaseUnavailable: no answer, a missing role, or a change the server refused.
    """
    engine = sqlalchemy.create_engine(sqlalchemy_url(owner_url), poolclass=sqlalchemy.NullPool)
    try:
        with engine.begin() as connection:
            connection.execute(_LOCK)
            _check_app_role(connection)
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except (SQLAlchemyError, psycopg.Error) as e:
        raise DatabaseUnavailable(f"The database could not be migrated: {_first_line(e)}") from e
    finally:
        engine.dispose()


def _first_line(error: Exception) -> str:
    return str(error.__cause__ or error).splitlines()[0]


def _check_app_role(connection: sqlalchemy.Connection) -> None:
    if connection.execute(_HAS_ROLE, {"role": APP_ROLE}).first() is None:
        raise DatabaseUnavailable(
            f"The database has no role {APP_ROLE}; create it with: CREATE ROLE {APP_ROLE} LOGIN PASSWORD '…'"
        )
