"""Patients for whom a radiologist knows the answer: what the rules are tested with, and what is printed for signing."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from triage.finding import LABELS, Finding
from triage.levels import SHIPPED, Levels
from triage.reading import ModelIdentity, Reading
from triage.study import Urgency
from triage.urgency import Assessment, assess
from triage.vitals import Consciousness, Vitals, standing

EXAMPLES_FILE = Path(__file__).with_name("examples.toml")
ABSTAINED = "abstained"
_THEN = datetime(2026, 1, 1, 8, tzinfo=UTC)
_UNLIKELY = 0.05


@dataclass(frozen=True)
class Example:
    """One patient: everything that is known, and the level, the weightiest reason and the words that must come out."""

    shows: str
    level: Urgency
    because: str
    order: Urgency = Urgency.ROUTINE
    notes: str = ""
    measured: tuple[Vitals, ...] = ()
    reading: Reading | None = None
    negative: bool = False
    outlook: str = ""

    def assessed(self, levels: Levels = SHIPPED) -> Assessment:
        """What the rules make of this patient."""
        return assess(
            self.order,
            standing(self.measured),
            self.reading,
            notes=self.notes,
            earlier=self.measured,
            levels=levels,
        )


def examples() -> tuple[Example, ...]:
    """All patients of the list."""
    return tuple(map(_example, tomllib.loads(EXAMPLES_FILE.read_text("utf-8"))["example"]))


def _example(said: Mapping[str, Any]) -> Example:
    return Example(
        shows=said["shows"],
        level=Urgency[said["level"].upper()],
        because=said["because"],
        order=Urgency[said.get("order", "routine").upper()],
        notes=said.get("notes", ""),
        measured=tuple(_measured(said)),
        reading=_film(said) if "pathology" in said else None,
        negative=said.get("negative", False),
        outlook=said.get("outlook", ""),
    )


def _measured(said: Mapping[str, Any]) -> list[Vitals]:
    awake = said.get("consciousness")
    bedside = said.get("on_oxygen"), awake and Consciousness(awake), said.get("hypercapnic")
    times = [(_THEN, "earlier"), (_THEN + timedelta(hours=6), "vitals")]
    return [Vitals(at, said[key], *bedside) for at, key in times if key in said]


def _film(said: Mapping[str, Any]) -> Reading:
    seen, p = said.get("film", {}), said["pathology"]
    return Reading(
        study_uid="",
        findings=tuple(Finding(code, seen.get(code, _UNLIKELY)) for code in LABELS),
        pathology_probability=None if p == ABSTAINED else p,
        model=ModelIdentity("an example", "", 4),
        permit_id="",
        input_sha256="",
        read_at=_THEN,
    )
