"""What the model wrote to a draft that holds: every sentence supported, repaired, replaced or taken out."""

import re
from dataclasses import dataclass, field, replace

from engine.bedside import measures_in
from engine.clauses import sentences, unmarked
from engine.composer import (
    AT_ONCE,
    compose,
    film_line,
    finding_lines,
    in_style,
    measure_lines,
    unlikely_line,
    with_limits,
)
from engine.errors import UnreadableAnswer
from engine.evidence import evidence, structured
from engine.fact_check import Checked, check, objection, repeated, topics
from engine.facts import Fact, Facts
from engine.repair import repaired
from engine.statements import outlook, stated
from triage.reading import Draft, Style, Writer

LONGEST_BRIEF = 40  # words
_SPECIAL = re.compile(r"<\|?[a-z_]+\|?>")
_STUCK = re.compile(r"\b(\w+)(?:\W+\1\b){4,}", re.IGNORECASE)


@dataclass
class _Refined:
    """The sentences of a draft after the check, and what became of the model's own."""

    lines: list[str] = field(default_factory=list)
    mended: list[tuple[str, str, str]] = field(default_factory=list)
    removed: list[tuple[str, str]] = field(default_factory=list)
    own: int = 0  # sentences that are still the model's, as they were or repaired


def clean(raw: str) -> str:
    """Take what the model wrote and drop what is not text.

    Raises: UnreadableAnswer: it is empty, or says one word five times over.
    """
    lines = (" ".join(line.split()) for line in _SPECIAL.sub(" ", raw).splitlines())
    text = "\n".join(line for line in lines if line)
    if not any(letter.isalpha() for letter in text):
        raise UnreadableAnswer("The model wrote nothing.")
    if _STUCK.search(text):
        raise UnreadableAnswer("The model repeated itself.")
    return text


def to_draft(raw: str, facts: Facts, style: Style) -> Draft:
    """Turn what the model wrote into a draft in which every sentence is supported by a fact.

    A sentence that the facts contradict is repaired once; where no small change helps, the composer's sentence about
    the same takes its place, and what is about nothing is taken out. Facts left unsaid are put in, urgent ones first.
    What the model wrote, what stands instead and why are kept.
    """
    try:
        refined = _refine(clean(raw), facts, style)
    except UnreadableAnswer as reason:
        return replace(composed(facts, style, ((raw.strip()[:200], str(reason)),)), raw=raw)
    checked = check("\n".join(refined.lines), facts)
    text = with_limits(_complete(checked, facts, style), facts, style)
    removed = (*refined.removed, *checked.removed)
    if not refined.own:
        gone = tuple((sentence, reason) for sentence, _, reason in refined.mended)
        return replace(composed(facts, style, (*gone, *removed)), raw=raw)
    if style is Style.BRIEF and len(text.split()) > LONGEST_BRIEF:
        late = (*removed, (text, f"longer than {LONGEST_BRIEF} words"))
        return replace(composed(facts, style, late), raw=raw)
    return _draft(style, text, Writer.MODEL, facts, removed, tuple(refined.mended), raw)


def composed(facts: Facts, style: Style, removed: tuple[tuple[str, str], ...] = ()) -> Draft:
    """Let the composer write it."""
    text = with_limits(compose(facts, style), facts, style)
    return _draft(style, text, Writer.COMPOSER, facts, removed)


def _draft(
    style: Style,
    text: str,
    writer: Writer,
    facts: Facts,
    removed: tuple[tuple[str, str], ...],
    mended: tuple[tuple[str, str, str], ...] = (),
    raw: str = "",
) -> Draft:
    return Draft(style, text, writer, removed, mended, raw, evidence(text, facts), structured(facts))


def _refine(text: str, facts: Facts, style: Style) -> _Refined:
    """Go through the model's sentences: first what can stay or be repaired, then what must be replaced."""
    refined = _Refined()
    unsupported: list[tuple[int, str, str]] = []
    for sentence in sentences(text):
        reason = objection(sentence, facts) or _crowded(sentence, style)
        stays = repaired(sentence, facts) if reason else sentence
        if not stays or _crowded(stays, style):
            unsupported.append((len(refined.lines), sentence, reason))
        elif again := repeated(stays, refined.lines):
            refined.removed.append((sentence, reason or again))
        else:
            refined.lines.append(stays)
            refined.own += 1
            refined.mended += [(sentence, stays, reason)] if reason else []
    added = 0
    for place, sentence, reason in unsupported:
        instead = _instead(sentence, refined.lines, facts, style)
        refined.lines[place + added : place + added] = instead
        added += len(instead)
        if instead:
            refined.mended.append((sentence, "\n".join(instead), reason))
        else:
            refined.removed.append((sentence, reason))
    return refined


def _crowded(sentence: str, style: Style) -> str:
    """Object to a bullet that names more than one finding or value: a glance finds one thing on a line."""
    many = len({s.code for s in stated(sentence) if s.present}) + len(measures_in(sentence))
    return "it says more than one thing on a line" if style is Style.BULLET and many > 1 else ""


def _instead(sentence: str, said: list[str], facts: Facts, style: Style) -> list[str]:
    """Compose what the facts say about the same, unless it is said already."""
    about = topics(sentence) - set().union(*map(topics, said), set())
    present = tuple(fact for fact in facts.present if fact.code in about)
    lines = _lines(list(present), facts, style)
    denied = tuple(code for code in facts.unlikely if code in about)
    if denied and style is not Style.BRIEF:
        lines.append(in_style(unlikely_line(replace(facts, unlikely=denied)), style))
    if outlook(sentence) and not facts.present and "film" in about and not facts.asserted:
        lines.append(film_line(facts, style))
    return lines + measure_lines(tuple(m for m in facts.measures if m.code in about), style)


def _complete(checked: Checked, facts: Facts, style: Style) -> str:
    first = [fact for fact in checked.missing if fact.must_be_said]
    last = [fact for fact in checked.missing if not fact.must_be_said]
    kept = [in_style(unmarked(sentence), style) for sentence in checked.kept]
    lines = [*_lines(first, facts, style), *kept, *_lines(last, facts, style)]
    if checked.film_unsaid:
        lines.insert(0, film_line(facts, style))
    lines += measure_lines(checked.missing_measures, style)
    if style is Style.COMPREHENSIVE and facts.at_once and not facts.asserted:
        lines = [*(line for line in lines if not _only_calls(line)), AT_ONCE]  # the call, whole and last
    if style is Style.BULLET:
        lines.sort(key=lambda line: _place(line, facts))
    return ("\n" if style is Style.BULLET else " ").join(lines)


def _only_calls(line: str) -> bool:
    """Say whether a sentence calls the team and says nothing that would be lost with it."""
    return "team" in line.lower() and not (stated(line) or measures_in(line))


def _place(line: str, facts: Facts) -> tuple[int, int]:
    """Rank a bullet: the most urgent finding first, then bedside values, then all else."""
    named = [fact.rank for s in stated(line) if s.present and (fact := facts.fact(s.code))]
    other = 7 if measures_in(line) else 6 if outlook(line) else 8
    return min(named, default=(other, 0))


def _lines(missing: list[Fact], facts: Facts, style: Style) -> list[str]:
    return finding_lines(tuple(missing), style, asserted=facts.asserted) if missing else []
