"""What a text says: which finding, how sure, on which side. The ear of the fact check."""

import re
from dataclasses import dataclass

from engine.vocabulary import CERTAINTY_WORDS, MENTION, MIDLINE, OWNER
from triage.finding import Certainty, Laterality

_ABBREVIATIONS = re.compile(r"\b(approx|e\.g|i\.e|vs|cf|no)\.$", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"(])|\n+")
_CLAUSE = re.compile(
    r";|\bbut\b|\bhowever\b|\bwhile\b|\bwhereas\b|\balthough\b|, with\b|(?<=\w), (?=(?:no|without|possible|possibly|probable|probably)\b)"
)
_NOT = re.compile(
    r"\b(?:no|not|without|absent|absence|negative for|free of|clear of|never|neither|nor|resolved|excluded|rules? out"
    r"|denies)\b"
)
_NOT_WHAT_FOLLOWS = re.compile(r"\b(?:no|without|absence of|negative for|free of|clear of)\b")
_CANNOT_EXCLUDE = re.compile(r"\b(?:cannot|can not|not)\s+(?:be\s+)?(?:entirely\s+)?excluded?\b")
_SIDES = re.compile(r"\b(bilateral(?:ly)?|both|left|right)\b")
_LOOKS_BACK = re.compile(r"(?:\b(?:on|in|of|at|to)(?: the)?|\() ?$")
_SIDE_OF = {"left": Laterality.LEFT, "right": Laterality.RIGHT}


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
    if not mentions or "not assessed" in clause:  # silence is not a statement
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
