"""Whether a sentence can be understood at all, and in one way only: form before facts."""

import re

from engine.clauses import clauses, unmarked
from engine.statements import CANNOT_EXCLUDE, DENIES, DENIES_WHAT_FOLLOWS, of_the_film
from engine.vocabulary import CERTAINTY_WORDS, MEASURE_WORDS, MENTION
from triage.finding import Certainty

_DEGREES = {word: certainty for certainty, words in CERTAINTY_WORDS.items() for word in words}
_DEGREE = re.compile(rf"\b(?:{'|'.join(sorted(_DEGREES, key=len, reverse=True))})\b")
_DENIED = rf"(?:{'|'.join(CERTAINTY_WORDS[Certainty.UNLIKELY])})"
_SIDES = re.compile(r"\b(?:bilateral(?:ly)?|both|left|right)\b")
_ABNORMAL = re.compile(r"\babnormal(?:it\w+)?\b")
_DENIED_TWICE = re.compile(
    rf"\b(?:no|not|nothing|nor|neither|never|without)\b.*\b(?:{_DENIED}|absent|absence|excluded|resolved)\b"
    r"|\b(?:no|not|without) no\b|\bno\b.*: no\b"
    rf"|\b{_DENIED}\b[^,]*\b(?:normal|clear|unremarkable)\b"
)
_LABELS = {"bedside", "not assessed", "impression", *(certainty.value for certainty in Certainty)}
_OPEN = r"a|an|the|of|on|in|at|to|by|for|from|with|within|without|against|over|under|possibly|probably|single|clinical"
_AUXILIARY = r"is|are|was|were|be|been|has|have|can|cannot|could|may|might|should|not"
_MALFORMED: dict[str, re.Pattern[str]] = {
    "it runs two sentences together": re.compile(r"[.!?]\s+[a-z]|\s[-*•]\s"),
    "it stutters": re.compile(r"\b(\w+(?:[ /.-]\w+){0,4})[ (]+\1\b", re.IGNORECASE),
    "it begins in the middle": re.compile(r"^(?:and|or|but|is|are|was|were|of|be)\b", re.IGNORECASE),
    "it breaks off": re.compile(
        rf"(?:[(,:;-]|\b(?:{_OPEN}|{_AUXILIARY}|and|or|but|nor|than|that|there|which|(?<!confirm )(?<!check )(?<!review )it|its|as|because|given|due"
        r"|stands|tell|treating|have a radiologist)|(?<!:)\sno)[ .!?]*$",
        re.IGNORECASE,
    ),
    "it doubts that the film is clear": re.compile(
        r"\b(?:possibl[ey]|probabl[ey]|may be|might be|could be|(?<!very )(?<!highly )likely)"
        r" (?:\w+ )?(?:normal|clear|unremarkable)\b",
        re.IGNORECASE,
    ),
    "a word is left out": re.compile(
        rf"\b(?:{_OPEN})(?:[,:;)]| (?:is|are|and|or|but)\b)|\b(?:and|or) are\b|\bvery\b(?! (?:likely|probable))",
        re.IGNORECASE,
    ),
}


def qualifies_nothing(words: str) -> bool:
    """Say whether words deny or grade without naming the finding or the film that they mean."""
    meant = MENTION.search(words) or of_the_film(words)
    return not meant and bool(DENIES.search(words) or _DEGREE.search(words))


def malformed(sentence: str) -> str:
    """Say why a sentence cannot be understood in one way only; empty when it can."""
    plain = unmarked(sentence)
    words = plain.lower()
    broken = next((why for why, pattern in _MALFORMED.items() if pattern.search(plain)), "")
    gradings = map(_grading, clauses(plain))
    return _brackets(words) or _label(words) or next(filter(None, gradings), broken) or _named_twice(words)


def _brackets(words: str) -> str:
    depth = 0
    for sign in re.findall(r"[()]", words):
        depth += 1 if sign == "(" else -1
        if depth not in {0, 1}:
            break
    return "a bracket stands alone" if depth else ""


def _label(words: str) -> str:
    """Hold what stands before a colon against the labels of an impression: the question to the model has others."""
    label, colon, rest = (part.strip() for part in words.partition(":"))
    if not colon:
        return ""
    if ":" in rest:
        return "it has more than one label"
    if re.search(rf"\b{re.escape(label)}\b", rest):
        return "it says its label twice"
    known = label in _LABELS or MENTION.search(label) or any(p.search(label) for p in MEASURE_WORDS.values())
    return "" if known else f"the label {label} belongs to no impression"


def _grading(clause: str) -> str:
    """Object to a clause that is heard in two ways: a double "no", two degrees, a "no" and a degree."""
    clause = CANNOT_EXCLUDE.sub(" possible ", clause)
    if _DENIED_TWICE.search(clause):
        return "it denies twice"
    if not MENTION.search(clause) and not _ABNORMAL.search(clause):
        return ""
    if len({_DEGREES[word] for word in _DEGREE.findall(clause)}) > 1:
        return "it is sure in two ways at once"
    denied = any(
        MENTION.search(p) and DENIES.search(_DEGREE.sub(" ", p)) and _DEGREE.search(p)
        for p in _halves(clause)
    )
    return "it denies and doubts at once" if denied else ""


def _halves(clause: str) -> tuple[str, ...]:
    """Part "probable effusion without edema" where the "without" begins."""
    ahead = DENIES_WHAT_FOLLOWS.search(clause)
    if ahead and MENTION.search(clause[: ahead.start()]):
        return clause[: ahead.start()], clause[ahead.start() :]
    return (clause,)


def _named_twice(words: str) -> str:
    names = MENTION.findall(words)
    doubled = next((name for name in names if names.count(name) > 1), None)
    return f"it names {doubled} twice" if doubled and not _SIDES.search(words) else ""
