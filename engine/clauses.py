"""A text to sentences and a sentence to clauses, each about one thing, in the words the vocabulary knows."""

import re
from functools import lru_cache

from engine.vocabulary import CERTAINTY_WORDS, MENTION

_ABBREVIATIONS = re.compile(r"\b(approx|e\.g|i\.e|vs|cf|no)\.$", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"(])|\n+")
_LIST_MARK = re.compile(r"^\s*(?:\d+[.)]|[-*•])\s*")
_GRADES = "|".join(
    sorted((word for words in CERTAINTY_WORDS.values() for word in words), key=len, reverse=True)
)
_SAYS = r"(?:is|are|was|were)"
_CLAUSE = re.compile(
    r";|\bbut\b|\bhowever\b|\bwhile\b|\bwhereas\b|\balthough\b|\bexcept\b|\b(?:other|apart|aside) (?:than|from)\b|, so\b"
    rf"|,? with (?=(?:an? )?(?:no|without|{_GRADES})\b)"
    rf"|(?<=\w),? and,? (?=(?:an? )?(?:{_GRADES})\b(?!(?:\s\w+)*\s{_SAYS}\b))"
    rf"|(?<=\w), (?!suspicious (?!for\b|of\b))(?=(?:no|without|{_GRADES})\s+\w)"  # in a list it doubts nothing
)
_JOINT = re.compile(rf"(?<=[\w ]),? and (?=(?:\w+ ){{1,6}}?{_SAYS}\b)")
_SAID = re.compile(rf"\b(?:{_SAYS}|absent|present|unlikely|excluded)\b")
_NEXT = re.compile(
    rf"(?<=[\w ])(?:,? and |, )(?=(?:[\w-]+ ){{0,3}}?{MENTION.pattern} (?:[\w-]+ ){{0,4}}?(?:{_SAYS}|absent|present|not assessed)\b)"
)
_HEART = r"(?:the )?(?:heart(?: size| shadow)?|cardiac silhouette|cardiomediastinal silhouette)"
_STANDS = r"(?:is|was|appears|looks|remains|may be|might be|could be)"
_LITTLE = r"(?:\w+ ){0,2}?"
_FROM_TWO = (
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
)
_NUMBERS = {word: str(n) for n, word in enumerate(_FROM_TWO, 2)}
_NUMBER_WORD = re.compile(rf"\b(?:{'|'.join(_NUMBERS)})\b")
_PLAIN: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (rf"\b{_HEART} ((?:{_STANDS} )?)({_LITTLE})enlarged\b", r"cardiomegaly \1\2"),
        (r"\benlargement of the heart\b", "cardiomegaly"),
        (r"\bnothing (?:to )?(?:suggests?|suggesting|suggestive of)\b", "no"),
        (
            rf"\b{_HEART} {_STANDS} not (?:of |within )?normal(?: limits)?(?: in| for)?(?: size)?\b",
            "cardiomegaly",
        ),
        (
            rf"\b{_HEART} (?:{_STANDS} )?(?:of |within )?normal(?: limits)?(?: in| for)?(?: size)?\b",
            "no cardiomegaly",
        ),
        (rf"\bnormal (?:size of the heart|heart size|{_HEART})\b", "no cardiomegaly"),
        (rf"\b(\w+ly) enlarged {_HEART}\b", r"\1 cardiomegaly"),
        (r"\bcostophrenic angles? (?:is|are) (?:sharp|clear|free)\b", "no pleural effusion"),
        (r"\bpleural spaces? (?:is |are )?(?:clear|free|dry)\b", "no pleural effusion"),
        (rf"\bpleural spaces? ({_LITTLE})(?:contains?|holds?) fluid\b", r"pleural effusion \1"),
        (rf"\bpleura ({_STANDS}) ({_LITTLE})thickened\b", r"pleural thickening \1 \2"),
        (r"\b(?:could not|cannot|can not|was not|were not) (?:be )?(?:assessed|judged)\b", "not assessed"),
        (r"\boxygen (?:saturation|level)\b", "oxygen"),
        (r"\bsystolic (?:blood )?pressure\b", "systolic"),
        (r"\b(is|are|was|were|do|does|did|has|have|had|could|should)n't\b", r"\1 not"),
        (r"\bcan't\b", "cannot"),
        (r"\bnot excluded\b|\bnot ruled out\b", "possible"),
    )
)


def sentences(text: str) -> list[str]:
    """Split a text into sentences and bullet lines, losing nothing but white space."""
    parts: list[str] = []
    for piece in _SENTENCE_END.split(text):
        if parts and _ABBREVIATIONS.search(parts[-1]):
            parts[-1] = f"{parts[-1]} {piece}"
        elif piece.strip():
            parts.append(piece.strip())
    return parts


@lru_cache(maxsize=1024)
def clauses(sentence: str) -> tuple[str, ...]:
    """Split a sentence, in lower case and plain words, where what is said of one thing ends."""
    parts = _CLAUSE.split(in_plain_words(sentence))
    return tuple(part for whole in parts for part in _two_sayings(whole))


def _two_sayings(clause: str) -> list[str]:
    """Part "edema is unlikely and pneumonia is possible" in two; "no edema and pneumonia are" stays one."""
    for says, joints in ((rf"\b{_SAYS}\b", _JOINT), (_SAID, _NEXT)):
        for joint in joints.finditer(clause):
            if re.search(says, clause[: joint.start()]):
                return [clause[: joint.start()], *_two_sayings(clause[joint.end() :])]
    return [clause]


@lru_cache(maxsize=1024)
def in_plain_words(sentence: str) -> str:
    """Put what is said of the heart, the angles and the pleura under the names the vocabulary knows."""
    lower = _NUMBER_WORD.sub(lambda m: _NUMBERS[m.group()], sentence.lower())
    for pattern, plain in _PLAIN:
        lower = pattern.sub(plain, lower)
    return " ".join(lower.split())


def unmarked(sentence: str) -> str:
    """Take the bullet or the number off the front of a line."""
    return _LIST_MARK.sub("", sentence)
