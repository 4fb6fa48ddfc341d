"""What a text says: which finding, how sure, on which side, how large, and where it says so. The ear of the fact check.

Rules in the manner of ConText: a word of denial or doubt reaches over its clause, a "without" only forward.
Source: Harkema et al. 2009, ConText: an algorithm for determining negation, experiencer and temporal status.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from engine.clauses import clauses, elsewhere_in_time, sentences, unchanged_is_there
from engine.lexicon import SEVERITIES
from engine.phrases import elsewhere
from engine.vocabulary import CERTAINTY_WORDS, MENTION, MIDLINE, OWN, OWNER
from triage.finding import Certainty, Laterality

DENIES = re.compile(
    r"\b(?:no|not|nothing|without|absent|absence|negative for|free of|clear of|never|neither|nor|resolved|excluded|rules? out"
    r"|ruled out|denies|exclude|cannot be seen|resolution of|(?:has|have|had|since) (?:\w+ )?(?:cleared|disappeared|gone))\b"
)
DENIES_WHAT_FOLLOWS = re.compile(r"\b(?:no|without|absence of|negative for|free of|clear of)\b")
CANNOT_EXCLUDE = re.compile(
    r"\b(?:cannot|can not|could not|not|difficult to|hard to)\s+(?:\w{1,3}\s+)?(?:entirely\s+|completely\s+)?(?:excluded?|ruled? out)\b"
)
_SIDES = re.compile(r"\b(bilateral(?:ly)?|both|left|right)\b")
_ALONGSIDE = re.compile(r"\W*(?:/|and|with|or)\W*")
"""What joins a finding to one of a lobe, whose name holds the side of both: "left lower lobe collapse/consolidation"."""
_LOOKS_BACK = re.compile(r"(?:\b(?:on|in|of|at|to)(?: the)?|\() ?$")
_SIDE_OF = {"left": Laterality.LEFT, "right": Laterality.RIGHT}
_CLEAR = re.compile(
    r"\b(?:no (?:acute )?(?:\w+ )?(?:abnormalit\w+|findings?|disease)|nothing|normal|clear|unremarkable)\b(?! of\b)"
)
_NOT_CLEAR = re.compile(r"\b(?:not|no) (?:\w+ )?(?:normal|clear|unremarkable)\b")
_ABNORMAL = re.compile(r"\babnormal(?:it\w+)?\b")
_NOT_ASSESSED = re.compile(r"\b(?:not|could not|cannot) (?:be )?(?:\w+ly |well )?(?:assessed|evaluated)\b")
_NAMED = r"(?:(?:the|an?|any) )?_+"
_LISTED = rf"{_NAMED}(?:(?: ?[,/]| and| or|, and|, or) {_NAMED})*"
_BARE_SILENCE = re.compile(
    rf"\W*(?:{_LISTED}:?(?: (?:is|are))? not assessed(?: on this (?:film|radiograph|image))?"
    rf"|(?:findings? )?not assessed(?: on this (?:film|radiograph|image))?:? {_LISTED})\W*"
)
SEEN = r"(?:seen|present|visible|visuali[sz]ed|noted|shown|found|identified|detected|evident|apparent|demonstrated|recogni[sz]ed)"
_THERE = re.compile(rf"\b(?:{SEEN}|there (?:is|are)|shows?)\b")
DEGREES = "|".join(
    sorted((word for words in CERTAINTY_WORDS.values() for word in words), key=len, reverse=True)
)
_UNLIKELY = rf"(?:{'|'.join(CERTAINTY_WORDS[Certainty.UNLIKELY])})"
_JOINT = r"(?:,|:|\(|/|-|\band\b|\bor\b|\bas\b|\bbecause\b|\bsince\b|\bso\b|\bbeing\b)"
_FILLER = r"(?:(?:a|an|the|also|it|one|they|is|are|was|were|being|can|be|left|right|bilateral|both|lung|lungs|clearly|there|_)\b\W*)*"
_SAID_OF_IT = rf"(?:{DEGREES}|absent|excluded|ruled out|not (?:\w+ )?{SEEN})"
_TWO_WAYS = (
    re.compile(rf"_[^_]*?\b{_SAID_OF_IT}\b(?! (?:that|to)\b)[^_]*?{_JOINT}\W*{_FILLER}\b{SEEN}\b(?! by\b)"),
    re.compile(
        rf"\b{SEEN}\b[^_]*?{_JOINT}\W*(?:also |is |are |was |were )*(?:absent|excluded|not|no|{_UNLIKELY})\b(?! _)"
    ),
    re.compile(rf"\b(?:{SEEN}|there (?:is|are))\b.*\b{_UNLIKELY}\b(?! (?:that|to)\b)"),
    re.compile(rf"\b{_UNLIKELY}\b(?! (?:that|to)\b).*\b{SEEN}\b"),
)
_DENIED_LIST = re.compile(
    r"\b(?:no|without|free of|clear of|negative for|absence of|neither)\b(?P<first>[^_]*_.*_)(?P<rest>[^_]*)$"
)
_LAST_JOINT = re.compile(r"_([^_]*)_$")
_ASSERTS = re.compile(rf"\b(?:is|was|on|in|at|left|right|both|{SEEN})\b")
_SIZE = re.compile(rf"\b(?:{'|'.join(SEVERITIES)})\b")
_SIZE_AFTER = re.compile(rf"\W*(?:(?:is|are|was|looks|appears|,) (?:\w+ )?)({'|'.join(SEVERITIES)})\b")
_ELSEWHERE = re.compile(
    r"\b(?:(?:subcutaneous|mediastinal|surgical|soft tissue|chest wall) emphysema"
    r"|(?:peripheral|pedal|soft tissue) o?edema|(?:diaphragmatic|inguinal|umbilical) hernia|soft tissue mass|mass effect"
    rf"|(?:injection|infusion) (?:port|line)|{'|'.join(sorted(map(re.escape, elsewhere())))})s?\b"
)
"""What bears the name of a finding and is none of ours."""


@dataclass(frozen=True)
class Statement:
    """One finding said to be there or not: `certainty` None means plainly there; UNLIKELY covers "no".

    `severity` is the word that calls it small or large, when one does.
    """

    code: str
    certainty: Certainty | None
    laterality: Laterality | None
    severity: str | None = field(default=None, compare=False)

    @property
    def present(self) -> bool:
        return self.certainty is not Certainty.UNLIKELY


def stated(text: str) -> list[Statement]:
    """Hear every finding in a text, with how sure and where; the same one twice is heard once."""
    heard: list[Statement] = []
    for sentence in sentences(text):
        for clause in clauses(sentence):
            heard += [s for s in in_clause(clause) if s not in heard]
    return heard


@lru_cache(maxsize=1024)
def in_clause(clause: str) -> tuple[Statement, ...]:
    """Hear every finding in one clause."""
    clause = unchanged_is_there(_ELSEWHERE.sub(" ", clause))
    silent = _is_silent(clause)
    clause = _NOT_ASSESSED.sub(" ", clause)
    clause = "".join(_blank(clause, elsewhere_in_time(clause)))
    mentions = list(MENTION.finditer(clause))
    if not mentions or silent:  # silence is not a statement
        return ()
    heard = []
    for mention, where in zip(mentions, _sides(clause, mentions), strict=True):
        code = OWNER[mention.group()]
        side = None if code in MIDLINE else where
        heard.append(Statement(code, _certainty_at(mention, clause), side, _size_of(mention, clause)))
    return tuple(heard)


def _blank(clause: str, parts: tuple[tuple[int, int], ...]) -> Iterator[str]:
    """Take parts out of a clause: what is told of another time says nothing of this film."""
    return (" " if any(a <= i < b for a, b in parts) else sign for i, sign in enumerate(clause))


def _is_silent(clause: str) -> bool:
    """Say whether a clause only says that nobody could judge: "a mass is seen, not assessed" says that it is there."""
    rest, silences = _NOT_ASSESSED.subn(" ", clause)
    return bool(silences) and not _THERE.search(rest) and certainty_of(rest) in {None, Certainty.UNLIKELY}


def barely_silent(clause: str) -> bool:
    """Say whether a clause that holds "not assessed" says nothing beside it of the findings it names."""
    return bool(_BARE_SILENCE.fullmatch(MENTION.sub("_", clause)))


def speaks_of_silence(clause: str) -> bool:
    """Say whether a clause speaks of what nobody could judge."""
    return bool(_NOT_ASSESSED.search(clause))


def _certainty_at(mention: re.Match[str], clause: str) -> Certainty | None:
    """Hear how sure a clause is of one finding: "cardiomegaly without edema" denies only what follows "without"."""
    ahead = DENIES_WHAT_FOLLOWS.search(clause)
    if ahead and mention.end() <= ahead.start() and re.search(r"\w", clause[ahead.end() :]):
        return certainty_of(clause[: ahead.start()])
    return certainty_of(clause)


def certainty_of(clause: str) -> Certainty | None:
    """Hear how sure a clause is; None means that it asserts."""
    doubt = bool(CANNOT_EXCLUDE.search(clause))
    rest = CANNOT_EXCLUDE.sub(" ", clause)
    for certainty, words in CERTAINTY_WORDS.items():
        if any(re.search(rf"\b{word}\b", rest) for word in words):
            negated = certainty is not Certainty.UNLIKELY and DENIES.search(rest)
            return Certainty.UNLIKELY if negated else certainty
    if DENIES.search(rest):
        return Certainty.UNLIKELY
    return Certainty.POSSIBLE if doubt else None


def _size_of(mention: re.Match[str], clause: str) -> str | None:
    """Hear how large a clause calls one finding: "small left effusion", "the effusion is small"."""
    names = MENTION.sub(lambda m: "_" * len(m.group()), clause)  # "small lung spot" is a name, not a size
    before = re.split(r"_|\band\b|,", names[: mention.start()])[-1]
    sizes = _SIZE.findall(" ".join(before.split()[-4:]))
    after = _SIZE_AFTER.match(names, mention.end())
    return sizes[-1] if sizes else after.group(1) if after else None


def _sides(clause: str, mentions: list[re.Match[str]]) -> list[Laterality | None]:
    """Give each side word to the finding it belongs to; left and right on one finding are both."""
    owned: list[set[Laterality]] = [set() for _ in mentions]
    words = list(_SIDES.finditer(clause))
    for side in words:
        owned[_owner_of(side, clause, mentions)].add(_SIDE_OF.get(side.group(), Laterality.BOTH))
    if len(words) == 1 and _for_all(words[0], clause, mentions):
        owned = [owned[-1]] * len(mentions)
    for i, (one, other) in enumerate(pairwise(mentions), 1):
        lobe = one.group() not in OWN and _SIDES.search(one.group())
        if lobe and not owned[i] and _ALONGSIDE.fullmatch(clause, one.end(), other.start()):
            owned[i] = owned[i - 1]
    return [next(iter(s)) if len(s) == 1 else Laterality.BOTH if s else None for s in owned]


def _for_all(side: re.Match[str], clause: str, mentions: list[re.Match[str]]) -> bool:
    """Hear "edema and effusion are probable on both sides": a side at the end, after the verb, is everybody's."""
    between = clause[mentions[-1].end() : side.start()] if side.start() >= mentions[-1].end() else ""
    return bool(re.search(r"\b(?:is|are|was|were)\b", between))


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


