"""Slips of the keyboard in what a person wrote, mended towards the words of the vocabulary and nothing else."""

import re
from functools import lru_cache

from engine.lexicon import LEXICON
from engine.vocabulary import CERTAINTY_WORDS, MENTION, OWNER

_WORD = re.compile(r"[A-Za-z]+")
_SHORT, _LONG = 5, 9
"""Letters from which one slip is mended, and two."""
_CUES = """
absent absence negative without unlikely likely probable probably possible possibly suspected questionable excluded evidence
bilateral bilaterally bibasilar left right both lower upper small large moderate enlarged clear normal unremarkable silhouette
"""
_REAL = """
injection infusion inflection module modules diffusion profusion enema hernias herniated message massive passes mess
affection perfusion reflection infarction inspection intention prominent unremarkable remarkable improbable confusion
contusion occlusion inclusion effusive infections infectious consolidating compressible plausible passable
probably profitable rights rightward leftward bright slight night eight light weight fight might sight tight height flight
clean cleared clearly clearing bleach learn larger largest larynx smaller smallest swallow shall stall swell hall wall tall
loft lift felt lent lest theft deft heft rift normally abnormally abnormal normals informal formal presence presents absently
likelihood liking lively relative relatively nodular nodularity nodal models medulla module pleura plural pleural pleurae
pneumonic pneumonitis pneumatic pneumatocele fibroids fibrous fibrin fibrotic emphasis emphasize emphysematous edematous
opaque opacify opacified opacification hilar hilum mediastinal mediastinum cardiac cardio heart hears hearth heard lung
lungs lunge fluids flush fluid other bother boths enlargement enlarging lowest lowered flower slower power tower supper
"""
KNOWN = LEXICON | {w for name in OWNER for w in _WORD.findall(name.lower())}
_TARGETS = frozenset(
    {w for name in OWNER for w in _WORD.findall(name.lower())}
    | {w for words in CERTAINTY_WORDS.values() for phrase in words for w in phrase.split()}
    | set(_CUES.split())
)
_LEFT_ALONE = KNOWN | set(_REAL.split()) | set(_CUES.split())
_NO = {
    "n",
    "o",
    "on",
    "ni",
    "np",
    "bo",
    "mo",
    "ho",
    "nno",
    "noo",
    "ono",
    "nop",
    "nto",
    "ont",
    "nt",
    "ot",
    "mot",
    "bot",
    "noot",
    "nott",
}
_DENIAL = re.compile(
    rf"(?:(?<=^)|(?<=[.;,:!?] )|(?<=\bis )|(?<=\bare ))(?:{'|'.join(sorted(_NO, key=len, reverse=True))})\b(?= )"
)


def mended(text: str) -> str:
    """Mend the words that are one slip away from a word of the vocabulary, two when they are long.

    A word that means something already is left alone. Where two words are as near, the longer one is meant, so that
    a lost letter never turns "unlikely" into "likely". A mangled "no" is mended only where no other word can stand: in
    front of a finding's name.
    """
    mended_words = _WORD.sub(lambda m: _meant(m.group()), text)
    return _with_denials(mended_words)


def _meant(word: str) -> str:
    lower = word.lower()
    if len(lower) < _SHORT - 1 or lower in _LEFT_ALONE:
        return word
    return _nearest(lower) or word


@lru_cache(maxsize=4096)
def _nearest(word: str) -> str:
    slips = 0 if len(word) < _SHORT - 1 else 1 if len(word) < _LONG else 2
    near = [
        (distance, -len(t), t)
        for t in _TARGETS
        if (distance := _slips(word, t, slips)) <= slips and len(t) >= 4
    ]
    return min(near)[2] if near else ""


def _slips(word: str, meant: str, most: int) -> int:
    """Count the letters lost, added, changed or swapped between two words; more than `most` when there are more.

    Source: the restricted edit distance of Damerau 1964.
    """
    if abs(len(word) - len(meant)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(meant) + 1))
    for i, a in enumerate(word, 1):
        row = [i]
        for j, b in enumerate(meant, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == meant[j - 2] and word[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def _with_denials(text: str) -> str:
    """Read a mangled "no" that stands where only a "no" can: at the start, straight before a finding's name."""
    lower, pieces, end = text.lower(), [], 0
    for slip in _DENIAL.finditer(lower):
        if _before_a_finding(lower[slip.end() :]):
            pieces += [text[end : slip.start()], "no"]
            end = slip.end()
    return "".join([*pieces, text[end:]])


def _before_a_finding(rest: str) -> bool:
    """Say whether what follows names a finding within its first three words."""
    first = MENTION.search(rest)
    return first is not None and len(rest[: first.start()].split()) <= 2
