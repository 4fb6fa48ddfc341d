"""Every sentence against the facts; what they do not support goes, and what must be said is missed."""

import re
from dataclasses import dataclass

from engine.bedside import (
    bedside_objection,
    counts_in,
    measure_objection,
    measures_in,
    number_objection,
    of_whom,
    person_objection,
)
from engine.clauses import clauses, in_plain_words, recalled, sentences, unmarked
from engine.facts import Fact, Facts, Measure
from engine.form import malformed
from engine.lexicon import SEVERITIES, strange_words
from engine.places import places_in, unsupported
from engine.statements import (
    DEGREES,
    DENIES,
    SEEN,
    Statement,
    barely_silent,
    calls_clear,
    in_clause,
    of_the_film,
    outlook,
    said_two_ways,
    speaks_of_silence,
    stated,
    unassessed,
)
from engine.vocabulary import MENTION
from triage.finding import LABELS, Certainty, Laterality

_CHANGE = re.compile(
    r"\b(?:unchanged|changed?|changes|changing|stable|interval|increas(?!ed heart)\w+|decreas\w+|improv\w+|worse\w*|new|newly"
    r"|resolv\w+|progress\w*)\b"
)
_EARLIER = re.compile(r"\b(?:compar\w+|previous\w*|prior|earlier|since|again|persist\w+|remain\w*)\b")
_FOREIGN = re.compile(
    r"\b(?:fractur\w+|tubes?|catheter\w*|pacemaker\w*|picc|lines?|tubercul\w+|cancer\w*|carcinoma\w*|malignan\w+"
    r"|metasta\w+|granuloma\w*|aneurysm\w*|free air|scoliosis|calcif\w+|covid\w*|ards|foreign bod\w+|embol\w+"
    r"|abscess\w*|cavit\w+|lymph\w+|sarcoid\w*|tumou?rs?|surg\w+|stent\w*|dissection|drains?|pericard\w+)\b"
)
_PLACES = {
    Laterality.LEFT: "on the left",
    Laterality.RIGHT: "on the right",
    Laterality.BOTH: "on both sides",
}
_NONE_ASSESSED = re.compile(r"\bno findings? (?:could|can|was|were)\b.*\bassessed\b")
_AT_ONCE = re.compile(r"\b(?:tell|inform|call|team|now|immediate\w*|urgent\w*)\b")
_STEP = re.compile(
    r"\b(?:confirm(?:ed)?|compar\w+|tell|inform|call|check(?:ed)?|review(?:ed)?|recommended|advised|needs?|should|must)\b"
)
_NO_STEP = re.compile(
    rf"\b(?:not|never|no|nobody)\b(?: \w+){{0,3}} {_STEP.pattern}|{_STEP.pattern} (?:no|not)\b"
)
_CLAIMED = re.compile(r"(?<!\bbe )\b(?:confirmed|checked|reviewed)\b")
_ASKED = re.compile(r"\bbe (?:\w+ )?(?:told|called|informed|notified|alerted|paged|contacted)\b")
_TOLD = re.compile(
    r"\b(?:told|called|informed|notified|alerted|paged|contacted|phoned|telephoned|aware|discussed|communicated|spoke\w*"
    r"|(?:has|have|had) (?:\w+ )?(?:seen|found|noted|identified|detected|recogni[sz]ed|examined)"
    r"|(?:seen|found|noted|identified|detected|recogni[sz]ed|reported|assessed|examined) by)\b"
)
_OUTSTANDING = re.compile(r"(?<!no )(?<!no single )(?<!without a )\b(?:single|leading) finding\b")
_SIZE = re.compile(rf"\b(?:{'|'.join(SEVERITIES)})\b")
_SIDE_WORD = re.compile(r"\b(?:left|right|both|bilateral(?:ly)?|(?:left|right)-sided|sides?)\b")
_ONE_SIDE_WORD = re.compile(r"\b(?:left|right|bilateral(?:ly)?|(?:left|right)-sided|both (?:sides|lungs))\b")
_LEANS = re.compile(rf"\b(?:{SEEN}|absent|there|it|one|ones|they|so|{DEGREES})\b")
_TELLS = r"(?:is|are|was|were|lies|lie|has|have|can|cannot|may|might|could|looks?|appears?|contains?|shows?|stands?)"
_STAND_IN = re.compile(
    rf"\b(?:it|they|ones?)\b(?! (?:is|was|has) (?:{DEGREES}) that\b)(?: (?:also|now|then))? {_TELLS}\b"
)
_STEP_AHEAD = re.compile(r"\b(?:confirmed|checked|reviewed|compared)\b")


