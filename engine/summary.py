"""What the model wrote of a person's own findings: their words and their style stay, what contradicts them goes."""

import re
from dataclasses import replace

from engine.answer import LONGEST_BRIEF, clean, composed
from engine.clauses import clauses, recalled, sentences, unmarked
from engine.errors import UnreadableAnswer
from engine.facts import Facts, asked_for, from_text
from engine.lexicon import strange_words
from engine.spelling import mended
from engine.statements import Statement, calls_clear, stated
from engine.vocabulary import CRITICAL, MIDLINE
from triage.finding import Certainty, Laterality
from triage.reading import Draft, Style, Writer
from triage.study import Urgency

_MARK = re.compile(r"[\W\d_]+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_BEFORE = re.compile(
    r"\b(?:unchanged|changed|(?:no|any|interval) (?:\w+ )?changes?|stable|interval|increas(?!ed heart)\w+|decreas\w+"
    r"|improv\w+|worse\w*|new|newly|resolv\w+|progress\w*|compar\w+|previous\w*|prior|earlier|since|again|persist\w+|remain\w*)\b",
    re.IGNORECASE,
)
_ACUTE = re.compile(r"\bacute\b")
_CHEST = re.compile(r"\b(?:chest|film|radiograph|x-ray|cxr|study|examination|exam|everything|nothing)\b")
_LUNGS = re.compile(r"\b(?:lungs?|pulmonary|pleural?|costophrenic|airspaces?)\b")
_PART = re.compile(
    r"\b(?:lungs?|pulmonary|pleural?|costophrenic|airspaces?|mediastin\w+|cardio\w+|bon(?:es?|y)|osseous|skelet\w+|spine"
    r"|ribs?|trachea|hil(?:a|um|ar)|diaphragm\w*|abdom\w+|aort\w+|vascul\w+|soft tissues?)\b"
)
_LETTERS = re.compile(r"[a-z]+")
_BLANK = "xxxx"  # what a publisher of reports took out
_STEM = 5  # letters: "granulomatous" is taken from "granuloma"
_MILD = """
disease diseases process processes pulmonary thoracic intrathoracic significant definite otherwise radiographic exam
change changes interval stable unchanged new again
"""
_EVERYDAY = frozenset(_MILD.split())
"""Words that name nothing by themselves; what they may not say is asked apart."""


def summarised(raw: str, findings: str, style: Style) -> Draft:
    """Turn what the model wrote of a person's findings into a draft that says nothing against them.

    A sentence stays as it is written, whatever its style, unless the findings speak against it: it names a finding they
    do not name, denies one they name, changes its side or drops the doubt about it, or brings in a number, an earlier
    film, a device or a history of which they say nothing. A finding left unsaid is said in the person's own sentence, a
    critical one first. When there is nothing to say in their words, the composer writes it.
    """
    facts, heard = from_text(findings), stated(mended(findings))
    try:
        parts = _numbered(clean(raw))
    except UnreadableAnswer as reason:
        return replace(composed(facts, style, ((raw.strip()[:200], str(reason)),)), raw=raw)
    judged = [(sentence, contradiction(sentence, findings, heard)) for sentence in parts]
    removed = tuple((sentence, reason) for sentence, reason in judged if reason)
    kept = [sentence for sentence, reason in judged if not reason]
    first, last = _unsaid(kept, findings, facts)
    lines = [line if line.endswith((".", "!", "?")) or style is Style.BULLET else f"{line}." for line in kept]
    text = ("\n" if style is Style.BULLET else " ").join([*first, *lines, *last])
    if not text or (style is Style.BRIEF and len(text.split()) > LONGEST_BRIEF):
        return replace(composed(facts, style, removed), raw=raw)
    return Draft(style, text, Writer.MODEL if kept else Writer.COMPOSER, removed, raw=raw)


def _numbered(text: str) -> list[str]:
    """Split into sentences; the number of a list stays with what it counts."""
    parts: list[str] = []
    for part in sentences(text):
        if parts and _MARK.fullmatch(parts[-1]):
            parts[-1] = f"{parts[-1]} {part}"
        else:
            parts.append(part)
    return [part for part in parts if not _MARK.fullmatch(part)]


