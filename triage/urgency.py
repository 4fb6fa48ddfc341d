"""Order, bedside, notes and film to one urgency; each rule is a row that names its source."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from triage.finding import LABELS, VERY_LIKELY_FROM
from triage.levels import SHIPPED, Levels
from triage.notes import mentioned
from triage.reading import Reading
from triage.study import Urgency
from triage.vitals import EarlyWarning, Vitals, early_warning, rise

NEGATIVE_BELOW = 0.3
"""Below this pathology probability, and with no finding of the table reached, the model called a film negative."""


@dataclass(frozen=True)
class WarningRule:
    """From this NEWS2 total on, the bedside asks for this urgency. No site's table changes these rows."""

    from_total: int
    urgency: Urgency
    says: str


WARNING_RULES: tuple[WarningRule, ...] = (
    WarningRule(7, Urgency.STAT, "emergency response within 30 minutes"),
    WarningRule(5, Urgency.ASAP, "urgent review within 1 hour"),
)
SINGLE_THREE = WarningRule(3, Urgency.ASAP, "one parameter alone asks for urgent review within 1 hour")
WARNING_SOURCE = "NEWS2, Royal College of Physicians 2017"


@dataclass(frozen=True)
class RiseRule:
    """When NEWS2 has risen by this many points over the best moment before, the bedside asks for this urgency."""

    from_points: int
    urgency: Urgency


RISE_RULES: tuple[RiseRule, ...] = (RiseRule(3, Urgency.ASAP), RiseRule(2, Urgency.URGENT))
RISE_SOURCE = "ours, to be confirmed by the site: RCP 2017 asks to follow the trend of the score and publishes no number for it"


@dataclass(frozen=True)
class Outlook:
    """What a film's pathology probability is put into words as, from this probability on."""

    from_probability: float
    says: str
    source: str


_PAPER = "CNN+LLM paper, table 1: {}"
OUTLOOKS: tuple[Outlook, ...] = (
    Outlook(VERY_LIKELY_FROM, "further examination", _PAPER.format("0.89")),
    Outlook(SHIPPED.pathology.from_probability, "follow-up in 48 h", _PAPER.format("0.73")),
    Outlook(NEGATIVE_BELOW, "pathology not ruled out", "ours: the paper has no row between 0.18 and 0.73"),
    Outlook(0.0, "no pathology", _PAPER.format("0.18 and 0.05")),
)
NOT_ASSESSED = "not assessed"


@dataclass(frozen=True)
class Asked:
    """One thing that asks for an urgency: what it says, and whose rule that is; an order needs no rule."""

    urgency: Urgency
    says: str
    source: str = ""


def outlook(probability: float | None) -> str:
    """Put a film's pathology probability into the words of the paper; an abstention stays one."""
    if probability is None:
        return NOT_ASSESSED
    return next(row.says for row in OUTLOOKS if probability >= row.from_probability)


def _ordered(priority: Urgency) -> str:
    return f"ordered {priority.name.lower()}"


@dataclass(frozen=True)
class Assessment:
    """How soon a study must be looked at, and every reason, the weightiest first; `source` is whose rule that one is.

    `ai_negative` is True only when the model read the film and called it negative. `gives_way` is how long studies
    that arrive later may still pass this one (`worklist.Place`); unless a table grants more, nobody may. `levels` is
    the version of the table that said so.
    """

    urgency: Urgency
    reasons: tuple[str, ...]
    ai_negative: bool = False
    gives_way: timedelta = timedelta()
    levels: str = ""
    source: str = field(default="", compare=False)  # not stored: the draft that quotes it is

    @property
    def sentence(self) -> str:
        """One sentence that says why this study stands where it stands."""
        first, *rest = self.reasons or ("no reason is on file",)
        rest = [reason for reason in rest if reason != _ordered(Urgency.ROUTINE)]
        others = f"; also {', '.join(rest)}" if rest else ""
        behind = (
            "; AI called the film negative, so others of this level go first until it is due"
            if self.ai_negative and self.urgency is not Urgency.STAT
            else ""
        )
        return f"{self.urgency.name} ({self.urgency.within}) because of: {first}{others}{behind}."


