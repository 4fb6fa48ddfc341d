"""Who is signed in: a record of our own decides, the cookie only names it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any, Protocol

from consent.audit import AuditEvent, Outcome
from triage.permission import Person, Role

IDLE_FOR = timedelta(minutes=15)
"""Without a click for this long, nobody is signed in any more."""
LASTS_FOR = timedelta(hours=12)
"""However busy, a person signs in again after this long."""
TOUCH_EVERY = timedelta(seconds=30)
"""A click is written down at most this often."""


class Record(Protocol):
    """What is on file about one sign-in."""

    @property
    def sid(self) -> str: ...
    @property
    def person(self) -> Person: ...
    @property
    def signed_in_at(self) -> datetime: ...
    @property
    def last_seen_at(self) -> datetime: ...
    @property
    def revoked_at(self) -> datetime | None: ...


class SignIns(Protocol):
    """Where the records lie; every change of one is audited with it."""

    def open(self, sid: str, person: Person, signed_in_at: datetime, event: AuditEvent) -> Any: ...
    def find(self, sid: str) -> Record | None: ...
    def touch(self, sid: str, at: datetime) -> Any: ...
    def revoke(self, sid: str, at: datetime, event: AuditEvent) -> Any: ...


class Ended(StrEnum):
    """Why somebody is nobody."""

    NOBODY = "nobody"
    SIGNED_OUT = "signed out"
    IDLE = "idle"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Standing:
    """Whether a visitor is signed in: their record, or why there is none."""

    record: Record | None
    ended: Ended = Ended.NOBODY

    @property
    def person(self) -> Person | None:
        return self.record.person if self.record else None


NOBODY = Standing(None)


def sid_of(handle: str) -> str:
    """The name under which a handle's record is filed; the handle itself is kept nowhere but in the cookie."""
    return sha256(handle.encode()).hexdigest()


def stand(record: Record | None, now: datetime) -> Standing:
    """Say whether a record still signs somebody in at the moment `now`."""
    if record is None:
        return NOBODY
    if record.revoked_at is not None:
        return Standing(None, Ended.SIGNED_OUT)
    if now - record.signed_in_at >= LASTS_FOR:
        return Standing(None, Ended.EXPIRED)
    if now - record.last_seen_at >= IDLE_FOR:
        return Standing(None, Ended.IDLE)
    return Standing(record)


def who(sign_ins: SignIns, handle: str | None, now: datetime) -> Standing:
    """Find out who carries this handle; a handle nobody opened names nobody."""
    return stand(sign_ins.find(sid_of(handle)), now) if handle else NOBODY


def person_from(claims: Mapping[str, Any]) -> Person:
    """Read a person out of an ID token; a role we do not know counts for nothing.

    Args:
        claims: `sub`, and where given `name`, `email` and `roles` (a list, or one word).
    """
    said = claims.get("roles") or []
    words = {said} if isinstance(said, str) else {r for r in said if isinstance(r, str)}
    subject = str(claims["sub"])
    name = str(claims.get("name") or claims.get("email") or subject)
    return Person(subject, name[:200], frozenset(role for role in Role if role.value in words))


def signed_in_at(claims: Mapping[str, Any], now: datetime) -> datetime:
    """When the provider says this person proved who they are; never later than now."""
    at = claims.get("auth_time") or claims.get("iat")
    if not isinstance(at, int | float):
        return now
    return min(datetime.fromtimestamp(at, UTC), now)


def open_record(sign_ins: SignIns, claims: Mapping[str, Any], now: datetime) -> str:
    """File a fresh sign-in and answer the handle its cookie will carry: 256 random bits that nobody can forge.

    A person without a role is filed too, as denied: they see why, and nothing else.
    """
    handle, person = secrets.token_urlsafe(32), person_from(claims)
    outcome = Outcome.DONE if person.roles else Outcome.DENIED
    detail = ", ".join(sorted(person.roles)) or "the ID token carries no role"
    event = _event(person.subject, "sign in", sid_of(handle), now, outcome, detail)
    sign_ins.open(sid_of(handle), person, signed_in_at(claims, now), event)
    sign_ins.touch(sid_of(handle), now)  # who proved themselves elsewhere an hour ago is here now
    return handle


def close_record(sign_ins: SignIns, record: Record, now: datetime) -> None:
    """End a sign-in; from here on its cookie names nobody, wherever it was copied to."""
    sign_ins.revoke(record.sid, now, _event(record.person.subject, "sign out", record.sid, now))


def _event(
    subject: str, action: str, sid: str, now: datetime, outcome: Outcome = Outcome.DONE, detail: str = ""
) -> AuditEvent:
    return AuditEvent(subject, action, f"sign-in/{sid[:16]}", now, outcome=outcome, detail=detail)
