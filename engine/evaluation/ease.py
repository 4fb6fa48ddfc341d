"""How many years of school a text asks of its reader."""

import re

from engine.clauses import sentences

_WORD = re.compile(r"[A-Za-z][A-Za-z'-]*")


def grade(text: str) -> float:
    """School grade needed to read a text; 0 for a text without words.

    Source: Kincaid et al. 1975 (Flesch-Kincaid); syllables are counted by groups of vowels.
    """
    words = _WORD.findall(text)
    if not words:
        return 0.0
    parts = max(len(sentences(text)), 1)
    return 0.39 * len(words) / parts + 11.8 * sum(map(_syllables, words)) / len(words) - 15.59


def _syllables(word: str) -> int:
    letters = re.sub(r"[^a-z]", "", word.lower())
    groups = len(re.findall(r"[aeiouy]+", letters))
    silent = letters.endswith("e") and not letters.endswith(("le", "ee"))
    return max(groups - (silent and groups > 1), 1)
