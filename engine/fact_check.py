"""Every sentence against the facts; what they do not support goes, and what must be said is missed."""

import re
from dataclasses import dataclass
from itertools import pairwise

from engine.facts import Fact, Facts, Measure
from engine.statements import (
    Statement,
    calls_clear,
    malformed,
    outlook,
    qualifies_nothing,
    sentences,
    stated,
    unassessed,
    unmarked,
)
from engine.vocabulary import MEASURE_WORDS, MENTION, strange_words
from triage.finding import LABELS, Certainty, Laterality

_CHANGE = re.compile(
    r"\b(?:unchanged|stable|interval|increas\w+|decreas\w+|improv\w+|worse\w*|new|newly|resolv\w+|progress\w*)\b"
)
_EARLIER = re.compile(r"\b(?:compar\w+|previous\w*|prior|earlier|since|again|persist\w+|remain\w*)\b")
_FOREIGN = re.compile(
    r"\b(?:fractur\w+|tubes?|catheter\w*|pacemaker\w*|picc|lines?|tubercul\w+|cancer\w*|carcinoma\w*|malignan\w+"
    r"|metasta\w+|granuloma\w*|aneurysm\w*|free air|scoliosis|calcif\w+|covid\w*|ards|foreign bod\w+|embol\w+"
    r"|abscess\w*|cavit\w+|lymph\w+|sarcoid\w*|tumou?rs?|surg\w+|stent\w*|dissection)\b"
)
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")
_PLACES = {
    Laterality.LEFT: "on the left",
    Laterality.RIGHT: "on the right",
    Laterality.BOTH: "on both sides",
}
_NONE_ASSESSED = re.compile(r"\bno findings? (?:could|can|was|were)\b.*\bassessed\b")
_COUNT = re.compile(r"\b(\d+) findings?\b")
_LOW, _HIGH = (
    re.compile(r"\b(?:low(?!er)\w*|hypo\w+|brady\w+)\b"),
    re.compile(r"\b(?:high\w*|hyper\w+|tachy\w+|fever|raised)\b"),
)
_HIGHLY = re.compile(r"\bhighly (?:likely|probable)\b")
_AT_ONCE = re.compile(r"\b(?:tell|team|now)\b")
_STEP = re.compile(r"\b(?:confirm(?:ed)?|compare|tell)\b")


@dataclass(frozen=True)
class Checked:
    """A text after the check: what stayed, what went and why, and which facts it never said."""

    kept: tuple[str, ...]
    removed: tuple[tuple[str, str], ...]
    missing: tuple[Fact, ...]
    missing_measures: tuple[Measure, ...]
    film_unsaid: bool  # no finding is at least possible, and nothing says how the film looks

    @property
    def mostly_false(self) -> bool:
        """More than half of the sentences had to go, or none was written."""
        return not self.kept or len(self.removed) > len(self.kept)


def check(text: str, facts: Facts) -> Checked:
    """Hold a text against the facts, sentence by sentence."""
    kept: list[str] = []
    removed: list[tuple[str, str]] = []
    for sentence in sentences(text):
        reason = objection(sentence, facts) or _repeated(sentence, kept)
        if reason:
            removed.append((sentence, reason))
        else:
            kept.append(sentence)
    said = {s.code for sentence in kept for s in stated(sentence) if s.present}
    measured = {code for sentence in kept for code in measures_in(sentence)}
    return Checked(
        tuple(kept),
        tuple(removed),
        tuple(fact for fact in facts.present if fact.code not in said),
        tuple(m for m in facts.measures if m.code not in measured),
        not (facts.present or facts.asserted or any(outlook(sentence) for sentence in kept)),
    )


def _repeated(sentence: str, kept: list[str]) -> str:
    """Say so when a sentence adds nothing to those before it."""
    return "it says the same again" if _topics(sentence) <= set().union(*map(_topics, kept)) else ""


def _topics(sentence: str) -> set[str]:
    """Find what a sentence speaks about: findings, values, the film, its limits, the next step."""
    lower = sentence.lower()
    others = {
        "film": outlook(lower),
        "limits": unassessed(lower) or _COUNT.search(lower),
        "call": _AT_ONCE.search(lower),
        "step": _STEP.search(lower),
    }
    codes = {statement.code for statement in stated(sentence)}
    return codes | set(measures_in(lower)) | {topic for topic, spoken in others.items() if spoken}


def objection(sentence: str, facts: Facts) -> str:
    """Say what the facts hold against a sentence; empty when nothing."""
    lower = unmarked(sentence).lower()
    return (
        malformed(sentence)
        or _finding_objection(sentence, facts)
        or _film_objection(lower, facts)
        or _silence_objection(lower, facts)
        or _measure_objection(lower, facts)
        or _number_objection(lower, facts)
        or _bedside_objection(lower, facts)
        or _other_objection(lower, facts)
        or _nothing_said(lower)
    )


def _finding_objection(sentence: str, facts: Facts) -> str:
    return next(filter(None, (_against(s, facts) for s in stated(sentence))), "")


