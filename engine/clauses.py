"""A text to sentences and a sentence to clauses, each about one thing, in the words the vocabulary knows.

And what of a clause is not about this film now: a cue of history or of a question reaches forward, to the end of its clause
or to the word that comes back to the film. A "no" that denies only a change or a size ("no change in", "has not resolved",
"is not large") leaves the finding there.
Source: Harkema et al. 2009, ConText: an algorithm for determining negation, experiencer and temporal status.
"""

import re
from functools import lru_cache

from engine.lexicon import SEVERITIES
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
_LOBES = (("right", "upper"), ("right", "middle"), ("right", "lower"), ("left", "upper"), ("left", "lower"))
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
            "no cardiomegaly;",
        ),
        (rf"\bnormal (?:size of the heart|heart size|{_HEART})\b", "no cardiomegaly;"),
        (rf"\b(\w+ly) enlarged {_HEART}\b", r"\1 cardiomegaly"),
        (r"\bcostophrenic angles? (?:is|are) (?:sharp|clear|free)\b", "no pleural effusion;"),
        (r"\bpleural spaces? (?:is |are )?(?:clear|free|dry)\b", "no pleural effusion;"),
        (rf"\bpleural spaces? ({_LITTLE})(?:contains?|holds?) fluid\b", r"pleural effusion \1"),
        (rf"\bpleura ({_STANDS}) ({_LITTLE})thickened\b", r"pleural thickening \1 \2"),
        (r"\b(?:could not|cannot|can not|was not|were not) (?:be )?(?:assessed|judged)\b", "not assessed"),
        (r"\boxygen (?:saturation|level)\b", "oxygen"),
        (r"\bsystolic (?:blood )?pressure\b", "systolic"),
        (r"\b(is|are|was|were|do|does|did|has|have|had|could|should)n't\b", r"\1 not"),
        (r"\bcan't\b", "cannot"),
        (
            (
                r"\bnot excluded\b|\bnot ruled out\b"
                r"|(?<!appears )(?<!seems )\b(?:to|should|must)(?: \w+){0,2}? be(?: \w+)? (?:excluded|ruled out)\b"
            ),
            "possible",
        ),
        *((rf"\b{side[0]}{lobe[0]}l\b", f"{side} {lobe} lobe") for side, lobe in _LOBES),
        (r"(?<!left )\b(lingular?)\b", r"left \1"),
        (r"\bcollapse of (?:the )?(?:whole |entire )?(right|left) lung\b", r"\1 lung collapse"),
        (r"\bcollapse of (?:the )?((?:right|left) (?:upper|middle|lower) lobe)\b", r"\1 collapse"),
    )
)
_SIZES = "|".join(word for word in SEVERITIES if not word.endswith("ly"))  # "not grossly enlarged" is normal
_COURSE = (
    r"chang(?:ed|ing)|resolv(?:ed|ing)|clear(?:ed|ing)|improv(?:ed|ing)|increas(?:ed|ing)|decreas(?:ed|ing)"
    r"|worsen(?:ed|ing)|progress(?:ed|ing)|enlarg(?:ed|ing)|grown|disappeared|gone|larger|smaller|bigger|worse|better"
)
_NO_CHANGE = re.compile(
    r"\b(?:no|not|without)(?: (?:an?|any|evidence of|sign of|\w+ly|\w+able|interval|significant|definite|big|great|major|new"
    r"|further|much|evident))*"
    r" (?:change|increase|decrease|progression|worsening|enlargement|improvement|growth|resolution|clearing)s?"
    r"(?: (?:in|of) (?:\w+ )?(?:size|extent|volume|appearance|amount|degree|position))?"
    r" (?:in|of|to|from|for|regarding)\b"
)
_NOT_COURSE = re.compile(
    rf"\b(?:not|never)(?: (?:yet|been|quite|much|\w+ly|all|become|any))* (?:{_COURSE}|(?:an? )?(?:{_SIZES})\b(?!(?: \w+){{0,3}}? _))"
)
_IN_PART = re.compile(
    r"\b(?:partial|partly|partially|incomplete|incompletely|near|nearly|almost|largely|mostly|slowly|gradually)"
    r"(?:[ -]\w+)? resol(?:ved|ving|ution)\b"
)
_FORWARD = re.compile(
    r"\b(?:(?:history|hx) (?:of|for|includ\w+|significant for)|h/o|(?:family|past|medical|clinical|surgical|prior) history"
    r"|status post|s/p|risks? (?:of|for)|if|in case of|(?:treated|hospitali[sz]ed|admitted|antibiotics|therapy|monitored) for"
    r"|(?:evaluat\w+|assess\w*|check\w*|look|looking|search\w*|screen\w*|correlate|correlation|work-?up)"
    r"(?: (?:clinically|again|further))? for|(?<!difficult )(?<!hard )to (?:evaluate|assess|exclude|rule out)|r/o|clinical concern for"
    r"|(?:previously|formerly|once) had|(?:patient|he|she|who) (?:\w+ )?had)\b"
    r"|^\W*(?:(?:please|for|clinical|to) )*(?:rule out|exclude|evaluat(?:e|ion)(?: of)?|query"
    r"|follow[- ]?up(?: of| for| on| to)?|history|indications?|reason(?: for (?:study|exam\w*))?)\b"
)
_BACK = re.compile(
    r"\b(?:now|with|currently|today|there (?:is|are)|shows?|showing|reveals?|demonstrates?|residual|recurrent|persist\w+"
    r"|(?:is|are) (?:\w+ )?(?:seen|present|noted|visible|identified|unchanged|stable|larger|smaller))\b"
    r"|(?<=\w\w\w):(?= ?\w)"
)
_HERE = re.compile(
    r"\b(?:is|are|has|have|remain\w*|persist\w*|unchanged|stable|again|now|still|no|not|without|there|shows?|increas\w+"
    r"|decreas\w+|improv\w+|worse\w*|resol\w+|clear\w*)\b"
)
_FORMER = re.compile(r"\b(?:previous|previously|prior|past|former|remote|earlier)(?: \w+){0,2}? _")
_FILM = r"(?:films?|stud(?:y|ies)|exam\w*|radiographs?|x-rays?|ct|scans?|images?|imaging)"
_EARLIER = r"(?:previous|prior|earlier|last|old|former|outside)"
_THEN = re.compile(
    rf"\b(?:was|were|had)\b.*\b(?:on|at|in|by) (?:\w+ )?{_EARLIER} (?:\w+ )?{_FILM}\b"
    rf"|\b{_EARLIER} (?:\w+ )?{_FILM} (?:showed|demonstrated|had|revealed|shows)\b"
    r"|\b(?:years?|months?|weeks?|days?) ago\b|\blast (?:year|month|week)\b|\bin (?:the past|childhood)\b|\bas a child\b"
)
_FAMILY = re.compile(r"\b(?:family|mother|father|brother|sister|parents?|siblings?|aunt|uncle)\b")


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