@dataclass(frozen=True)
class Checked:
    """A text after the check: what stayed, what went and why, and which facts it never said."""

    kept: tuple[str, ...]
    removed: tuple[tuple[str, str], ...]
    missing: tuple[Fact, ...]
    missing_measures: tuple[Measure, ...]
    film_unsaid: bool  # no finding is at least possible, and nothing says how the film looks


def check(text: str, facts: Facts) -> Checked:
    """Hold a text against the facts, sentence by sentence."""
    kept: list[str] = []
    removed: list[tuple[str, str]] = []
    for sentence in sentences(text):
        reason = objection(sentence, facts) or repeated(sentence, kept)
        if reason:
            removed.append((sentence, reason))
        else:
            kept.append(sentence)
    said = {s.code for sentence in kept for s in stated(sentence) if s.present}
    measured = {code for sentence in kept for code in measures_in(sentence)}
    return Checked(
        tuple(kept),
        tuple(removed),
        tuple(fact for fact in facts.present if fact.code not in said),
        tuple(m for m in facts.measures if m.code not in measured),
        not (facts.present or facts.asserted or any(outlook(sentence) for sentence in kept)),
    )


def repeated(sentence: str, kept: list[str]) -> str:
    """Say so when a sentence adds nothing to those before it."""
    return "it says the same again" if topics(sentence) <= set().union(*map(topics, kept)) else ""


def topics(sentence: str) -> set[str]:
    """Find what a sentence speaks about: findings, values, the film, its limits, the next step, the person."""
    lower = unmarked(sentence).lower()
    others = {
        "film": outlook(lower),
        "limits": unassessed(lower) or counts_in(lower),
        "call": _AT_ONCE.search(lower),
        "step": _STEP.search(lower),
    }
    codes = {statement.code for statement in stated(sentence)}
    return codes | set(measures_in(lower)) | {topic for topic, spoken in others.items() if spoken}


def objection(sentence: str, facts: Facts) -> str:
    """Say what the facts hold against a sentence; empty when nothing."""
    lower = in_plain_words(unmarked(sentence))
    return (
        malformed(sentence)
        or _finding_objection(sentence, facts)
        or _film_objection(lower, facts)
        or _silence_objection(lower, facts)
        or person_objection(lower, facts)
        or measure_objection(lower, facts)
        or number_objection(lower, facts)
        or bedside_objection(lower, facts)
        or _step_objection(lower, facts)
        or _other_objection(lower, facts)
        or _loose_objection(lower)
        or _nothing_said(lower)
    )


def _finding_objection(sentence: str, facts: Facts) -> str:
    return next(
        filter(None, (_clause_objection(clause, facts) for clause in clauses(unmarked(sentence)))), ""
    )


def _clause_objection(clause: str, facts: Facts) -> str:
    if recalled(clause):
        return "it tells a history or a question that is not among the facts"
    heard = in_clause(clause)
    against = next(filter(None, (_against(s, facts) for s in heard)), "")
    return against or _size_objection(clause, heard, facts) or _place_objection(clause, heard, facts)


def _against(statement: Statement, facts: Facts) -> str:
    name = LABELS[statement.code].lower()
    known = facts.certainty(statement.code)
    if known is Certainty.NOT_ASSESSED:
        return f"{name} was not assessed"
    if statement.present and known is Certainty.UNLIKELY:
        return f"{name} is unlikely"
    if not statement.present:
        return "" if known is Certainty.UNLIKELY else f"{name} is {known.value}"
    if (statement.certainty or Certainty.VERY_LIKELY) is not known:
        return f"{name} is {known.value}"
    side = facts.fact(statement.code).laterality
    if statement.laterality is side:
        return ""
    return f"{name} is {_PLACES[side]}" if side else f"the side of {name} is not known"


