"""What a sentence says of bedside values, counts and the person, against what was measured and recorded."""

import re
from itertools import pairwise

from engine.clauses import clauses, in_plain_words
from engine.facts import Facts, Measure
from engine.form import qualifies_nothing
from engine.statements import DENIES
from engine.vocabulary import MEASURE_WORDS, MENTION
from triage.study import Sex

_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")
_COUNT = re.compile(r"\b(\d+) findings?\b")
_LOW, _HIGH = (
    re.compile(r"\b(?:low(?!er)\w*|hypo\w+|hypoxi\w+|hypox\w+|brady\w+|slow|reduced|desaturat\w+)\b"),
    re.compile(
        r"\b(?:high\w*|hyper\w+|tachy\w+|fever\w*|febrile|pyrexi\w+|raised|elevated|increased|fast|rapid)\b"
    ),
)
_HIGHLY = re.compile(r"\bhighly (?:likely|probable)\b")
_JOINT = re.compile(r"(?:.*)(?:\band\b|[,;])")
_AGED = re.compile(
    r"\b(\d+)(?:[- ]years?[- ]old| years(?: old| of age)?)\b|\b(?:aged|man of|woman of|patient of) (\d+)\b"
)
_SEXES = {
    Sex.FEMALE: re.compile(r"\b(?:woman|female|she|her|hers)\b"),
    Sex.MALE: re.compile(r"\b(?:man|male|he|his|him)\b"),
}


def measures_in(sentence: str) -> list[str]:
    """Find which bedside values a sentence speaks about."""
    lower = sentence.lower()
    return [code for code, pattern in MEASURE_WORDS.items() if pattern.search(lower)]


def counts_in(sentence: str) -> bool:
    """Say whether a sentence counts findings."""
    return bool(_COUNT.search(in_plain_words(sentence)))


def of_whom(lower: str) -> bool:
    """Say whether a sentence gives the patient's age."""
    return bool(_AGED.search(lower))


def person_objection(lower: str, facts: Facts) -> str:
    """Hold the age and the sex that a sentence gives the patient against the record."""
    said = [sex for sex, words in _SEXES.items() if words.search(lower)]
    if said and said != [facts.sex]:
        return "the patient's sex is another, or not recorded"
    ages = [a or b for a, b in _AGED.findall(lower)]
    if any(age != str(facts.age) for age in ages):
        return "the patient's age is another, or not recorded"
    return "it denies who the patient is" if any(map(_denies_a_person, clauses(lower))) else ""


def _denies_a_person(clause: str) -> bool:
    about = any(words.search(clause) for words in _SEXES.values()) or _AGED.search(clause)
    return bool(about and DENIES.search(clause) and not MENTION.search(clause) and not measures_in(clause))


def measure_objection(lower: str, facts: Facts) -> str:
    """Hold each bedside value that a sentence names against the one that was measured."""
    known = {m.code: m for m in facts.measures}
    words = _HIGHLY.sub("very likely", _COUNT.sub(" ", _without_units(_without_age(lower), facts)))
    spoken = sorted(measures_in(words), key=lambda code: MEASURE_WORDS[code].search(words).start())
    if any(code not in known for code in spoken):
        return "it states a bedside value that is not among the facts"
    if not spoken:
        return ""
    before, *parts = _parts(words, spoken)
    objections = (_value_objection(known[code], part) for code, part in zip(spoken, parts, strict=True))
    loose = any(map(qualifies_nothing, (before, *parts)))
    return next(filter(None, objections), "a measured value is neither doubted nor denied" if loose else "")


def _parts(words: str, spoken: list[str]) -> list[str]:
    """Give each value the words around its name: from the last comma or "and" before it to the next one's."""
    starts: list[int] = []
    for code in spoken:
        name = MEASURE_WORDS[code].search(words).start()
        joint = _JOINT.match(words[:name], starts[-1] if starts else 0)
        starts.append(
            joint.end() if joint else (0 if not starts and not MENTION.search(words[:name]) else name)
        )
    return [words[a:b] for a, b in pairwise([0, *starts, len(words)])]


def _value_objection(measure: Measure, words: str) -> str:
    """Hold what is said about one bedside value against the value."""
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


def _without_age(lower: str) -> str:
    return _AGED.sub(" ", lower)


def number_objection(lower: str, facts: Facts) -> str:
    """Hold every number of a sentence against the counts and the values."""
    count = _COUNT.search(lower)
    if count and count.group(1) != str(len(facts.not_assessed)):
        return f"the number {count.group(1)} is not among the facts"
    if count and "assessed" not in lower:
        return "it counts findings that are none"
    numbers = _NUMBER.findall(_COUNT.sub(" ", _without_units(_without_age(lower), facts)))
    strange = set(numbers) - {m.number for m in facts.measures}
    if strange:
        return f"the number {min(strange)} is not among the facts"
    nameless = numbers and not measures_in(lower)
    return f"the number {numbers[0]} says of nothing what it measures" if nameless else ""


def bedside_objection(lower: str, facts: Facts) -> str:
    """Hold what is called a bedside value against what is one."""
    if "bedside" not in lower:
        return ""
    names, numbers = measures_in(lower), _NUMBER.findall(_without_units(lower, facts))
    foreign = MENTION.search(lower) or not 0 < len(names) <= len(numbers)
    return "it calls a bedside value what is none" if foreign else ""
