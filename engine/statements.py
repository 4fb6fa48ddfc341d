"""What a text says: which finding, how sure, on which side, and where it says so wrongly. The ear of the fact check."""

import re
from dataclasses import dataclass

from engine.vocabulary import CERTAINTY_WORDS, MEASURE_WORDS, MENTION, MIDLINE, OWNER
from triage.finding import Certainty, Laterality

_ABBREVIATIONS = re.compile(r"\b(approx|e\.g|i\.e|vs|cf|no)\.$", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"(])|\n+")
_CLAUSE = re.compile(
    r";|\bbut\b|\bhowever\b|\bwhile\b|\bwhereas\b|\balthough\b|, with\b|(?<=\w), (?=(?:no|without|possible|possibly|probable|probably)\b)"
)
_NOT = re.compile(
    r"\b(?:no|not|nothing|without|absent|absence|negative for|free of|clear of|never|neither|nor|resolved|excluded|rules? out"
    r"|denies)\b"
)
_NOT_WHAT_FOLLOWS = re.compile(r"\b(?:no|without|absence of|negative for|free of|clear of)\b")
_CANNOT_EXCLUDE = re.compile(r"\b(?:cannot|can not|could not|not)\s+(?:be\s+)?(?:entirely\s+)?excluded?\b")
_SIDES = re.compile(r"\b(bilateral(?:ly)?|both|left|right)\b")
_LOOKS_BACK = re.compile(r"(?:\b(?:on|in|of|at|to)(?: the)?|\() ?$")
_SIDE_OF = {"left": Laterality.LEFT, "right": Laterality.RIGHT}
_LIST_MARK = re.compile(r"^\s*(?:\d+[.)]|[-*•])\s*")
_DEGREES = {word: certainty for certainty, words in CERTAINTY_WORDS.items() for word in words}
_DEGREE = re.compile(rf"\b(?:{'|'.join(sorted(_DEGREES, key=len, reverse=True))})\b")
_DENIED = rf"(?:{'|'.join(CERTAINTY_WORDS[Certainty.UNLIKELY])})"
_CLEAR = re.compile(
    r"\b(?:no (?:acute )?(?:\w+ )?(?:abnormalit\w+|findings?|disease)|nothing|normal|clear|unremarkable)\b(?! of\b)"
)
_NOT_CLEAR = re.compile(r"\bnot (?:\w+ )?(?:normal|clear|unremarkable)\b")
_ABNORMAL = re.compile(r"\babnormal(?:it\w+)?\b")
_NOT_ASSESSED = re.compile(r"\bnot (?:be )?assessed\b")
_DENIED_TWICE = re.compile(
    rf"\b(?:no|not|nothing|nor|neither|never|without)\b.*\b(?:{_DENIED}|absent|absence|excluded|resolved)\b"
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
        rf"(?:[(,:;-]|\b(?:{_OPEN}|{_AUXILIARY}|and|or|but|nor|than|that|there|which|it|its|as|because|given|due"
        r"|stands|tell|treating|have a radiologist)|(?<!:)\sno)[ .!?]*$",
        re.IGNORECASE,
    ),
    "a word is left out": re.compile(
        rf"\b(?:{_OPEN})(?:[,:;)]| (?:is|are|and|or|but)\b)|\b(?:and|or) are\b|\bvery\b(?! (?:likely|probable))",
        re.IGNORECASE,
    ),
}


@dataclass(frozen=True)
class Statement:
    """One finding said to be there or not: `certainty` None means plainly there; UNLIKELY covers "no"."""

    code: str
    certainty: Certainty | None
    laterality: Laterality | None

    @property
    def present(self) -> bool:
        return self.certainty is not Certainty.UNLIKELY


def sentences(text: str) -> list[str]:
    """Split a text into sentences and bullet lines, losing nothing but white space."""
    parts: list[str] = []
    for piece in _SENTENCE_END.split(text):
        if parts and _ABBREVIATIONS.search(parts[-1]):
            parts[-1] = f"{parts[-1]} {piece}"
        elif piece.strip():
            parts.append(piece.strip())
    return parts


def stated(text: str) -> list[Statement]:
    """Hear every finding in a text, with how sure and where; the same one twice is heard once."""
    heard: list[Statement] = []
    for sentence in sentences(text):
        for clause in _CLAUSE.split(sentence.lower()):
            heard += [s for s in _clause(clause) if s not in heard]
    return heard


def _clause(clause: str) -> list[Statement]:
    mentions = list(MENTION.finditer(clause))
    if not mentions or _NOT_ASSESSED.search(clause):  # silence is not a statement
        return []
    heard = []
    for mention, side in zip(mentions, _sides(clause, mentions), strict=True):
        code = OWNER[mention.group()]
        heard.append(Statement(code, _certainty_at(mention, clause), None if code in MIDLINE else side))
    return heard


def _certainty_at(mention: re.Match[str], clause: str) -> Certainty | None:
    """Hear how sure a clause is of one finding: "cardiomegaly without edema" denies only what follows "without"."""
    ahead = _NOT_WHAT_FOLLOWS.search(clause)
    if ahead and mention.end() <= ahead.start():
        return certainty_of(clause[: ahead.start()])
    return certainty_of(clause)