def _unsaid(kept: list[str], findings: str, facts: Facts) -> tuple[list[str], list[str]]:
    """Find what is left unsaid and lend it the person's own sentence; -> what comes first, what comes last.

    A finding on both sides is unsaid as long as one of them is; one without its side is said, unless it is critical.
    """
    said = [s for sentence in kept for s in stated(sentence) if s.present]
    first: list[str] = []
    last: list[str] = []
    for own in _owners(findings, facts):
        must = [s for s in stated(mended(own)) if s.present]
        if any(not _is_said(s, said) for s in must):
            (first if any(s.code in CRITICAL for s in must) else last).append(own)
            said += must
    return first, last


def _owners(findings: str, facts: Facts) -> list[str]:
    """Give the person's sentences that say a finding is there, in the order of the facts."""
    heard = [(own, {s.code for s in stated(mended(own)) if s.present}) for own in sentences(findings)]
    return [own for fact in facts.present for own, codes in heard if fact.code in codes]


def _is_said(must: Statement, said: list[Statement]) -> bool:
    known = [s for s in said if s.code == must.code]
    if must.code not in CRITICAL and any(s.laterality is None for s in known):
        return True
    return bool(known) and _sides(must) <= {side for s in known for side in _sides(s)}


def _sides(statement: Statement) -> set[Laterality]:
    both = statement.laterality is Laterality.BOTH
    return {Laterality.LEFT, Laterality.RIGHT} if both else {statement.laterality} - {None}


def contradiction(sentence: str, findings: str, heard: list[Statement]) -> str:
    """Say what a person's findings hold against a sentence; empty when nothing.

    Args:
        heard: what the findings state.
    """
    against = next(filter(None, (_against(s, heard) for s in stated(sentence))), "")
    return (
        against
        or _all_clear(sentence, heard)
        or _of_another_time(sentence, findings)
        or _brought_in(sentence, findings)
        or _made_up(unmarked(sentence), findings)
    )


def _of_another_time(sentence: str, findings: str) -> str:
    """Object to a history or a question that the person's own findings do not have."""
    told, known = (any(recalled(clause) for clause in clauses(text)) for text in (sentence, findings))
    return "the findings tell of no other time and ask nothing" if told and not known else ""


def _against(said: Statement, heard: list[Statement]) -> str:
    name = said.code.replace("_", " ")
    known = [s for s in heard if s.code == said.code]
    there = [s for s in known if s.present]
    here = [s for s in there if not (_sides(said) and _sides(s)) or _sides(said) & _sides(s)]
    if not said.present:
        return f"the findings say that {name} is there" if here else ""
    if not there:
        return f"the findings {'deny' if known else 'do not name'} {name}"
    sides = {side for s in there for side in _sides(s)}
    if sides and not _sides(said) <= sides:
        return f"the findings have {name} on the other side"
    doubted = said.certainty is None and all(s.certainty is not None for s in here)
    return f"the findings doubt {name}" if doubted else ""


def _all_clear(sentence: str, heard: list[Statement]) -> str:
    """Object to "normal" over what is there; "acute" denies only what is urgent, another part of the body only itself."""
    if not calls_clear(sentence):
        return ""
    named = {s.code for s in stated(sentence) if s.present} - CRITICAL
    there = (s for s in heard if s.present and s.code not in named)
    denied = next((s.code for s in there if _is_denied(s, sentence.lower())), None)
    return f"the findings name {denied}" if denied else ""


def _is_denied(there: Statement, sentence: str) -> bool:
    if there.code in CRITICAL:
        return True
    if _ACUTE.search(sentence):
        return asked_for(there.code, there.certainty or Certainty.VERY_LIKELY) >= Urgency.ASAP
    if _CHEST.search(sentence) or not _PART.search(sentence):
        return True
    return there.code not in MIDLINE and bool(_LUNGS.search(sentence))


def _brought_in(sentence: str, findings: str) -> str:
    numbers = set(_NUMBER.findall(unmarked(sentence))) - set(_NUMBER.findall(findings))
    if numbers:
        return f"the number {min(numbers)} is not among the findings"
    if _BEFORE.search(sentence) and not _BEFORE.search(findings):
        return "it compares with an earlier film that the findings do not mention"
    return ""


def _made_up(sentence: str, findings: str) -> str:
    """Object to a word that is neither everyday in an impression nor taken from the findings: a device, a history."""
    lent = {word[:_STEM] for word in _LETTERS.findall(findings.lower())}
    words = (w for w in strange_words(sentence) if w not in _EVERYDAY and _BLANK not in w)
    foreign = next((w for w in words if any(part[:_STEM] not in lent for part in _LETTERS.findall(w))), None)
    return f"the word {foreign} is not from the findings" if foreign else ""
