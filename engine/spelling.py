"""Slips of the keyboard in what a person wrote, mended towards the words of the vocabulary and nothing else."""

import re
from functools import lru_cache

from engine.lexicon import LEXICON
from engine.vocabulary import CERTAINTY_WORDS, MENTION, OWNER
from triage.slips import near, slips

_WORD = re.compile(r"[A-Za-z]+")
_SLIPS = ((4, 0), (9, 1), (11, 2))
"""Words of up to so many letters are mended over so many slips; longer ones over three."""
_CUE_WORDS = """
absent absence negative without unlikely neither excluded ruled evidence bilateral bilaterally enlarged clear normal
unremarkable silhouette small moderate large suspected questionable left right both cannot
"""
_TOO_COMMON = (
    "with like around represent certain could might area increased loss volume partly fluid small large"
)
"""Words of the vocabulary that are near too many others to be guessed at."""
_REAL_WORDS = """
injection infusion inflection module modules diffusion enema herniated message massive affection perfusion reflection
infarction inspection contusion occlusion inclusion confusion effusive infections infectious compressible decreased decrease
increase uncertain likelihood lively normally abnormally normals presence presents informal clean cleared clearly clearing
learn larger largest smaller smallest small bright slight night eight light weight fight might sight tight height flight
nodular nodularity pneumonic pneumonitis fibrous fibrin emphasis edematous opaque opacified opacification mediastinal heart
enlargement enlarging partial partially laterally lateral unilateral unilaterally collateral cardiac pleura plural loft lift
felt lent bothers bother other mother rules ruler rolled nuclear unclear moderately sized sizes sharp round rounded within
nonenlarged ankle interstitium denser vascularity vasculature silhouettes inflated engorgement hyperinflated engorged cardia possibility relative passes portable
remarkable included generative consolidating spurring hypoinflation widened either ascent assent agent canon cannon carrot another native negate
"""
"""Other words a report may hold that lie one slip away from ours."""
_DENIALS = frozenset({"absent", "cannot", "negative", "neither", "unlikely", "without"})
"""Words that turn a finding round; one slip more is forgiven them."""
_CUES = frozenset(_CUE_WORDS.split())
_NAMES = frozenset(word for name in OWNER for word in _WORD.findall(name.lower()))
_GRADES = frozenset(word for words in CERTAINTY_WORDS.values() for phrase in words for word in phrase.split())
_TARGETS = sorted(w for w in (_NAMES | _GRADES | _CUES) - set(_TOO_COMMON.split()) if len(w) >= 4)
_LEFT_ALONE = LEXICON | _NAMES | _GRADES | _CUES | set(_REAL_WORDS.split())
_NO = re.compile(
    r"(?:^|[.;,:!?\n] |\b(?:is|are|and|with|but|has|there \w{1,4}) )"
    r"(n|o|on|[a-z]o|n[a-z]|nn?oo?|[a-z]no|n[a-z]o)(?= )(?! (?:the|a|an|this|both|left|right)\b)"
)
_PARTICLE = re.compile(r"\b(negative|free|absence) (?!for\b|of\b)\w{1,4}(?= )", re.IGNORECASE)
_REAL_SHORT = frozenset({"no", "an", "not", "nor", "non", "now", "two", "who", "ago"})


def mended(text: str) -> str:
    """Mend the words that lie a slip or two away from a word of the vocabulary.

    A word that means something already is left alone. Where two words are as near, the longer one is meant, so that
    a lost letter never turns "unlikely" into "likely". A mangled "no" is mended only where nothing else can stand:
    where a "no" begins a phrase, and a finding's name follows.
    """
    words = _WORD.sub(lambda word: _meant(word.group()), text)
    return _with_denials(_PARTICLE.sub(_with_particle, words))


def _meant(word: str) -> str:
    lower = word.lower()
    return word if lower in _LEFT_ALONE else _nearest(lower) or word


@lru_cache(maxsize=4096)
def _nearest(word: str) -> str:
    most = next((many for letters, many in _SLIPS if len(word) < letters), 3)
    allowed = ((t, most + (t in _DENIALS and most > 0)) for t in _TARGETS)
    found = [(slips(word, t), -len(t), t) for t, n in allowed if near(word, t, n)]
    return min(found)[2] if found else ""


def _with_particle(mangled: re.Match[str]) -> str:
    """Read "negative fpr effusion" and "free fo effusion"."""
    if not _before_a_finding(mangled.string[mangled.end() :].lower()):
        return mangled.group()
    word = mangled.group(1)
    return f"{word} {'for' if word.lower() == 'negative' else 'of'}"


def _with_denials(text: str) -> str:
    """Read a mangled "no" where only a "no" can stand."""
    lower, pieces, end = text.lower(), [], 0
    for slip in _NO.finditer(lower):
        if slip.group(1) not in _REAL_SHORT and _before_a_finding(lower[slip.end() :]):
            pieces += [text[end : slip.start(1)], "no"]
            end = slip.end()
    return "".join([*pieces, text[end:]])


def _before_a_finding(rest: str) -> bool:
    """Say whether a finding's name follows within three words, and no verb before it."""
    first = MENTION.search(rest)
    between = rest[: first.start()].split() if first else []
    return first is not None and len(between) <= 3 and not {"is", "are", "was", "were"} & set(between)
