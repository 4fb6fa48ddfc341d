"""Word from the database that something on the worklist changed; what changed is asked again."""

import logging
import threading

import psycopg

from db.connection import libpq_url

log = logging.getLogger(__name__)

CHANNEL = "worklist"
_PULSE_S = 5
_LONGEST_PAUSE_S = 10


class News:
    """Counts what PostgreSQL says on one connection, for as many screens as ask.

    Args:
        url: of the database.

    While `listening` is False nothing is heard, and whoever asks has to look for themselves.
    """

    def __init__(self, url: str) -> None:
        self._url, self._closing = libpq_url(url), threading.Event()
        self._heard, self._listening = 0, threading.Event()
        self._thread = threading.Thread(target=self._run, name="news", daemon=True)

    @property
    def heard(self) -> int:
        """A number that is another one whenever something may have changed since it was last asked."""
        return self._heard

    @property
    def listening(self) -> bool:
        return self._listening.is_set()

    def start(self) -> "News":
        """Begin to listen, beside everything else."""
        self._thread.start()
        return self

    def wait(self, seconds: float) -> bool:
        """Wait until somebody listens; answers whether so."""
        return self._listening.wait(seconds)

    def close(self) -> None:
        """Stop listening."""
        self._closing.set()
        self._thread.join(_PULSE_S * 2)

    def _run(self) -> None:
        pause = 0.5
        while not self._closing.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True, connect_timeout=5) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    pause = 0.5
                    self._listening.set()
                    self._heard += 1  # whatever happened before
                    self._listen(connection)
            except psycopg.Error as lost:
                log.warning("no news from the database: %s", lost.sqlstate or type(lost).__name__)
            self._listening.clear()
            self._closing.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    def _listen(self, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        quiet = 0.0
        while not self._closing.is_set():
            for _ in connection.notifies(timeout=1, stop_after=1):
                self._heard += 1
                quiet = 0.0
            quiet += 1
            if quiet >= _PULSE_S:  # a line that is dead says nothing either
                connection.execute("SELECT 1")
                quiet = 0.0
