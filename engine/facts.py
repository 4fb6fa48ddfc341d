"""What is established about one film, in the one form that prompt, fact check and composer share."""

from collections.abc import Iterable
from dataclasses import dataclass

from engine.spelling import mended
from engine.statements import Statement, stated
from engine.vocabulary import CRITICAL, MIDLINE
from triage.finding import Certainty, Finding, Laterality, Region
from triage.levels import SHIPPED, Levels
from triage.reading import Reading
from triage.study import Sex, Study, Urgency
from triage.urgency import Assessment, assess
from triage.vitals import PARAMETERS, Vitals

MOST_FINDINGS = 4
MOST_MEASURES = 2
SURENESS = (Certainty.VERY_LIKELY, Certainty.PROBABLE, Certainty.POSSIBLE)
"""The degrees an impression names, in the order it names them."""
_SURE = {Certainty.PROBABLE, Certainty.VERY_LIKELY}
_SILENT = {"days_since_onset"}


@dataclass(frozen=True)
class Fact:
    """A finding that an impression must name: at least possible.

    `severity` is a person's word for how large it is; the extent of a heatmap is none. `region` is where the film
    speaks for it, None when no single place does.
    """

    code: str
    certainty: Certainty
    laterality: Laterality | None = None
    severity: str | None = None
    region: Region | None = None


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

    `present` holds at most four findings, critical ones first, then the most probable; `measures` the two values
    furthest from normal: an impression is read at a glance, the tables beside it show everything.
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

    @property
    def at_once(self) -> bool:
        """Say whether somebody must be told now: a critical finding is at least probable."""
        return any(fact.code in CRITICAL and fact.certainty in _SURE for fact in self.present)

    def fact(self, code: str) -> Fact | None:
        """The fact about one finding, None when it is not at least possible."""
        return next((fact for fact in self.present if fact.code == code), None)

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
    return Facts(
        present=tuple(Fact(f.code, f.certainty, _side(f), region=f.region) for f in present[:MOST_FINDINGS]),
        unlikely=tuple(f.code for f in assessed if f.certainty is Certainty.UNLIKELY),
        not_assessed=tuple(f.code for f in reading.findings if f.abstained),
        measures=out_of_range(vitals),
        abnormal=_outlook(reading.pathology_probability),
        age=study.age,
        sex=study.patient.sex,
        prior=prior,
        urgency=assess(study.order_priority, vitals, reading, notes=study.indication, levels=levels),
    )


def _side(finding: Finding) -> Laterality | None:
    return None if finding.code in MIDLINE else finding.laterality


def _outlook(probability: float | None) -> Certainty:
    return Finding("mass", probability).certainty  # the words for a probability are the same for a whole film


def out_of_range(vitals: Vitals | None) -> tuple[Measure, ...]:
    """Pick the bedside values furthest from normal, in widths of the normal range."""
    found: list[tuple[float, Measure]] = []
    for code, value in (vitals.values if vitals else {}).items():
        low, high = PARAMETERS[code].normal
        distance = max(low - value, value - high) / ((high - low) or 1.0)
        if distance > 0 and code not in _SILENT:
            found.append((distance, Measure(code, float(value), low=value < low)))
    found.sort(key=lambda pair: (-pair[0], pair[1].code))
    return tuple(measure for _, measure in found[:MOST_MEASURES])


def from_text(findings: str) -> Facts:
    """Hear the facts in findings that a person wrote; what is said twice counts once, the surer word first.

    Slips of the keyboard are mended first, so that none of them hides a finding or turns it round.
    """
    heard = stated(mended(findings))
    present: dict[str, Fact] = {}
    for s in sorted((s for s in heard if s.present), key=lambda s: s.certainty is not None):
        present.setdefault(s.code, _fact(s))
    order = sorted(
        present.values(), key=lambda f: (f.code not in CRITICAL, f.certainty is Certainty.POSSIBLE)
    )
    absent = _unique(s.code for s in heard if not s.present and s.code not in present)
    outlook = Certainty.VERY_LIKELY if present else Certainty.UNLIKELY
    return Facts(present=tuple(order[:MOST_FINDINGS]), unlikely=absent, abnormal=outlook, asserted=True)


def _fact(s: Statement) -> Fact:
    size = s.severity.removesuffix("ly") if s.severity else None  # mildly enlarged: mild
    return Fact(s.code, s.certainty or Certainty.VERY_LIKELY, s.laterality, size)


def _unique(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(codes))


def urgency_of(fact: Fact) -> tuple[int, int]:
    """Rank a finding, the most urgent lowest: critical, then what the rules of triage raise, then the surest."""
    raised = {rule.code: rule.urgency for rule in SHIPPED.findings}
    level = raised.get(fact.code, Urgency.ROUTINE) if fact.certainty in _SURE else Urgency.ROUTINE
    return (-1 if fact.code in CRITICAL else Urgency.STAT - level, SURENESS.index(fact.certainty))


def is_urgent(fact: Fact) -> bool:
    """Say whether a finding may never be missing from an impression: critical, or at least probable."""
    return fact.code in CRITICAL or fact.certainty in _SURE
