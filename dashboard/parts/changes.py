"""What a person changed: word by word, in colour and by underline and stroke, never by colour alone."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from markupsafe import Markup

from dashboard.parts.look import joined, markup

_WORDS = re.compile(r"\n|[^\S\n]+|[\w'-]+|[^\w\s]")
KEPT, ADDED, GONE = "kept", "added", "gone"


def between(before: str, after: str) -> list[tuple[str, str]]:
    """Runs of words with what became of them: kept, gone, added.

    Args:
        before, after: two texts; white space at their ends does not count.
    """
    old, new = _WORDS.findall(before.strip()), _WORDS.findall(after.strip())
    runs: list[tuple[str, str]] = []
    for what, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        runs += [(KEPT, "".join(old[i:j]))] if what == "equal" else list(_changed(old[i:j], new[k:m]))
    return runs


def _changed(old: list[str], new: list[str]) -> Iterator[tuple[str, str]]:
    if old:
        yield GONE, "".join(old)
    if new:
        yield ADDED, "".join(new)


def changed(before: str, after: str) -> bool:
    """Whether there is a difference worth showing: white space alone is none."""
    return before.split() != after.split()


def shown(before: str, after: str, caption: str) -> Markup:
    """Both texts in one: what went is struck through, what came is underlined."""
    runs = [_run(what, words) for what, words in between(before, after)]
    return markup('<p class="fr-label">{}</p><div class="fr-text fr-changes">{}</div>', caption, joined(runs))


def _run(what: str, words: str) -> Markup:
    if what == GONE:
        return markup('<del><span class="fr-unseen">taken out: </span>{}</del>', words)
    if what == ADDED:
        return markup('<ins><span class="fr-unseen">put in: </span>{}</ins>', words)
    return markup("<span>{}</span>", words)