def certainty_of(clause: str) -> Certainty | None:
    """Hear how sure a clause is; None means that it asserts."""
    doubt = bool(_CANNOT_EXCLUDE.search(clause))
    rest = _CANNOT_EXCLUDE.sub(" ", clause)
    for certainty, words in CERTAINTY_WORDS.items():
        if any(re.search(rf"\b{word}\b", rest) for word in words):
            negated = certainty is not Certainty.UNLIKELY and _NOT.search(rest)
            return Certainty.UNLIKELY if negated else certainty
    if _NOT.search(rest):
        return Certainty.UNLIKELY
    return Certainty.POSSIBLE if doubt else None


def _sides(clause: str, mentions: list[re.Match[str]]) -> list[Laterality | None]:
    """Give each side word to the finding it belongs to; left and right on one finding are both."""
    owned: list[set[Laterality]] = [set() for _ in mentions]
    for side in _SIDES.finditer(clause):
        owned[_owner_of(side, clause, mentions)].add(_SIDE_OF.get(side.group(), Laterality.BOTH))
    return [next(iter(s)) if len(s) == 1 else Laterality.BOTH if s else None for s in owned]


def _owner_of(side: re.Match[str], clause: str, mentions: list[re.Match[str]]) -> int:
    """Say whose side it is: "effusion on the left" looks back, "left effusion" looks ahead."""
    inside = [i for i, m in enumerate(mentions) if m.start() <= side.start() < m.end()]
    before = [i for i, m in enumerate(mentions) if m.end() <= side.start()]
    after = [i for i, m in enumerate(mentions) if m.start() >= side.end()]
    if inside:
        return inside[0]
    if before and (not after or _LOOKS_BACK.search(clause[: side.start()])):
        return before[-1]
    return after[0]


def unmarked(sentence: str) -> str:
    """Take the bullet or the number off the front of a line."""
    return _LIST_MARK.sub("", sentence)


def outlook(sentence: str) -> Certainty | None:
    """Hear how sure a sentence calls the whole film abnormal; None when it does not speak of the whole film."""
    heard = _outlooks(sentence)
    return next((sure for sure in heard if sure is not Certainty.UNLIKELY), heard[0] if heard else None)


def calls_clear(sentence: str) -> bool:
    """Say whether a part of a sentence denies every finding at once."""
    return Certainty.UNLIKELY in _outlooks(sentence)


def _outlooks(sentence: str) -> list[Certainty]:
    return [sure for clause in _CLAUSE.split(sentence.lower()) if (sure := _outlook(clause))]


def _outlook(clause: str) -> Certainty | None:
    clause = _NOT_CLEAR.sub(
        "abnormal", MENTION.sub(",", clause)
    )  # "no airspace disease" is about one finding
    clear = _CLEAR.search(clause)
    if not clear and not _ABNORMAL.search(clause):
        return None
    if "assessed" in clause:
        return Certainty.NOT_ASSESSED
    return Certainty.UNLIKELY if clear else certainty_of(clause) or Certainty.VERY_LIKELY


def unassessed(sentence: str) -> list[str]:
    """Find which findings a sentence says nobody could judge."""
    silent = filter(_NOT_ASSESSED.search, _CLAUSE.split(sentence.lower()))
    return [OWNER[mention.group()] for clause in silent for mention in MENTION.finditer(clause)]


def qualifies_nothing(words: str) -> bool:
    """Say whether words deny or grade without naming the finding or the film that they mean."""
    meant = any(p.search(words) for p in (MENTION, _ABNORMAL, _CLEAR, _NOT_ASSESSED))
    return not meant and bool(_NOT.search(words) or _DEGREE.search(words))


def malformed(sentence: str) -> str:
    """Say why a sentence cannot be understood in one way only; empty when it can."""
    plain = unmarked(sentence)
    words = plain.lower()
    broken = next((why for why, pattern in _MALFORMED.items() if pattern.search(plain)), "")
    gradings = map(_grading, _CLAUSE.split(words))
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
    clause = _CANNOT_EXCLUDE.sub(" possible ", clause)
    if _DENIED_TWICE.search(clause):
        return "it denies twice"
    if not MENTION.search(clause) and not _ABNORMAL.search(clause):
        return ""
    if len({_DEGREES[word] for word in _DEGREE.findall(clause)}) > 1:
        return "it is sure in two ways at once"
    denied = any(
        MENTION.search(p) and _NOT.search(_DEGREE.sub(" ", p)) and _DEGREE.search(p) for p in _halves(clause)
    )
    return "it denies and doubts at once" if denied else ""


def _halves(clause: str) -> tuple[str, ...]:
    """Part "probable effusion without edema" where the "without" begins."""
    ahead = _NOT_WHAT_FOLLOWS.search(clause)
    if ahead and MENTION.search(clause[: ahead.start()]):
        return clause[: ahead.start()], clause[ahead.start() :]
    return (clause,)


def _named_twice(words: str) -> str:
    names = MENTION.findall(words)
    doubled = next((name for name in names if names.count(name) > 1), None)
    return f"it names {doubled} twice" if doubled and not _SIDES.search(words) else ""