def _from_bedside(vitals: Vitals, earlier: Sequence[Vitals]) -> list[Asked]:
    raised = [_from_warning(early_warning(vitals))]
    gained = rise(earlier)
    risen = next((r for r in RISE_RULES if gained >= r.from_points), None)
    if risen is not None:
        raised.append(Asked(risen.urgency, f"NEWS2 rose by {gained}", RISE_SOURCE))
    return [said for said in raised if said is not None]


def _from_warning(score: EarlyWarning) -> Asked | None:
    rule = next((r for r in WARNING_RULES if score.total >= r.from_total), None)
    if rule is None and score.single_three:
        rule = SINGLE_THREE
    return None if rule is None else Asked(rule.urgency, f"NEWS2 {score.total}: {rule.says}", WARNING_SOURCE)


def _from_notes(notes: str, levels: Levels) -> list[Asked]:
    return [
        Asked(rule.urgency, f"order says “{words}”", rule.source)
        for rule, words in mentioned(notes, levels.notes)
    ]


def _from_reading(reading: Reading, levels: Levels) -> list[Asked]:
    raised: dict[str, Asked] = {}
    for rule in levels.findings:
        p = reading.probability(rule.code)
        if p is not None and p >= rule.from_probability:
            said = Asked(rule.urgency, f"AI: {LABELS[rule.code].lower()} {p:.0%}", rule.source)
            raised[rule.code] = max(raised.get(rule.code, said), said, key=_urgency)
    p = reading.pathology_probability
    if p is not None and p >= levels.pathology.from_probability:
        raised["pathology"] = Asked(
            levels.pathology.urgency, f"AI: pathology {p:.0%}", levels.pathology.source
        )
    return list(raised.values())


def _urgency(asked: Asked) -> Urgency:
    return asked.urgency


def called_negative(reading: Reading, levels: Levels = SHIPPED) -> bool:
    """Say whether the model saw nothing; an abstention is not a negative.

    Nor is a film on which the model could not answer what would have to be looked at within minutes.
    """
    p = reading.pathology_probability
    gravest = [rule.code for rule in levels.findings if rule.urgency is Urgency.STAT]
    answered = all(reading.probability(code) is not None for code in gravest)
    return p is not None and p < NEGATIVE_BELOW and answered and not _from_reading(reading, levels)


def assess(
    order_priority: Urgency,
    vitals: Vitals | None,
    reading: Reading | None,
    *,
    notes: str = "",
    earlier: Sequence[Vitals] = (),
    levels: Levels = SHIPPED,
) -> Assessment:
    """Join the order, its words, the bedside and the film; each can raise the urgency and none can lower it.

    Args:
        order_priority: what the referring clinician asked for.
        vitals: how the patient stands, None when nothing was measured.
        reading: the model's answer, None when it was not asked or could not tell.
        notes: why the film was asked for, as the referrer wrote it.
        earlier: all measurements of the study, the latest last, for the trend.
        levels: the site's table.

    Returns: the highest urgency anything asks for, with its reasons.
    Source: `levels` (ACR), WARNING_RULES (NEWS2), RISE_RULES (ours); "only raises" is ADR-0007.
    """
    raised = [Asked(order_priority, _ordered(order_priority)), *_from_notes(notes, levels)]
    if vitals:
        raised.extend(_from_bedside(vitals, earlier))
    if reading:
        raised.extend(said for said in _from_reading(reading, levels) if said.urgency > Urgency.ROUTINE)
    raised.sort(key=_urgency, reverse=True)
    urgency, negative = raised[0].urgency, reading is not None and called_negative(reading, levels)
    return Assessment(
        urgency=urgency,
        reasons=tuple(asked.says for asked in raised),
        ai_negative=negative,
        gives_way=levels.gives_way(urgency, ai_negative=negative),
        levels=levels.version,
        source=raised[0].source,
    )
