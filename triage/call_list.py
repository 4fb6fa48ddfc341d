"""Whom this site calls about a critical result, in which order, and how long each category may take."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from triage.critical import Category, Limit
from triage.errors import TriageError

LIMITS: Mapping[Category, Limit] = {
    Category.MINUTES: Limit(timedelta(minutes=60), timedelta(minutes=15)),
    Category.HOURS: Limit(timedelta(hours=12), timedelta(hours=3)),
    Category.DAYS: Limit(timedelta(days=3), timedelta(days=1)),
}
"""What holds until a site says otherwise. ACR names minutes, hours and days; the Joint Commission (NPSG.02.03.01)
leaves the numbers to the site, so these are a proposal to be confirmed."""


class BadCallList(TriageError):
    """The site's call list cannot be used; the sentence says which line of it."""


@dataclass(frozen=True)
class OnCall:
    """Somebody, or a role of somebody, to be called; `address` takes the notices by mail."""

    name: str
    address: str = ""


PEOPLE = (
    OnCall("Ordering clinician"),
    OnCall("Ward doctor on call"),
    OnCall("Senior doctor on call"),
)


@dataclass(frozen=True)
class CallList:
    """The site's list, the first to be called first, and its limits; never empty."""

    version: str = "as shipped"
    people: tuple[OnCall, ...] = PEOPLE
    limits: Mapping[Category, Limit] = field(default_factory=lambda: dict(LIMITS))

    def __post_init__(self) -> None:
        names = [person.name.strip() for person in self.people]
        if not names or not all(names):
            raise BadCallList("The call list needs at least one person, and each person a name.")
        if len(set(names)) < len(names):
            raise BadCallList("A person stands twice on the call list.")
        if set(self.limits) != set(Category):
            raise BadCallList("The call list needs limits for minutes, hours and days.")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(person.name for person in self.people)

    def address(self, name: str) -> str:
        """Where notices to this person go; empty when the list does not say."""
        return next((person.address for person in self.people if person.name == name), "")


def parse(text: str) -> CallList:
    """Read a site's list from TOML.

    `version`, tables `minutes`, `hours` and `days` with `within_minutes` and `step_minutes`, and `[[people]]` with
    `name` and, for notices by mail, `address`. A category that is left out keeps the shipped limit.

    Raises: BadCallList: a word is unknown, missing or of the wrong kind.
    """
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise BadCallList(f"The call list is no TOML: {e}.") from e
    unknown = set(said) - {"version", "people", *Category}
    if unknown:
        raise BadCallList(f"The call list says {min(unknown)}, which means nothing here.")
    limits = {c: _limit(c, said[c]) if c in said else LIMITS[c] for c in Category}
    people = said.get("people", [])
    if not isinstance(people, list):
        raise BadCallList("Each person of the call list is a [[people]] table of its own.")
    return CallList(_words("version", said.get("version", "")), tuple(map(_person, people)), limits)


def _limit(category: Category, said: Any) -> Limit:
    if not isinstance(said, dict) or set(said) != {"within_minutes", "step_minutes"}:
        raise BadCallList(f"The limits of {category} are within_minutes and step_minutes, and nothing else.")
    if not all(type(value) is int and 0 < value < 100_000 for value in said.values()):
        raise BadCallList(f"The limits of {category} are whole minutes.")
    try:
        return Limit(timedelta(minutes=said["within_minutes"]), timedelta(minutes=said["step_minutes"]))
    except ValueError as e:
        raise BadCallList(f"The step of {category} must not be longer than the whole time.") from e


def _person(said: Any) -> OnCall:
    if not isinstance(said, dict) or not {"name"} <= set(said) <= {"name", "address"}:
        raise BadCallList("A person of the call list has a name and may have an address, and nothing else.")
    address = _words("address", said.get("address", ""))
    if address and ("@" not in address or any(c.isspace() or c in ",;<>" for c in address)):
        raise BadCallList("An address of the call list is one mail address, like ward7@hospital.example.")
    return OnCall(_words("name", said["name"]), address)


def _words(key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise BadCallList(f"The {key} in the call list must be one line of text.")
    return value.strip()
