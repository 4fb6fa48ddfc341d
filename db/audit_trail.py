"""The chained record of who did what; every change writes its event here, in its own transaction."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from consent.audit import AuditEvent, ChainedEvent, ChainHead, link
from db.connection import Database
from db.consent_rows import from_chained, to_chained
from db.search import containing, storable
from db.tables import AuditEventRow, AuditHeadRow

_PAGE = 2000


@contextmanager
def audited(database: Database, event: AuditEvent) -> Iterator[Session]:
    """Make a change and its event one: neither is kept without the other."""
    with database.together(), database.session() as session:
        yield session
        append(session, event)


def append(session: Session, event: AuditEvent) -> None:
    """Put an event at the end of the chain; the transaction must be a `together`, which holds the head."""
    head = session.exec(select(AuditHeadRow)).one()
    sequence = head.events + 1
    place = ChainedEvent(sequence, event, head.sha256, link(head.sha256, sequence, event))
    session.add(from_chained(place))
    session.flush()
    session.exec(update(AuditHeadRow).values(events=sequence, sha256=place.sha256))


class PgAuditTrail:
    """The audit trail in PostgreSQL; see triage.ports.AuditTrail."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, event: AuditEvent) -> None:
        """Write an act that changes nothing else."""
        with audited(self._database, event):
            pass

    def chain(self) -> Iterator[ChainedEvent]:
        """Every event, the first first; a page at a time, so that a long trail holds no transaction open."""
        page = select(AuditEventRow).order_by(col(AuditEventRow.sequence)).limit(_PAGE)
        following = page
        while True:
            with self._database.session() as session:
                rows = session.exec(following).all()
                places = [to_chained(row) for row in rows]
            if not places:
                return
            yield from places
            following = page.where(col(AuditEventRow.sequence) > places[-1].sequence)

    def latest(self, limit: int, search: str = "") -> list[ChainedEvent]:
        """The last events, the latest first; search looks in agent, action, entity, patient number and detail."""
        found = select(AuditEventRow).order_by(col(AuditEventRow.sequence).desc()).limit(limit)
        typed = storable(search).strip()
        if typed:
            columns = (
                AuditEventRow.agent,
                AuditEventRow.action,
                AuditEventRow.entity,
                AuditEventRow.patient_value,
                AuditEventRow.detail,
            )
            found = found.where(or_(*(containing(col(column), typed) for column in columns)))
        with self._database.session() as session:
            return [to_chained(row) for row in session.exec(found).all()]

    def head(self) -> ChainHead:
        """How many events were written and the hash of the last; kept apart from them, so a cut-off tail shows."""
        with self._database.session() as session:
            row = session.exec(select(AuditHeadRow)).one()
            return ChainHead(row.events, row.sha256)
