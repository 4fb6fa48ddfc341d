"""Findings and vitals to urgency; each rule is a row that names its source."""

from dataclasses import dataclass

from triage.finding import LABELS, PROBABLE_FROM
from triage.reading import Reading
from triage.study import Urgency
from triage.vitals import EarlyWarning, Vitals, early_warning


@dataclass(frozen=True)
class FindingRule:
    """From this probability on, this finding asks for this urgency."""

    code: str
    from_probability: float
    urgency: Urgency
    source: str


_ACR = "ACR actionable findings, category {} ({})"
_MINUTES, _HOURS, _DAYS = _ACR.format(1, "minutes"), _ACR.format(2, "hours"), _ACR.format(3, "days")

FINDING_RULES: tuple[FindingRule, ...] = (
    FindingRule("pneumothorax", PROBABLE_FROM, Urgency.STAT, _MINUTES),
    FindingRule("edema", PROBABLE_FROM, Urgency.ASAP, _HOURS),
    FindingRule("effusion", PROBABLE_FROM, Urgency.ASAP, _HOURS),
    FindingRule("pneumonia", PROBABLE_FROM, Urgency.ASAP, _HOURS),
    FindingRule("consolidation", PROBABLE_FROM, Urgency.ASAP, _HOURS),
    FindingRule("infiltration", PROBABLE_FROM, Urgency.URGENT, _DAYS),
    FindingRule("atelectasis", PROBABLE_FROM, Urgency.URGENT, _DAYS),
    FindingRule("mass", PROBABLE_FROM, Urgency.URGENT, _DAYS),
    FindingRule("nodule", PROBABLE_FROM, Urgency.URGENT, _DAYS),
    FindingRule("cardiomegaly", PROBABLE_FROM, Urgency.URGENT, _DAYS),
)
PATHOLOGY_RULE = (0.7, Urgency.URGENT)
NEGATIVE_BELOW = 0.3
"""Below this pathology probability, and with no finding probable, the model called a film negative."""


@dataclass(frozen=True)
class WarningRule:
    """From this NEWS2 total on, the bedside asks for this urgency."""

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
class Assessment:
    """How soon a study must be looked at, and every reason, the weightiest first.

    `ai_negative` is True only when the model read the film and called it negative.
    """

    urgency: Urgency
    reasons: tuple[str, ...]
    ai_negative: bool = False


def _from_warning(score: EarlyWarning) -> tuple[Urgency, str] | None:
    rule = next((r for r in WARNING_RULES if score.total >= r.from_total), None)
    if rule is None and score.single_three:
        rule = SINGLE_THREE
    return None if rule is None else (rule.urgency, f"NEWS2 {score.total}: {rule.says}")


def _from_reading(reading: Reading) -> list[tuple[Urgency, str]]:
    raised = []
    for rule in FINDING_RULES:
        p = reading.probability(rule.code)
        if p is not None and p >= rule.from_probability:
            raised.append((rule.urgency, f"AI: {LABELS[rule.code].lower()} {p:.0%}"))
    p, (threshold, urgency) = reading.pathology_probability, PATHOLOGY_RULE
    if p is not None and p >= threshold:
        raised.append((urgency, f"AI: pathology {p:.0%}"))
    return raised


def called_negative(reading: Reading) -> bool:
    """Say whether the model saw nothing; an abstention is not a negative.

    Nor is a film on which the model could not answer what would have to be looked at within minutes.
    """
    p = reading.pathology_probability
    gravest = [rule.code for rule in FINDING_RULES if rule.urgency is Urgency.STAT]
    answered = all(reading.probability(code) is not None for code in gravest)
    return p is not None and p < NEGATIVE_BELOW and answered and not _from_reading(reading)


def assess(order_priority: Urgency, vitals: Vitals | None, reading: Reading | None) -> Assessment:
    """Join the order, the bedside and the film; each can raise the urgency and none can lower it.

    Args:
        order_priority: what the referring clinician asked for.
        vitals: the latest measurements, None when there are none.
        reading: the model's answer, None when it was not asked or could not tell.

    Returns: the highest urgency anything asks for, with its reasons.
    Source: FINDING_RULES (ACR), WARNING_RULES (NEWS2); "only raises" is ADR-0007.
    """
    raised = [(order_priority, f"ordered {order_priority.name.lower()}")]
    warning = _from_warning(early_warning(vitals)) if vitals else None
    if warning:
        raised.append(warning)
    if reading:
        raised.extend(_from_reading(reading))
    raised.sort(key=lambda r: -r[0])
    return Assessment(
        urgency=raised[0][0],
        reasons=tuple(text for _, text in raised),
        ai_negative=reading is not None and called_negative(reading),
    )
