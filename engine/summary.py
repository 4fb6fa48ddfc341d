"""What the model wrote of a person's own findings: their words and their style stay, what contradicts them goes."""

import re
from dataclasses import replace

from engine.answer import LONGEST_BRIEF, clean, composed
from engine.clauses import sentences, unmarked
from engine.errors import UnreadableAnswer
from engine.facts import Facts, from_text
from engine.lexicon import strange_words
from engine.spelling import mended
from engine.statements import Statement, calls_clear, stated
from engine.vocabulary import CRITICAL
from triage.finding import Laterality
from triage.reading import Draft, Style, Writer

_MARK = re.compile(r"[\W\d_]+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_BEFORE = re.compile(
    r"\b(?:unchanged|changed|(?:no|any|interval) (?:\w+ )?changes?|stable|interval|increas(?!ed heart)\w+|decreas\w+"
    r"|improv\w+|worse\w*|new|newly|resolv\w+|progress\w*|compar\w+|previous\w*|prior|earlier|since|again|persist\w+|remain\w*)\b",
    re.IGNORECASE,
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
    """Find what is left unsaid and lend it the person's own sentence; -> what comes first, what comes last."""
    said = {s.code for sentence in kept for s in stated(sentence) if s.present}
    first: list[str] = []
    last: list[str] = []
    for fact in facts.present:
        if fact.code not in said:
            own = _own_sentence(findings, fact.code)
            said |= {s.code for s in stated(mended(own)) if s.present}
            (first if fact.code in CRITICAL else last).append(own)
    return first, last


def _own_sentence(findings: str, code: str) -> str:
    """Give the first sentence in which a person says that a finding is there."""
    own = (s for s in sentences(findings) if any(t.present and t.code == code for t in stated(mended(s))))
    return next(own, "")


def contradiction(sentence: str, findings: str, heard: list[Statement]) -> str:
    """Say what a person's findings hold against a sentence; empty when nothing.

    Args:
        heard: what the findings state.
    """
    against = next(filter(None, (_against(s, heard) for s in stated(sentence))), "")
    return (
        against
        or _all_clear(sentence, heard)
        or _brought_in(sentence, findings)
        or _made_up(unmarked(sentence), findings)
    )


def _against(said: Statement, heard: list[Statement]) -> str:
    name = said.code.replace("_", " ")
    known = [s for s in heard if s.code == said.code]
    there = [s for s in known if s.present]
    if not said.present:
        return f"the findings say that {name} is there" if there and len(there) == len(known) else ""
    if not there:
        return f"the findings {'deny' if known else 'do not name'} {name}"
    sides = {s.laterality for s in there if s.laterality}
    if (
        said.laterality
        and sides
        and Laterality.BOTH not in {said.laterality, *sides}
        and said.laterality not in sides
    ):
        return f"the findings have {name} on the other side"
    doubted = said.certainty is None and all(s.certainty is not None for s in there)
    return f"the findings doubt {name}" if doubted else ""


def _all_clear(sentence: str, heard: list[Statement]) -> str:
    critical = next((s.code for s in heard if s.present and s.code in CRITICAL), None)
    return f"the findings name {critical}" if critical and calls_clear(sentence) else ""


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
