"""What a person wants to see of the worklist, and what a line of it says."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from triage.errors import TriageError
from triage.status import Status
from triage.study import Urgency
from triage.worklist import Entry, Place

LONGEST_NAME = 40
MOST_VIEWS = 20


class Stage(StrEnum):
    """How far the machine came with an open study."""

    WAITING = "waiting"
    READ = "read"
    PERSON = "person"  # no consent, the model could not, or a film came late: a person reads it unaided


STAGES: dict[Status, Stage] = {
    Status.RECEIVED: Stage.WAITING,
    Status.IDENTIFIED: Stage.WAITING,
    Status.CONSENTED: Stage.WAITING,
    Status.READ: Stage.READ,
    Status.RANKED: Stage.READ,
    Status.UNRANKED: Stage.PERSON,
    Status.REOPENED: Stage.PERSON,
}
"""The stage of every open status; the database counts by the same table."""


class Held(StrEnum):
    """In whose hands a study is."""

    ME = "me"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Filter:
    """What is left out of the worklist; nothing is, unless it is named.

    Args:
        search: the beginning of an accession number, a whole patient number, or words of a name.
        urgencies: only these; all when empty.
        modality: as DICOM writes it; any when empty.
        stage: how far the machine came.
        held: in whose hands.
        arrived_within: received no longer ago than this.
    """

    search: str = ""
    urgencies: frozenset[Urgency] = frozenset()
    modality: str = ""
    stage: Stage | None = None
    held: Held | None = None
    arrived_within: timedelta | None = None

    @property
    def parts(self) -> int:
        """How many things are asked of a study, the search aside."""
        return sum(map(bool, (self.urgencies, self.modality, self.stage, self.held, self.arrived_within)))

    def without_search(self) -> "Filter":
        """The same, for any patient: a saved view names nobody."""
        return replace(self, search="")


@dataclass(frozen=True)
class SavedView:
    """A filter that a person gave a name."""

    name: str
    filter: Filter


def check_view(view: SavedView, others: int) -> None:
    """Refuse a view that could not be found again, or that would keep a patient's name.

    Raises: TriageError: with the sentence that says what to change.
    """
    if not view.name.strip() or len(view.name) > LONGEST_NAME:
        raise TriageError(f"A view needs a name of at most {LONGEST_NAME} letters.")
    if view.filter.search:
        raise TriageError("A saved view keeps filters only, never what was searched.")
    if others >= MOST_VIEWS:
        raise TriageError(f"{MOST_VIEWS} views are kept for one person; remove one first.")


@dataclass(frozen=True)
class Line:
    """One study of the list with what its patient allowed: True, False, or None when nobody answered."""

    entry: Entry
    consent: bool | None = None


@dataclass(frozen=True)
class Waiting:
    """How many studies are open at each urgency, and since when the oldest waits."""

    counts: Mapping[Urgency, int]
    since: datetime | None = None

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def to_plain(only: Filter) -> dict[str, Any]:
    """A filter in plain words and numbers, as it is kept."""
    return {
        "urgencies": sorted(int(level) for level in only.urgencies),
        "modality": only.modality,
        "stage": only.stage.value if only.stage else "",
        "held": only.held.value if only.held else "",
        "hours": int(only.arrived_within / timedelta(hours=1)) if only.arrived_within else 0,
    }


def from_plain(kept: Mapping[str, Any]) -> Filter:
    """A filter as it was kept."""
    return Filter(
        urgencies=frozenset(map(Urgency, kept["urgencies"])),
        modality=kept["modality"],
        stage=Stage(kept["stage"]) if kept["stage"] else None,
        held=Held(kept["held"]) if kept["held"] else None,
        arrived_within=timedelta(hours=kept["hours"]) if kept["hours"] else None,
    )


def place_to_plain(place: Place) -> list[Any]:
    """A place in plain words and numbers, for a screen to keep."""
    return [part.isoformat() if isinstance(part, datetime) else part for part in astuple(place)]


def place_from_plain(kept: Sequence[Any]) -> Place:
    """A place as a screen kept it."""
    parts = zip(fields(Place), kept, strict=True)
    said: dict[str, Any] = {
        part.name: datetime.fromisoformat(value) if part.type is datetime else value for part, value in parts
    }
    return Place(**said)