def unchanged_is_there(clause: str) -> str:
    """Take the denials that deny only a change or a size out of a clause in lower case."""
    names = MENTION.sub(lambda m: "_" * len(m.group()), clause)
    spans = [m.span() for p in (_NO_CHANGE, _NOT_COURSE, _IN_PART) for m in p.finditer(names)]
    for start, end in spans:
        clause = clause[:start] + " " * (end - start) + clause[end:]
    return clause


def elsewhere_in_time(clause: str) -> tuple[tuple[int, int], ...]:
    """Find the parts of a clause, in lower case, that speak of a history, a question or another person; start and end."""
    names = MENTION.sub("_", clause)
    former = _FORMER.search(names) and not _HERE.search(names)
    then = _THEN.search(names) and not re.search(r"\b(?:is|are|now|remains?|persists?)\b", names)
    if _FAMILY.search(names) or former or then:
        return ((0, len(clause)),)
    return tuple((cue.start(), _end(cue, clause)) for cue in _FORWARD.finditer(clause))


def _end(cue: re.Match[str], clause: str) -> int:
    """Find where a cue ends: at the first word that comes back to the film; its own colon does not."""
    back = _BACK.search(clause, cue.end() + 1)
    return back.start() if back else len(clause)


def recalled(clause: str) -> bool:
    """Say whether a clause names a finding as a history, a question or another person's."""
    parts = elsewhere_in_time(clause)
    return any(a <= mention.start() < b for mention in MENTION.finditer(clause) for a, b in parts)
