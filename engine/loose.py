"""What a clause says of nothing that it names, or says twice and otherwise: "it is present", "unlikely, seen on the right"."""

import re

from engine.bedside import measures_in, of_whom
from engine.statements import DENIES, SEEN, barely_silent, calls_clear, of_the_film, speaks_of_silence
from engine.vocabulary import CERTAINTY_WORDS, MENTION
from triage.finding import Certainty

_DEGREES = "|".join(
    sorted((word for words in CERTAINTY_WORDS.values() for word in words), key=len, reverse=True)
)
_UNLIKELY = rf"(?:{'|'.join(CERTAINTY_WORDS[Certainty.UNLIKELY])})"
_SIDE = re.compile(r"\b(?:left|right|both|bilateral(?:ly)?|(?:left|right)-sided|sides?)\b")
_ONE_SIDE = re.compile(r"\b(?:left|right|bilateral(?:ly)?|(?:left|right)-sided|both (?:sides|lungs))\b")
_SAYS = re.compile(rf"\b(?:{SEEN}|absent|there|it|one|ones|they|so|{_DEGREES})\b")
_TELLS = r"(?:is|are|was|were|lies|lie|has|have|can|cannot|may|might|could|looks?|appears?|contains?|shows?|stands?)"
_STAND_IN = re.compile(
    rf"\b(?:it|they|ones?)\b(?! (?:is|was|has) (?:{_DEGREES}) that\b)(?: (?:also|now|then))? {_TELLS}\b"
)
_STEP_AHEAD = re.compile(r"\b(?:confirmed|checked|reviewed|compared)\b")
_JOINT = r"(?:,|:|\(|/|-|\band\b|\bor\b|\bas\b|\bbecause\b|\bsince\b|\bso\b|\bbeing\b)"
_FILLER = r"(?:(?:a|an|the|also|it|one|they|is|are|was|were|being|can|be|left|right|bilateral|both|lung|lungs|clearly|there|_)\b\W*)*"
_SAID_OF_IT = rf"(?:{_DEGREES}|absent|excluded|ruled out|not (?:\w+ )?{SEEN})"
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


def loose(clause: str, *, has_step: bool) -> str:
    """Say what a clause asserts, denies, grades or places without a name, or of one name in two ways; empty when nothing.

    Args:
        clause: in lower case and plain words.
        has_step: whether the clause asks for a next step.
    """
    names = MENTION.sub("_", clause)
    stands_in = _STAND_IN.search(names)
    if stands_in and not (has_step and _STEP_AHEAD.search(names, stands_in.end())):
        return f"it does not name what {stands_in.group()}"
    if "_" not in names:
        return _nameless(names, has_step=has_step)
    if speaks_of_silence(clause):
        return "" if barely_silent(clause) else "what was not assessed is neither there nor absent"
    return _two_ways(names)


def _nameless(clause: str, *, has_step: bool) -> str:
    if calls_clear(clause):
        return ""
    about = of_the_film(clause) or measures_in(clause) or of_whom(clause)
    if _ONE_SIDE.search(clause) or (_SIDE.search(clause) and not about):
        return "it gives a side to nothing that it names"
    says = _SAYS.search(clause) or DENIES.search(clause)
    return "it does not name what it means" if says and not about and not has_step else ""


def _two_ways(names: str) -> str:
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
