"""Urgency and states as words with a shape and a colour; never a colour alone."""

from markupsafe import Markup

from dashboard.parts.look import markup
from triage.finding import Certainty
from triage.listing import STAGES, Stage
from triage.status import OPEN, Status
from triage.study import Urgency

SHAPES = {Urgency.STAT: "◆", Urgency.ASAP: "▲", Urgency.URGENT: "●", Urgency.ROUTINE: "○"}
_TONES = {
    Certainty.VERY_LIKELY: "stat",
    Certainty.PROBABLE: "asap",
    Certainty.POSSIBLE: "urgent",
    Certainty.UNLIKELY: "quiet",
    Certainty.NOT_ASSESSED: "quiet",
}


def badge(text: str, tone: str, shape: str = "") -> Markup:
    """A word on a tinted ground; `tone` is a class of the style sheet."""
    return markup(
        '<span class="fr-badge fr-{tone}"><span aria-hidden="true">{shape}</span>{text}</span>',
        tone=tone,
        shape=f"{shape} " if shape else "",
        text=text,
    )


def urgency(level: Urgency) -> Markup:
    """How soon, as a shape and a word."""
    return badge(level.name, level.name.lower(), SHAPES[level])


def certainty(word: Certainty) -> Markup:
    """How sure, as its word."""
    return badge(word.value, _TONES[word])


def status(at: Status, text: str) -> Markup:
    """Where a study stands; what a person must read without the model is marked."""
    if STAGES.get(at) is Stage.PERSON:
        return badge(text, "person", "◐")
    return badge(text, "quiet" if at in OPEN else "done", "" if at in OPEN else "✓")


def simulated() -> Markup:
    """No patient: this study was made by a computer."""
    return badge("simulated", "simulated")


def answer(yes: bool | None) -> Markup:
    """A patient's answer; silence is its own word, and it is a no."""
    if yes is None:
        return badge("no answer, counts as no", "quiet", "–")
    return badge("allowed", "done", "✓") if yes else badge("refused", "stat", "✕")