def _size_objection(clause: str, heard: tuple[Statement, ...], facts: Facts) -> str:
    """Hold every word for a size against the size that a person gave: an extent on a heatmap is none."""
    sizes = _SIZE.findall(MENTION.sub(" ", clause))
    known = {SEVERITIES[f.severity] for s in heard if (f := facts.fact(s.code)) and f.severity}
    strange = next((word for word in sizes if SEVERITIES[word] not in known), "")
    own = next((s for s in heard if s.severity and _other_size(s, facts)), None)
    return f"that it is {strange or own.severity} is not among the facts" if strange or own else ""


def _other_size(statement: Statement, facts: Facts) -> bool:
    fact = facts.fact(statement.code)
    return not (fact and fact.severity and SEVERITIES[fact.severity] == SEVERITIES[statement.severity])


def _place_objection(clause: str, heard: tuple[Statement, ...], facts: Facts) -> str:
    zones = places_in(MENTION.sub(" ", clause))
    regions = [fact.region for s in heard if (fact := facts.fact(s.code))] or [None]
    strange = next(filter(None, (unsupported(zones, region) for region in regions)), "")
    return f"that it lies in the {strange} zone is not among the facts" if strange else ""


def _film_objection(lower: str, facts: Facts) -> str:
    """Hold what a sentence says of the whole film against the film: clear only when it is unlikely to be abnormal."""
    heard = outlook(lower)
    if _OUTSTANDING.search(lower):
        return "no single finding stands out"
    if facts.present and calls_clear(lower):
        return "the film is not clear of findings"
    if heard is None or heard is facts.abnormal:
        return ""
    if facts.abnormal is Certainty.NOT_ASSESSED:
        return "whether the film is abnormal was not assessed"
    return f"an abnormal film is {facts.abnormal.value}"


def _silence_objection(lower: str, facts: Facts) -> str:
    """Hold "not assessed" against what was: an answer must not be passed off as none."""
    judged = next((code for code in unassessed(lower) if code not in facts.not_assessed), None)
    if judged:
        return f"{LABELS[judged].lower()} is not among what was not assessed"
    known = facts.present or facts.unlikely
    return "some findings were assessed" if known and _NONE_ASSESSED.search(lower) else ""


def _step_objection(lower: str, facts: Facts) -> str:
    """Hold a next step against the two there are: have it confirmed, and tell the team when it cannot wait."""
    if _AT_ONCE.search(lower) and not facts.at_once:
        return "nothing here must be told at once"
    if _CLAIMED.search(lower):
        return "nobody has confirmed it"
    if _TOLD.search(_ASKED.sub(" ", lower)):
        return "nobody has told it or been told"
    about_nothing_else = not (MENTION.search(lower) or measures_in(lower) or outlook(lower))
    if _NO_STEP.search(lower) or (about_nothing_else and _STEP.search(lower) and DENIES.search(lower)):
        return "a next step is never denied"
    return ""


def _other_objection(lower: str, facts: Facts) -> str:
    if _CHANGE.search(MENTION.sub(" ", lower)):
        return "it states a change that nobody measured"
    if _EARLIER.search(lower) and not facts.prior:
        return "it compares with a prior that does not exist"
    if _EARLIER.search(lower) and MENTION.search(lower):
        return "it compares a finding with a prior that nobody measured"
    if _FOREIGN.search(lower):
        return "it names something that nobody looked for"
    strange = strange_words(lower)
    return f"the word {strange[0]} belongs to no impression" if strange else ""


def _loose_objection(lower: str) -> str:
    """Object to a clause that leans on another: what it says of "it" is held against no fact."""
    each = (loose(clause, has_step=bool(_STEP.search(clause))) for clause in clauses(lower))
    return next(filter(None, each), "")


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
    return said_two_ways(clause)


def _nameless(clause: str, *, has_step: bool) -> str:
    if calls_clear(clause):
        return ""
    about = of_the_film(clause) or measures_in(clause) or of_whom(clause)
    if _ONE_SIDE_WORD.search(clause) or (_SIDE_WORD.search(clause) and not about):
        return "it gives a side to nothing that it names"
    says = _LEANS.search(clause) or DENIES.search(clause)
    return "it does not name what it means" if says and not about and not has_step else ""


def _nothing_said(lower: str) -> str:
    """Object to a sentence without a finding, a value, a word on the film or a next step."""
    says = (
        MENTION.search(lower)
        or measures_in(lower)
        or outlook(lower)
        or "not assessed" in lower
        or of_whom(lower)
    )
    return "" if says or _STEP.search(lower) else "it says nothing of this film"
