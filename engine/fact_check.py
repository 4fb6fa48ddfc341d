"""Every sentence against the facts; what they do not support goes, and what must be said is missed."""

import re
from dataclasses import dataclass
from itertools import pairwise

from engine.facts import Fact, Facts, Measure
from engine.statements import Statement, sentences, stated
from engine.vocabulary import MEASURE_WORDS, strange_words
from triage.finding import LABELS, Certainty

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
_LIST_MARK = re.compile(r"^\s*(?:\d+[.)]|[-*•])\s*")
_LOW, _HIGH = (
    re.compile(r"\b(?:low\w*|hypo\w+|brady\w+)\b"),
    re.compile(r"\b(?:high\w*|hyper\w+|tachy\w+|fever|raised)\b"),
)
_HIGHLY = re.compile(r"\bhighly (?:likely|probable)\b")
_CLEAR = re.compile(
    r"\b(?:no (?:acute )?(?:\w+ )?(?:abnormalit\w+|findings?|disease)|nothing|normal|clear|unremarkable)\b"
)


@dataclass(frozen=True)
class Checked:
    """A text after the check: what stayed, what went and why, and which facts it never said."""

    kept: tuple[str, ...]
    removed: tuple[tuple[str, str], ...]
    missing: tuple[Fact, ...]
    missing_measures: tuple[Measure, ...]

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
    )


def _repeated(sentence: str, kept: list[str]) -> str:
    """Say so when a sentence adds no finding and no value to those before it."""
    new = {s.code for s in stated(sentence)} | set(measures_in(sentence))
    old = {s.code for line in kept for s in stated(line)} | {
        code for line in kept for code in measures_in(line)
    }
    return "it says the same again" if new and new <= old else ""


def objection(sentence: str, facts: Facts) -> str:
    """Say what the facts hold against a sentence; empty when nothing."""
    lower = _LIST_MARK.sub("", sentence).lower()
    return (
        _finding_objection(sentence, facts)
        or _clear_objection(lower, facts)
        or _measure_objection(lower, facts)
        or _number_objection(lower, facts)
        or _other_objection(lower, facts)
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
    if statement.laterality is not None and statement.laterality is not side:
        return f"{name} is on the {side.value}" if side else f"the side of {name} is not known"
    return ""


def _clear_objection(lower: str, facts: Facts) -> str:
    sick = bool(facts.present) or (
        not facts.asserted and facts.abnormal is not Certainty.UNLIKELY and not facts.unlikely
    )
    return "the film is not clear of findings" if _CLEAR.search(lower) and sick and not stated(lower) else ""


def measures_in(sentence: str) -> list[str]:
    """Find which bedside values a sentence speaks about."""
    lower = sentence.lower()
    return [code for code, pattern in MEASURE_WORDS.items() if pattern.search(lower)]


def _measure_objection(lower: str, facts: Facts) -> str:
    known = {m.code: m for m in facts.measures}
    spoken = sorted(measures_in(lower), key=lambda code: MEASURE_WORDS[code].search(lower).start())
    if any(code not in known for code in spoken):
        return "it states a bedside value that is not among the facts"
    words = _HIGHLY.sub(" ", _without_units(lower, facts))
    starts = [MEASURE_WORDS[code].search(words).start() for code in spoken]
    parts = [words[a:b] for a, b in pairwise([*starts, len(words)])]
    objections = (_value_objection(known[code], part) for code, part in zip(spoken, parts, strict=True))
    return next(filter(None, objections), "")


def _value_objection(measure: Measure, words: str) -> str:
    """Hold what follows the name of a bedside value against the value."""
    number, low, high = _NUMBER.search(words), bool(_LOW.search(words)), bool(_HIGH.search(words))
    if number and number.group() != measure.number:
        return f"the number {number.group()} is not among the facts"
    if low is high:
        return "it does not say whether the value is high or low"
    return "" if low is measure.low else f"the value is {'low, not high' if measure.low else 'high, not low'}"


def _without_units(lower: str, facts: Facts) -> str:
    for measure in facts.measures:  # a unit may hold a number of its own: 10⁹/L
        lower = lower.replace(measure.unit.lower(), " ")
    return lower


def _number_objection(lower: str, facts: Facts) -> str:
    allowed = {m.number for m in facts.measures} | {str(len(facts.not_assessed))}
    numbers = _NUMBER.findall(_without_units(lower, facts))
    strange = [n for n in numbers if n not in allowed]
    if strange:
        return f"the number {strange[0]} is not among the facts"
    nameless = numbers and not measures_in(lower) and "not assessed" not in lower
    return f"the number {numbers[0]} says of nothing what it measures" if nameless else ""


def _other_objection(lower: str, facts: Facts) -> str:
    if _CHANGE.search(lower):
        return "it states a change that nobody measured"
    if _EARLIER.search(lower) and not facts.prior:
        return "it compares with a prior that does not exist"
    if _FOREIGN.search(lower):
        return "it names something that nobody looked for"
    strange = strange_words(lower)
    return f"the word {strange[0]} belongs to no impression" if strange else ""
