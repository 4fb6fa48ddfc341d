"""Findings with one negation flipped, or with typing errors: what a text must follow, and what it must not."""

import random
import re
from dataclasses import dataclass

from engine.clauses import sentences
from engine.facts import from_text
from engine.statements import stated
from engine.vocabulary import TERMS

TYPOS = 0.03
_DENIALS = re.compile(
    r"\b(no (?:evidence|sign|signs) of|no|without(?: evidence of)?|negative for|free of|clear of|absence of)\s+",
    re.IGNORECASE,
)
_KEYS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Flip:
    """Findings in which one sentence says the opposite; `codes` are there now, or no longer."""

    findings: str
    codes: frozenset[str]
    present: bool


def flipped(findings: str) -> Flip | None:
    """Turn the first sentence that plainly states or denies findings into its opposite.

    Returns: None when no sentence can be turned so that the ear hears every finding in it change, and no other.
    """
    parts = sentences(findings)
    before = _polarity(findings)
    for i, sentence in enumerate(parts):
        said = {s.code: s.present for s in stated(sentence) if s.certainty is None or not s.present}
        if len(set(said.values())) != 1:
            continue
        was = next(iter(said.values()))
        turned = " ".join([*parts[:i], _opposite(sentence, set(said), was), *parts[i + 1 :]])
        if _polarity(turned) == {**before, **dict.fromkeys(said, not was)} and _says(before, said):
            return Flip(turned, frozenset(said), not was)
    return None


def _says(before: dict[str, bool], said: dict[str, bool]) -> bool:
    return all(before.get(code) is present for code, present in said.items())


def _polarity(findings: str) -> dict[str, bool]:
    facts = from_text(findings)
    return {**dict.fromkeys(facts.unlikely, False), **{fact.code: True for fact in facts.present}}


def _opposite(sentence: str, codes: set[str], was: bool) -> str:
    if was:
        return f"There is no {' or '.join(sorted(TERMS[code].formal[0] for code in codes))}."
    plain = _DENIALS.sub(lambda m: "with " if m.group().lower().startswith("without") else "", sentence)
    plain = re.sub(r"\b(?:or|nor)\b", "and", plain)
    return plain[:1].upper() + plain[1:]


def misspelt(text: str, seed: int, share: float = TYPOS) -> str:
    """Mistype letters: swapped, doubled, dropped or another; a word that denies like every other, never a number.

    Args:
        share: of the letters.
    """
    draw = random.Random(seed)  # noqa: S311 - typing errors, not secrets
    return "".join(
        _stroke(letter, draw) if letter.isalpha() and draw.random() < share else letter for letter in text
    )


def _stroke(letter: str, draw: random.Random) -> str:
    other = draw.choice(_KEYS)
    return draw.choice(("", letter * 2, other, letter + other))
