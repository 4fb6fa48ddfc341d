"""What the model answered, and with whose permission it was asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from triage.finding import POSSIBLE_FROM, Finding


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
class Evidence:
    """What one sentence of a draft rests on.

    `grounds` are pairs: the code of a finding or of a bedside value, or one of film, limits, step, order and patient; and
    where the film shows it ("left lower zone", "no region"), the value, or the reason.
    """

    sentence: str
    grounds: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Draft:
    """An impression no one has signed: its text, who wrote it, what the fact check did to it, and what it rests on.

    `facts` is the structured draft that the text was written from, `raw` what the model wrote before the check.
    """

    style: Style
    text: str
    writer: Writer
    removed: tuple[tuple[str, str], ...] = ()  # (sentence, reason)
    mended: tuple[tuple[str, str, str], ...] = ()  # (the model's sentence, what stands instead, reason)
    raw: str = ""
    evidence: tuple[Evidence, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """One answer of the model to one film.

    `pathology_probability` is the calibrated probability that the film is abnormal, None when the model abstained.
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
    drafts: tuple[Draft, ...] = ()
    note: str = ""  # why the model abstained, when it did

    @property
    def pointed_at(self) -> Finding | None:
        """The finding that is explained first: the most probable one, when it is at least possible."""
        possible = [f for f in self.findings if (f.probability or 0.0) >= POSSIBLE_FROM]
        return max(possible, key=lambda f: f.probability or 0.0, default=None)

    def with_heatmaps(self, heatmaps: Mapping[str, str]) -> Self:
        """The same answer, each finding with its heatmap in the file store; `heatmaps` are hashes by code."""
        findings = tuple(replace(f, heatmap_sha256=heatmaps.get(f.code)) for f in self.findings)
        return replace(self, findings=findings)

    def probability(self, code: str) -> float | None:
        """The probability of one finding, None when it was not assessed."""
        return next((f.probability for f in self.findings if f.code == code), None)
