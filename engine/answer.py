"""What the model wrote to a draft that holds: cleaned, checked, completed, or written by the composer."""

import re

from engine.composer import AT_ONCE, compose, film_line, finding_lines, in_style, measure_line, with_limits
from engine.errors import UnreadableAnswer
from engine.fact_check import Checked, check
from engine.facts import Fact, Facts, is_urgent
from engine.statements import unmarked
from triage.reading import Draft, Style, Writer

LONGEST_BRIEF = 40  # words
_SPECIAL = re.compile(r"<\|?[a-z_]+\|?>")
_STUCK = re.compile(r"\b(\w+)(?:\W+\1\b){4,}", re.IGNORECASE)


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

    Unsupported sentences are taken out and kept with the reason; facts it left unsaid are put in, urgent ones
    first. When more than half had to go, the composer writes it.
    """
    try:
        checked = check(clean(raw), facts)
    except UnreadableAnswer as reason:
        return composed(facts, style, ((raw.strip()[:200], str(reason)),))
    if checked.mostly_false:
        return composed(facts, style, checked.removed)
    text = with_limits(_complete(checked, facts, style), facts, style)
    if style is Style.BRIEF and len(text.split()) > LONGEST_BRIEF:
        return composed(facts, style, (*checked.removed, (text, f"longer than {LONGEST_BRIEF} words")))
    return Draft(style, text, Writer.MODEL, checked.removed)


def composed(facts: Facts, style: Style, removed: tuple[tuple[str, str], ...] = ()) -> Draft:
    """Let the composer write it."""
    return Draft(style, with_limits(compose(facts, style), facts, style), Writer.COMPOSER, removed)


def _complete(checked: Checked, facts: Facts, style: Style) -> str:
    first = [fact for fact in checked.missing if is_urgent(fact)]
    last = [fact for fact in checked.missing if not is_urgent(fact)]
    kept = [in_style(unmarked(sentence), style) for sentence in checked.kept]
    lines = [*_lines(first, facts, style), *kept, *_lines(last, facts, style)]
    if checked.film_unsaid:
        lines.insert(0, film_line(facts, style))
    if checked.missing_measures:
        lines.append(measure_line(checked.missing_measures, style))
    if style is Style.COMPREHENSIVE and facts.at_once and not facts.asserted:
        lines = [*(line for line in lines if "team" not in line.lower()), AT_ONCE]  # one call, whole and last
    return ("\n" if style is Style.BULLET else " ").join(lines)


def _lines(missing: list[Fact], facts: Facts, style: Style) -> list[str]:
    return finding_lines(tuple(missing), style, asserted=facts.asserted) if missing else []
