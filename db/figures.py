"""What the house looks like from far away, in PostgreSQL; see triage.ports.Figures."""

from datetime import date, datetime

from db import arrivals, correlations, usage
from db.connection import Database
from triage.correlation import Cohort, Counted, Measured
from triage.usage import Queue, Usage
from triage.waiting.draws import Observed


class PgFigures:
    """Sums and times in PostgreSQL. Nothing here writes, and nothing names a patient."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def usage(self, since: date) -> Usage:
        """What happened since the beginning of a day, in UTC."""
        with self._database.session() as session:
            return usage.usage(session, since)

    def queue(self) -> Queue:
        """How the worker keeps up, now."""
        with self._database.session() as session:
            return usage.queue(session)

    def arrivals(self, since: datetime) -> Observed:
        """When studies came and how long their readings took, for the simulator."""
        with self._database.session() as session:
            return arrivals.observed(session, since)

    def sites(self) -> tuple[str, ...]:
        """Who issued the numbers of patients whose reading may be shown; those of a few patients are not named."""
        with self._database.session() as session:
            return correlations.sites(session)

    def stamp(self) -> int:
        """A number that changes whenever the studies that count do."""
        with self._database.session() as session:
            return correlations.stamp(session)

    def hidden_since(self, at: datetime) -> bool:
        """Whether a reading was taken from every screen at that moment or later."""
        with self._database.session() as session:
            return correlations.hidden_since(session, at)

    def counted(self, cohort: Cohort, at: datetime) -> Counted:
        """Every pair of columns of a cohort, as sums; permissions must stand `at` that moment."""
        with self._database.session() as session:
            return correlations.counted(session, cohort, at)

    def sample(self, cohort: Cohort, at: datetime, size: int, seed: int) -> list[Measured]:
        """Studies of a cohort drawn at random; the same ones for the same seed."""
        with self._database.session() as session:
            return correlations.sample(session, cohort, at, size, seed)
