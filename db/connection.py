"""One way to the database: short transactions, and one writer of the audit trail at a time."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import psycopg
import sqlalchemy
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from db.errors import ChangeRefused, DatabaseUnavailable

log = logging.getLogger(__name__)

_CONNECT_S = 5
_POOL, _OVERFLOW = 5, 15
_LIMITS = {
    "statement_timeout": "30s",
    "lock_timeout": "20s",
    # Shorter than lock_timeout: a writer that hangs with the trail locked is thrown out before the others give up.
    "idle_in_transaction_session_timeout": "10s",
    "timezone": "UTC",
    "application_name": "firstread",
}
_LOCK = sqlalchemy.text("SELECT events FROM audit_head FOR UPDATE")


def sqlalchemy_url(url: str) -> URL:
    """Name the driver in an address written the way libpq writes it.

    Raises: DatabaseUnavailable: it is no address of a PostgreSQL server.
    """
    try:
        made = make_url(url)
    except ArgumentError as e:
        raise DatabaseUnavailable(_BAD_URL) from e
    if made.get_backend_name() not in {"postgresql", "postgres"}:
        raise DatabaseUnavailable(_BAD_URL)
    return made.set(drivername="postgresql+psycopg")


def libpq_url(url: str) -> str:
    """Write an address the way psycopg and procrastinate take it."""
    written = sqlalchemy_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    place, mark, options = written.partition("?")
    return place + mark + options.replace("+", "%20")  # libpq takes a plus for a plus


_BAD_URL = "The database address is no PostgreSQL address; write it as postgresql://user:password@host/name."


@dataclass
class _Transaction:
    session: Session
    writing: bool = False
    failed: bool = False


class Database:
    """The way to one PostgreSQL database; safe to share between threads.

    Args:
        url: `postgresql://user:password@host/name`, or `?host=/directory` for a Unix socket.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        options = " ".join(f"-c {name}={value}" for name, value in _LIMITS.items())
        self._engine = sqlalchemy.create_engine(
            sqlalchemy_url(url),
            pool_size=_POOL,
            max_overflow=_OVERFLOW,
            pool_pre_ping=True,
            hide_parameters=True,  # an error message must not carry a patient's values
            connect_args={"connect_timeout": _CONNECT_S, "options": options},
        )
        self._current: ContextVar[_Transaction | None] = ContextVar("transaction", default=None)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Join the transaction that is open here, or open a short one.

        Raises: DatabaseUnavailable: no answer. ChangeRefused: the database said no, and nothing was kept.
        """
        current = self._current.get()
        if current is not None:
            yield current.session
            return
        with self._opened() as opened:
            yield opened.session

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make several writes one: all of them happen, or none.

        Writers take turns: the head of the audit trail is locked from here to the end, so what is checked inside
        still holds when it is written. A block inside another joins it; when the inner one fails, so does the outer.

        Raises: as `session`.
        """
        current = self._current.get()
        if current is None:
            with self._opened() as opened:
                self._lock(opened)
                yield
            return
        self._lock(current)
        whole = False
        try:
            yield
            whole = True
        finally:
            current.failed = current.failed or not whole

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    @staticmethod
    def _lock(transaction: _Transaction) -> None:
        if not transaction.writing:
            transaction.session.execute(_LOCK)
            transaction.writing = True

    @contextmanager
    def _opened(self) -> Iterator[_Transaction]:
        try:
            with (
                Session(self._engine, execution_options={"populate_existing": True}) as session,
                session.begin(),
            ):
                transaction = _Transaction(session)
                token = self._current.set(transaction)
                try:
                    yield transaction
                finally:
                    self._current.reset(token)
                if transaction.failed:
                    raise ChangeRefused("A part of this change failed, so nothing of it was kept.")
        # Without their causes: PostgreSQL's own words quote the row, and a row is a patient.
        except (OperationalError, PoolTimeout) as e:
            log.warning("no answer from the database: %s", _code(e))
            raise DatabaseUnavailable(
                "The database did not answer in time; nothing was changed. Try again, or run `firstread doctor`."
            ) from None
        except SQLAlchemyError as e:
            log.error("refused by the database: %s", _code(e))  # noqa: TRY400
            raise ChangeRefused(f"The database refused this change ({_code(e)}); nothing was kept.") from None


def _code(error: SQLAlchemyError) -> str:
    """What went wrong, by PostgreSQL's number and by the names of tables and constraints."""
    cause = getattr(error, "orig", None)
    if not isinstance(cause, psycopg.Error):
        return type(error).__name__
    words = (cause.sqlstate, cause.diag.table_name, cause.diag.constraint_name)
    return " ".join(word for word in words if word) or type(cause).__name__
