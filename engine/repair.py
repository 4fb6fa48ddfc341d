"""A sentence the facts contradict, put right once by the smallest change of its own words; the check judges the result."""

import re
from collections.abc import Iterator
from itertools import product

from engine.bedside import measures_in
from engine.fact_check import objection
from engine.facts import Facts, Measure
from engine.statements import CANNOT_EXCLUDE, stated
from engine.vocabulary import CERTAINTY_WORDS
from triage.finding import Certainty, Laterality

_ADJECTIVE = {
    Certainty.VERY_LIKELY: "very likely",
    Certainty.PROBABLE: "probable",
    Certainty.POSSIBLE: "possible",
    Certainty.UNLIKELY: "unlikely",
}
_ADVERB = {**_ADJECTIVE, Certainty.PROBABLE: "probably", Certainty.POSSIBLE: "possibly"}
_DEGREES = [
    word for words in CERTAINTY_WORDS.values() for word in words if word not in {"may", "might", "could"}
]
_DEGREE = re.compile(rf"\b(?:{'|'.join(sorted(_DEGREES, key=len, reverse=True))})\b", re.IGNORECASE)
_MAY_BE = re.compile(r"\b(?:may|might|could) be\b", re.IGNORECASE)
_VERB = re.compile(r"\b(is|are)\b", re.IGNORECASE)
_DENIAL = re.compile(r"\b(?:no (?:evidence|signs?) of|no|not|without) ", re.IGNORECASE)
_DENIED = re.compile(
    r"\b(?:(is|are) (?:absent|excluded|ruled out|unlikely|not likely|improbable)|has been excluded|can be excluded)\b",
    re.IGNORECASE,
)
_SIDE = re.compile(r"\b(left|right|both|bilateral)(?=\b(?!ly))", re.IGNORECASE)
_SIDE_PHRASE = re.compile(
    r" (?:on|in|at|of) (?:the (?:left|right)|both sides)(?: side)?\b|\b(?:left|right)(?:-sided)? |\bbilateral ",
    re.IGNORECASE,
)
_PLACES = {Laterality.LEFT: "on the left", Laterality.RIGHT: "on the right", Laterality.BOTH: "on both sides"}
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")
_LOW_WORD, _HIGH_WORD = (
    re.compile(r"\b(?:low|reduced)\b"),
    re.compile(r"\b(?:high|raised|elevated|increased)\b"),
)


def repaired(sentence: str, facts: Facts) -> str:
    """Put a sentence right: its side, its certainty, its denial, its number; empty when no small change does.

    Only what speaks of the same findings and values afterwards, and passes the check, is taken.
    """
    about = {s.code for s in stated(sentence)}
    for candidate in _candidates(sentence, about, facts):
        same = {s.code for s in stated(candidate)} == about and measures_in(candidate) == measures_in(
            sentence
        )
        if same and candidate != sentence and not objection(candidate, facts):
            return candidate
    return ""


def _candidates(sentence: str, about: set[str], facts: Facts) -> Iterator[str]:
    """Try the fewest changes first."""
    yield from _measured(sentence, facts)
    certainties = {facts.certainty(code) for code in about}
    if len(certainties) != 1 or Certainty.NOT_ASSESSED in certainties:
        return
    sides = {fact.laterality for code in about if (fact := facts.fact(code))}
    sure = certainties.pop()
    said = [*(_denied(sentence) if sure is Certainty.UNLIKELY else _graded(sentence, sure))]
    said = [sentence, *(reversed(said) if facts.asserted else said)]
    sided = list(_WAYS) if len(sides) == 1 else [_as_it_is]
    side = sides.pop() if len(sides) == 1 else None
    for words, put in sorted(
        product(said, sided), key=lambda pair: (pair[0] != sentence) + (pair[1] is not _as_it_is)
    ):
        yield _capital(put(words, side))


def _measured(sentence: str, facts: Facts) -> Iterator[str]:
    """Put the measured number and its direction back, where a sentence names one value."""
    codes = measures_in(sentence)
    measure = next((m for m in facts.measures if codes == [m.code]), None)
    if measure:
        numbered = _NUMBER.sub(measure.number, sentence, count=1)
        yield from (numbered, _directed(sentence, measure), _directed(numbered, measure))


def _directed(sentence: str, measure: Measure) -> str:
    wrong, word = (_HIGH_WORD, "low") if measure.low else (_LOW_WORD, "high")
    return wrong.sub(word, sentence)


def _denied(sentence: str) -> list[str]:
    """Say that what a sentence asserts is not there."""
    ungraded = _DEGREE.sub("", sentence).replace("  ", " ").strip()
    return [
        _DEGREE.sub("unlikely", sentence, count=1),
        _VERB.sub(r"\1 no", ungraded, count=1).replace("no a ", "no ").replace("no an ", "no "),
        _VERB.sub(r"\1 not", sentence, count=1),
        f"No {_lowered(re.sub(r'^(?:an?|the) ', '', ungraded, flags=re.IGNORECASE))}",
    ]


def _graded(sentence: str, sure: Certainty) -> list[str]:
    """Say how sure the facts are, where a sentence denies or says so otherwise."""
    plain = _DENIAL.sub(
        "", _DENIED.sub(lambda m: f"{m.group(1) or 'is'} {_ADJECTIVE[sure]}", sentence), count=1
    )
    plain = CANNOT_EXCLUDE.sub(f"is {_ADJECTIVE[sure]}", plain)
    changed = [
        _DEGREE.sub(_ADJECTIVE[sure], plain, count=1),
        _DEGREE.sub(_ADVERB[sure], plain, count=1),
        _MAY_BE.sub(f"is {_ADVERB[sure]}", plain),
        _VERB.sub(rf"\1 {_ADVERB[sure]}", plain, count=1),
        f"{_ADJECTIVE[sure]} {_lowered(re.sub(r'^(?:an?|the) ', '', plain, flags=re.IGNORECASE))}",
    ]
    return [*(said for said in changed if said != plain), plain]


def _as_it_is(sentence: str, _side: Laterality | None) -> str:
    return sentence


def _swapped(sentence: str, side: Laterality | None) -> str:
    """Write the right side where the wrong one stands."""
    if side is None:
        return sentence
    if side is Laterality.BOTH:
        apart = re.sub(r"\bon the (?:left|right)\b", "on both sides", sentence)
        return apart if apart != sentence else _SIDE.sub("bilateral", sentence)
    one = re.sub(r"\bon both sides\b", f"on the {side.value}", sentence)
    return _SIDE.sub(side.value, one)


def _dropped(sentence: str, _side: Laterality | None) -> str:
    """Leave the side out."""
    return _SIDE_PHRASE.sub("", sentence)


def _added(sentence: str, side: Laterality | None) -> str:
    """Say the side, in front of the verb or at the end."""
    if side is None:
        return sentence
    verb = re.search(r" (?:is|are) ", sentence)
    if verb and not re.match(r"there\b", sentence, re.IGNORECASE):
        return f"{sentence[: verb.start()]} {_PLACES[side]}{sentence[verb.start() :]}"
    end = "." if sentence.endswith(".") else ""
    return f"{sentence.removesuffix('.')} {_PLACES[side]}{end}"


def _replaced(sentence: str, side: Laterality | None) -> str:
    return _added(_dropped(sentence, side), side)


_WAYS = (_as_it_is, _swapped, _dropped, _added, _replaced)


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _capital(sentence: str) -> str:
    mark = re.match(r"(?:[-*•] )?", sentence).group()
    rest = sentence[len(mark) :]
    return mark + rest[:1].upper() + rest[1:]