def _against(statement: Statement, facts: Facts) -> str:
    name = LABELS[statement.code].lower()
    known = facts.certainty(statement.code)
    if known is Certainty.NOT_ASSESSED:
        return f"{name} was not assessed"
    if statement.present and known is Certainty.UNLIKELY:
        return f"{name} is unlikely"
    if not statement.present:
        return "" if known is Certainty.UNLIKELY else f"{name} is {known.value}"
    if (statement.certainty or Certainty.VERY_LIKELY) is not known:
        return f"{name} is {known.value}"
    side = next(f.laterality for f in facts.present if f.code == statement.code)
    if statement.laterality is side:
        return ""
    return f"{name} is {_PLACES[side]}" if side else f"the side of {name} is not known"


def _film_objection(lower: str, facts: Facts) -> str:
    """Hold what a sentence says of the whole film against the film: clear only when it is unlikely to be abnormal."""
    heard = outlook(lower)
    if facts.present and calls_clear(lower):
        return "the film is not clear of findings"
    if heard is None or heard is facts.abnormal:
        return ""
    if facts.abnormal is Certainty.NOT_ASSESSED:
        return "whether the film is abnormal was not assessed"
    return f"an abnormal film is {facts.abnormal.value}"


def _silence_objection(lower: str, facts: Facts) -> str:
    """Hold "not assessed" against what was: an answer must not be passed off as none."""
    judged = next((code for code in unassessed(lower) if code not in facts.not_assessed), None)
    if judged:
        return f"{LABELS[judged].lower()} is not among what was not assessed"
    known = facts.present or facts.unlikely
    return "some findings were assessed" if known and _NONE_ASSESSED.search(lower) else ""


def measures_in(sentence: str) -> list[str]:
    """Find which bedside values a sentence speaks about."""
    lower = sentence.lower()
    return [code for code, pattern in MEASURE_WORDS.items() if pattern.search(lower)]


def _measure_objection(lower: str, facts: Facts) -> str:
    known = {m.code: m for m in facts.measures}
    spoken = sorted(measures_in(lower), key=lambda code: MEASURE_WORDS[code].search(lower).start())
    if any(code not in known for code in spoken):
        return "it states a bedside value that is not among the facts"
    words = _HIGHLY.sub("very likely", _COUNT.sub(" ", _without_units(lower, facts)))
    starts = [MEASURE_WORDS[code].search(words).start() for code in spoken]
    before, *parts = [words[a:b] for a, b in pairwise([0, *starts, len(words)])]
    objections = (_value_objection(known[code], part) for code, part in zip(spoken, parts, strict=True))
    loose = spoken and any(map(qualifies_nothing, (before, *parts)))
    return next(filter(None, objections), "a measured value is neither doubted nor denied" if loose else "")


def _value_objection(measure: Measure, words: str) -> str:
    """Hold what follows the name of a bedside value against the value."""
    strange = next((n for n in _NUMBER.findall(words) if n != measure.number), None)
    low, high = bool(_LOW.search(words)), bool(_HIGH.search(words))
    if strange:
        return f"the number {strange} is not among the facts"
    if low is high:
        return "it does not say whether the value is high or low"
    return "" if low is measure.low else f"the value is {'low, not high' if measure.low else 'high, not low'}"


def _without_units(lower: str, facts: Facts) -> str:
    for measure in facts.measures:  # a unit may hold a number of its own: 10⁹/L
        lower = lower.replace(measure.unit.lower(), " ")
    return lower


def _number_objection(lower: str, facts: Facts) -> str:
    count = _COUNT.search(lower)
    if count and count.group(1) != str(len(facts.not_assessed)):
        return f"the number {count.group(1)} is not among the facts"
    numbers = _NUMBER.findall(_COUNT.sub(" ", _without_units(lower, facts)))
    strange = set(numbers) - {m.number for m in facts.measures}
    if strange:
        return f"the number {min(strange)} is not among the facts"
    nameless = numbers and not measures_in(lower)
    return f"the number {numbers[0]} says of nothing what it measures" if nameless else ""


def _bedside_objection(lower: str, facts: Facts) -> str:
    if "bedside" not in lower:
        return ""
    names, numbers = measures_in(lower), _NUMBER.findall(_without_units(lower, facts))
    foreign = MENTION.search(lower) or not 0 < len(names) <= len(numbers)
    return "it calls a bedside value what is none" if foreign else ""


def _other_objection(lower: str, facts: Facts) -> str:
    if _CHANGE.search(lower):
        return "it states a change that nobody measured"
    if _EARLIER.search(lower) and not facts.prior:
        return "it compares with a prior that does not exist"
    if _AT_ONCE.search(lower) and not facts.at_once:
        return "nothing here must be told at once"
    if _FOREIGN.search(lower):
        return "it names something that nobody looked for"
    strange = strange_words(lower)
    return f"the word {strange[0]} belongs to no impression" if strange else ""


def _nothing_said(lower: str) -> str:
    """Object to a sentence without a finding, a value, a word on the film or a next step."""
    says = MENTION.search(lower) or measures_in(lower) or outlook(lower) or "not assessed" in lower
    return "" if says or _STEP.search(lower) else "it says nothing of this film"