def outlook(sentence: str) -> Certainty | None:
    """Hear how sure a sentence calls the whole film abnormal; None when it does not speak of the whole film."""
    heard = _outlooks(sentence)
    return next((sure for sure in heard if sure is not Certainty.UNLIKELY), heard[0] if heard else None)


def calls_clear(sentence: str) -> bool:
    """Say whether a part of a sentence denies every finding at once."""
    return Certainty.UNLIKELY in _outlooks(sentence)


def of_the_film(words: str) -> bool:
    """Say whether words speak of the film as a whole, or of what nobody could judge."""
    return any(p.search(words) for p in (_ABNORMAL, _CLEAR, _NOT_ASSESSED))


def _outlooks(sentence: str) -> list[Certainty]:
    return [sure for clause in clauses(sentence) if (sure := _outlook(clause))]


def _outlook(clause: str) -> Certainty | None:
    clause = _NOT_CLEAR.sub(
        "abnormal", MENTION.sub(",", clause)
    )  # "no airspace disease" is about one finding
    clear = _CLEAR.search(clause)
    if not clear and not _ABNORMAL.search(clause):
        return None
    if "assessed" in clause:
        return Certainty.NOT_ASSESSED
    if clear:
        return Certainty.UNLIKELY
    ahead = DENIES_WHAT_FOLLOWS.search(clause, _ABNORMAL.search(clause).end())
    return certainty_of(clause[: ahead.start()] if ahead else clause) or Certainty.VERY_LIKELY


def unassessed(sentence: str) -> list[str]:
    """Find which findings a sentence says nobody could judge."""
    silent = filter(_NOT_ASSESSED.search, clauses(sentence))
    return [OWNER[mention.group()] for clause in silent for mention in MENTION.finditer(clause)]


def said_two_ways(clause: str) -> str:
    """Say so when a clause says two things of one finding ("unlikely, seen on the right"), or one "no" may reach over more than it denies."""
    names = MENTION.sub("_", clause)
    if any(pattern.search(names) for pattern in _TWO_WAYS):
        return "it says two things of one finding"
    denied = _DENIED_LIST.search(names)
    if not denied:
        return ""
    last = _LAST_JOINT.search(denied["first"])
    joint = last.group(1) if last else " or "
    either = re.search(r"\b(?:or|nor|no|without|not)\b", joint)
    both = re.search(r"\band\b", joint) and not re.search(r",|\bor\b", denied["first"][: last.start() + 1])
    if either or (both and re.search(r"^\W*are\b", denied["rest"])):
        return ""
    told = _ASSERTS.search(denied["rest"]) or _ASSERTS.search(joint) or re.search(r"\bor\b", denied["first"])
    return "what it denies and what it says cannot be told apart" if told else ""
