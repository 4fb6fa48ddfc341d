"""What the model answered, and with whose permission it was asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from triage.finding import Finding


class Style(StrEnum):
    """The three forms of one impression: for everybody, for a glance, for the expert."""

    BRIEF = "brief"
    BULLET = "bullet"
    COMPREHENSIVE = "comprehensive"


class Writer(StrEnum):
    """Who put a draft into words."""

    MODEL = "model"
    COMPOSER = "composer"  # deterministic sentences from the facts, when the model's do not hold


@dataclass(frozen=True)
class ModelIdentity:
    """Which weights spoke: a name, the hash of the checkpoint and the width of its weights."""

    id: str
    sha256: str
    bits: int


@dataclass(frozen=True)
class Draft:
    """An impression no one has signed: its text, who wrote it, and what the fact check took out and why."""

    style: Style
    text: str
    writer: Writer
    removed: tuple[tuple[str, str], ...] = ()  # (sentence, reason)


@dataclass(frozen=True)
class Reading:
    """One answer of the model to one film.

    `pathology_probability` is the calibrated probability that the film is abnormal, None when the model abstained.
    `heatmap_sha256` names the overlay in the file store: uint8 [H, W] PNG, 255 where it looked most.
    `seconds` says how long each step took.
    """

    study_uid: str
    findings: tuple[Finding, ...]
    pathology_probability: float | None
    model: ModelIdentity
    permit_id: str
    input_sha256: str
    read_at: datetime
    seconds: Mapping[str, float] = field(default_factory=dict)
    heatmap_sha256: str | None = None
    drafts: tuple[Draft, ...] = ()
    note: str = ""  # why the model abstained, when it did

    def probability(self, code: str) -> float | None:
        """The probability of one finding, None when it was not assessed."""
        return next((f.probability for f in self.findings if f.code == code), None)
