"""What a clause says of another time, another person or a question: none of it is a finding on this film.

Rules in the manner of ConText: a cue of history or of a question reaches forward, to the end of its clause or to the word
that comes back to the film. A "no" that denies only a change or a size ("no change in", "has not resolved", "is not
large") leaves the finding there.
Source: Harkema et al. 2009, ConText: an algorithm for determining negation, experiencer and temporal status.
"""

import re

from engine.lexicon import SEVERITIES
from engine.vocabulary import MENTION

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
    r"\b(?:now|currently|today|there (?:is|are)|shows?|showing|reveals?|demonstrates?|residual|recurrent|persist\w+"
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
