"""What is established about one film, in the one form that prompt, fact check and composer share."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.spelling import mended
from engine.statements import Statement, stated
from engine.vocabulary import CRITICAL, MIDLINE
from triage.finding import (
    POSSIBLE_FROM,
    PROBABLE_FROM,
    VERY_LIKELY_FROM,
    Certainty,
    Finding,
    Laterality,
    Region,
)
from triage.levels import SHIPPED, Levels
from triage.reading import Reading
from triage.study import Sex, Study, Urgency
from triage.urgency import Assessment, assess
from triage.vitals import PARAMETERS, Vitals, early_warning

MOST_FINDINGS = 4
MOST_MEASURES = 2
SURENESS = (Certainty.VERY_LIKELY, Certainty.PROBABLE, Certainty.POSSIBLE)
"""The degrees an impression names, in the order it names them."""
_SURE = {Certainty.PROBABLE, Certainty.VERY_LIKELY}
_LEAST = {
    Certainty.POSSIBLE: POSSIBLE_FROM,
    Certainty.PROBABLE: PROBABLE_FROM,
    Certainty.VERY_LIKELY: VERY_LIKELY_FROM,
}
_SILENT = {"days_since_onset"}


@dataclass(frozen=True)
class Fact:
    """A finding that an impression must name: at least possible.

    `severity` is a person's word for how large it is; the extent of a heatmap is none. `region` is where the film
    speaks for it, None when no single place does. `urgency` is what the site's table asks for because of it.
    """

    code: str
    certainty: Certainty
    laterality: Laterality | None = None
    severity: str | None = None
    region: Region | None = None
    urgency: Urgency = Urgency.ROUTINE

    @property
    def must_be_said(self) -> bool:
        """Say whether it may never be missing from an impression: critical, at least probable, or raising the study."""
        return self.code in CRITICAL or self.certainty in _SURE or self.urgency > Urgency.ROUTINE

    @property
    def rank(self) -> tuple[int, int]:
        """Its place among findings, the most urgent lowest: critical, then what the table raises, then the surest."""
        level = -1 if self.code in CRITICAL else Urgency.STAT - self.urgency
        return level, SURENESS.index(self.certainty)


@dataclass(frozen=True)
class Measure:
    """A bedside value outside what a healthy person has."""

    code: str
    value: float
    low: bool

    @property
    def number(self) -> str:
        return f"{self.value:g}"

    @property
    def unit(self) -> str:
        return PARAMETERS[self.code].unit


@dataclass(frozen=True)
class Facts:
    """All that may be said about one film.

    `present` is what an impression names, critical findings first, then the most probable: all that must be said, and
    what is only possible up to four in all; `further` are the possible ones beyond. `measures` are the two values
    that matter most: an impression is read at a glance, the tables beside it show everything.
    `asserted` is True when a person stated the findings, so that no word of doubt belongs to them. `urgency` is what
    the rules of triage make of film, bedside and order together.
    """

    present: tuple[Fact, ...] = ()
    unlikely: tuple[str, ...] = ()
    not_assessed: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()
    abnormal: Certainty = Certainty.NOT_ASSESSED
    age: int | None = None
    sex: Sex = Sex.UNKNOWN
    prior: bool = False
    asserted: bool = False
    urgency: Assessment | None = None
    further: tuple[Fact, ...] = ()

    @property
    def at_once(self) -> bool:
        """Say whether somebody must be told now: a critical finding is at least probable, or the table says minutes."""
        return any(
            (fact.code in CRITICAL and fact.certainty in _SURE) or fact.urgency is Urgency.STAT
            for fact in self.present
        )

    def fact(self, code: str) -> Fact | None:
        """The fact about one finding, None when it is not at least possible."""
        return next((fact for fact in (*self.present, *self.further) if fact.code == code), None)

    def certainty(self, code: str) -> Certainty:
        """How sure the facts are of one finding; NOT_ASSESSED when they do not say."""
        found = self.fact(code)
        if found is not None:
            return found.certainty
        return Certainty.UNLIKELY if code in self.unlikely else Certainty.NOT_ASSESSED


def from_reading(
    reading: Reading, vitals: Vitals | None, study: Study, *, prior: bool, levels: Levels = SHIPPED
) -> Facts:
    """Gather what may be said about one read film."""
    assessed = [f for f in reading.findings if f.probability is not None]
    present = [f for f in assessed if f.certainty is not Certainty.UNLIKELY]
    present.sort(key=lambda f: (f.code not in CRITICAL, -(f.probability or 0.0), f.code))
    named, further = _named([_seen(finding, levels) for finding in present])
    return Facts(
        present=named,
        further=further,
        unlikely=tuple(f.code for f in assessed if f.certainty is Certainty.UNLIKELY),
        not_assessed=tuple(f.code for f in reading.findings if f.abstained),
        measures=out_of_range(vitals),
        abnormal=_outlook(reading.pathology_probability),
        age=study.age,
        sex=study.patient.sex,
        prior=prior,
        urgency=assess(study.order_priority, vitals, reading, notes=study.indication, levels=levels),
    )


def _seen(finding: Finding, levels: Levels) -> Fact:
    level = levels.asks_for(finding.code, finding.probability or 0.0)
    return Fact(finding.code, finding.certainty, _side(finding), region=finding.region, urgency=level)


def _named(facts: Sequence[Fact]) -> tuple[tuple[Fact, ...], tuple[Fact, ...]]:
    """Part findings into those that an impression names and those beyond, in the order they come."""
    room = MOST_FINDINGS - sum(fact.must_be_said for fact in facts)
    doubtful = [fact for fact in facts if not fact.must_be_said]
    beyond = doubtful[max(room, 0) :]
    return tuple(fact for fact in facts if fact not in beyond), tuple(beyond)


def _side(finding: Finding) -> Laterality | None:
    return None if finding.code in MIDLINE else finding.laterality


def _outlook(probability: float | None) -> Certainty:
    return Finding("mass", probability).certainty  # the words for a probability are the same for a whole film


def out_of_range(vitals: Vitals | None) -> tuple[Measure, ...]:
    """Pick the bedside values that matter most: by the points NEWS2 gives them, then by how far from normal they are.

    Far is told in widths of the normal range, which alone would put a slightly raised CRP before a low oxygen.
    """
    if vitals is None:
        return ()
    points, found = early_warning(vitals).points, list[tuple[int, float, Measure]]()
    for code, value in vitals.values.items():
        low, high = PARAMETERS[code].normal
        distance = max(low - value, value - high) / ((high - low) or 1.0)
        if distance > 0 and code not in _SILENT:
            found.append((points.get(code, 0), distance, Measure(code, float(value), low=value < low)))
    found.sort(key=lambda one: (-one[0], -one[1], one[2].code))
    return tuple(measure for _, _, measure in found[:MOST_MEASURES])


def from_text(findings: str) -> Facts:
    """Hear the facts in findings that a person wrote; what is said twice counts once, the surer word first.

    Slips of the keyboard are mended first, so that none of them hides a finding or turns it round.
    """
    heard = stated(mended(findings))
    present: dict[str, Fact] = {}
    for s in sorted((s for s in heard if s.present), key=lambda s: s.certainty is not None):
        present.setdefault(s.code, _fact(s))
    order = sorted(
        map(_fact, present.values()),
        key=lambda f: (f.code not in CRITICAL, f.certainty is Certainty.POSSIBLE),
    )
    absent = _unique(s.code for s in heard if not s.present and s.code not in present)
    outlook = Certainty.VERY_LIKELY if present else Certainty.UNLIKELY
    named, further = _named(order)
    return Facts(present=named, further=further, unlikely=absent, abnormal=outlook, asserted=True)


def _fact(s: Statement) -> Fact:
    size = s.severity.removesuffix("ly") if s.severity else None  # mildly enlarged: mild
    sure = s.certainty or Certainty.VERY_LIKELY
    return Fact(s.code, sure, s.laterality, size, urgency=asked_for(s.code, sure))


def asked_for(code: str, sure: Certainty) -> Urgency:
    """Which level the shipped table asks for because of a finding that somebody put into words."""
    return SHIPPED.asks_for(code, _LEAST[sure])


def _unique(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(codes))
