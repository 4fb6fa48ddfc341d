"""Who is signed in, on the server's side: a cookie alone opens nothing."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, update
from sqlmodel import col, select

from consent.audit import AuditEvent
from db.audit_trail import audited
from db.connection import Database
from db.tables import SignInRow
from triage.permission import Person, Role


@dataclass(frozen=True)
class SignIn:
    """One sign-in of a person; after `revoked_at` its cookie opens nothing."""

    sid: str
    person: Person
    signed_in_at: datetime
    last_seen_at: datetime
    revoked_at: datetime | None


class SignInStore:
    """Sign-ins in PostgreSQL; opening and revoking one is audited."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, sid: str, person: Person, signed_in_at: datetime, event: AuditEvent) -> None:
        """Begin a sign-in."""
        with audited(self._database, event) as session:
            session.add(
                SignInRow(
                    sid=sid,
                    subject=person.subject,
                    name=person.name,
                    roles=sorted(role.value for role in person.roles),
                    signed_in_at=signed_in_at,
                    last_seen_at=signed_in_at,
                )
            )
            session.flush()

    def find(self, sid: str) -> SignIn | None:
        """The sign-in behind a cookie, revoked or not."""
        with self._database.session() as session:
            row = session.exec(select(SignInRow).where(col(SignInRow.sid) == sid)).one_or_none()
            if row is None:
                return None
            person = Person(row.subject, row.name, frozenset(Role(role) for role in row.roles))
            return SignIn(row.sid, person, row.signed_in_at, row.last_seen_at, row.revoked_at)

    def touch(self, sid: str, at: datetime) -> None:
        """Note that somebody is still there; time never runs backwards and a revoked sign-in stays as it is."""
        seen = (
            update(SignInRow)
            .where(col(SignInRow.sid) == sid, col(SignInRow.revoked_at).is_(None))
            .values(last_seen_at=func.greatest(col(SignInRow.last_seen_at), at))
        )
        with self._database.session() as session:
            session.exec(seen)

    def revoke(self, sid: str, at: datetime, event: AuditEvent) -> None:
        """End one sign-in; ending it twice keeps the first time."""
        ended = update(SignInRow).where(col(SignInRow.sid) == sid, col(SignInRow.revoked_at).is_(None))
        with audited(self._database, event) as session:
            session.exec(ended.values(revoked_at=at))

    def revoke_subject(self, subject: str, at: datetime, event: AuditEvent) -> None:
        """End every sign-in of a person."""
        ended = update(SignInRow).where(
            col(SignInRow.subject) == subject, col(SignInRow.revoked_at).is_(None)
        )
        with audited(self._database, event) as session:
            session.exec(ended.values(revoked_at=at))
