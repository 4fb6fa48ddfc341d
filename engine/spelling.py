"""Slips of the keyboard in what a person wrote, mended towards the words of the vocabulary and nothing else."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice, pairwise

from engine.lexicon import LEXICON
from engine.vocabulary import CERTAINTY_WORDS, CRITICAL, MENTION, OWN, OWNER
from triage.slips import near, slips

_WORD = re.compile(r"[A-Za-z]+")
_SLIPS = ((4, 0), (9, 1), (11, 2), (16, 3))
"""Words of up to so many letters are mended over so many slips; longer ones over four."""
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
long longs along line lines ring rings wing hair pair fair chair neural rural lunge lunges lying insertion insertions
constipation induction ingestion living site long suggested certainty suggestions evidenced congestive fibrosing processes
"""
"""Other words a report may hold that lie one slip away from ours."""
_DENIALS = frozenset({"absent", "cannot", "negative", "neither", "unlikely", "without"})
"""Words that turn a finding round; one slip more is forgiven them."""
_CUES = frozenset(_CUE_WORDS.split())
_NAMES = frozenset(word for name in OWN for word in _WORD.findall(name))
_HEARD = frozenset(word for name in OWNER for word in _WORD.findall(name))
_GRADES = frozenset(word for words in CERTAINTY_WORDS.values() for phrase in words for word in phrase.split())
_TARGETS = sorted(w for w in (_NAMES | _GRADES | _CUES) - set(_TOO_COMMON.split()) if len(w) >= 4)
_LEFT_ALONE = LEXICON | _HEARD | _GRADES | _CUES | set(_REAL_WORDS.split())
_TURNS = _DENIALS | {
    "absence",
    "bilateral",
    "bilaterally",
    "both",
    "clear",
    "excluded",
    "left",
    "normal",
    "right",
    "ruled",
}
"""Words that turn a finding round or move it: guessed at only where no other word lies as near."""
_NEAR_THEM = {"included", "presence", "presents", "patent"}
_OTHERS = sorted(word for word in (_LEFT_ALONE - set(_REAL_WORDS.split())) | _NEAR_THEM if len(word) >= 4)
_ASIDE = r"acute|definite|evident|focal|obvious|significant|visible|convincing|(?:evidence|signs?) of"
_FINDING_FOLLOWS = re.compile(rf" (?:(?:{_ASIDE}) )?(?:{MENTION.pattern})")
"""A finding's name follows at once, or after one word that says nothing of how large it is or where."""
_SLIPS_OF_NO = "n|nn|nno|noo|nio|nko|nlo|ni|nk|nq|nx|bo|jo|qo|xo|zo|(?<=[a-z] )o"
"""What a slip makes of "no" that no report writes otherwise: "on", "so", "ng", "co" and a list's "o" mean something."""
_NO = re.compile(
    rf"(?:^|[.;,:!?\n] |\b(?:is|are|and|with|but|has|there \w{{1,4}}) )({_SLIPS_OF_NO})(?={_FINDING_FOLLOWS.pattern})",
    re.IGNORECASE,
)
_PARTICLE = re.compile(
    rf"\b(negative|free|absence) (?:fo|fpr|ffor|foor|forr|fof|ofr|odf|oof)(?={_FINDING_FOLLOWS.pattern})",
    re.IGNORECASE,
)
_RULED_OUT = r"(?= (?:(?:b[a-z]?e?|[a-z]?e|eb) )?(?:(?:entirely|completely) )?(?:excluded?|ruled out)\b)"
_CANNOT = re.compile(rf"\b[a-z']{{3,9}}{_RULED_OUT}", re.IGNORECASE)
_NOT = re.compile(rf"\b[a-z']{{2,6}}{_RULED_OUT}", re.IGNORECASE)
_NO_SLIP_OF_NOT = {"now", "then", "thus", "also", "hot", "note"}
_EXCLUDED = re.compile(r"\b(not (?:be )?)([a-z]{6,10})\b", re.IGNORECASE)
"""A finding that "cannot be excluded" stays possible whatever the slip; only "can be excluded" denies it."""

_CRITICAL = [
    name.split() for name in sorted(OWN, key=len, reverse=True) if OWN[name] in CRITICAL and " " in name
]
_LONGEST = max(map(len, _CRITICAL))
_SHORT = {"ptx": re.compile(r"\b(?:[a-z]ptx|p[a-z]tx|pt[a-z]x|ptx[a-wyz]|ptxx|pxt|tpx)\b", re.IGNORECASE)}
"""A name of three letters with one too many, or two of them exchanged; "pt" and "ptt" are other things."""


_GLUED = re.compile(r"(?<=[a-z]{3}[.!?])(?=[A-Za-z]{3})")
_NEW_SENTENCE = re.compile(r"(?<=[a-z][.!?] )[a-z]")
"""A sentence that begins in small letters is one of its own: what the one before denies, it may not."""


def mended(text: str) -> str:
    """Mend the words that lie a slip or two away from a word of the vocabulary.

    A word that means something already is left alone. Where two words are as near, the longer one is meant, so that
    a lost letter never turns "unlikely" into "likely"; a word of denial is meant only where no other word is as near.
    A mangled "no" is mended only where it means nothing else and a finding's name follows: where that is in doubt the
    finding is heard as there, so that a person looks. A sentence begins with a capital, for the ear to part them.
    """
    words = _WORD.sub(lambda word: _meant(word.group()), _with_critical(_GLUED.sub(" ", text)))
    words = _NEW_SENTENCE.sub(lambda letter: letter.group().upper(), words)
    return _NO.sub(_with_no, _PARTICLE.sub(_with_particle, _with_doubt(words)))


def _with_critical(text: str) -> str:
    """Read "air aroun the luhng": a critical finding of several short words, each a slip or two away, is still named."""
    for short, slip in _SHORT.items():
        text = slip.sub(short, text)
    for at in reversed(
        list(_WORD.finditer(text))
    ):  # from the end, so that what lies before stays where it is
        text = _named_from(at.start(), text)
    return text


def _named_from(start: int, text: str) -> str:
    """Mend the name of a critical finding that begins here; of several, the one with the fewest slips."""
    words = list(islice(_WORD.finditer(text, start), _LONGEST))
    slipped = [
        (far, name) for name in _CRITICAL if (far := _slips_in(words[: len(name)], name, text)) is not None
    ]
    if not slipped:
        return text
    far, name = min(slipped)
    meant = _cased(words[0].group(), " ".join(name))
    return f"{text[:start]}{meant}{text[words[len(name) - 1].end() :]}" if far else text


def _slips_in(words: Sequence[re.Match[str]], name: Sequence[str], text: str) -> int | None:
    """Count the slips between words that follow each other and a name; None where they are not meant as it."""
    typed = [word.group().lower() for word in words]
    beside = len(words) == len(name) and all(text[a.end() : b.start()].isspace() for a, b in pairwise(words))
    if not beside or not all(_meant_as(a, b, len(name)) for a, b in zip(typed, name, strict=True)):
        return None
    return sum(slips(a, b) for a, b in zip(typed, name, strict=True))


def _meant_as(word: str, meant: str, of: int) -> bool:
    """Say whether a word is meant as one of so many of a name, or is a slip of it that is no word itself.

    Two slips leave enough of six letters, and of four where more than one other word stands beside. Among four words a
    short one is meant even where the slip made a word of it: "air is the pleural space".
    """
    most = 1 + (len(meant) > (3 if of > 2 else 5))
    slipped = word not in _LEFT_ALONE or (of > 3 and len(meant) <= 3)
    return word == meant or (slipped and near(word, meant, most))


def _cased(typed: str, meant: str) -> str:
    return meant.capitalize() if typed[0].isupper() else meant


def _meant(word: str) -> str:
    lower = word.lower()
    meant = lower not in _LEFT_ALONE and _nearest(lower)
    if not meant:
        return word
    return _cased(word, meant)


@lru_cache(maxsize=4096)
def _nearest(word: str) -> str:
    most = next((many for letters, many in _SLIPS if len(word) < letters), 4)
    allowed = ((t, most + (t in _DENIALS and most > 0)) for t in _TARGETS)
    found = [(slips(word, t), -len(t), t) for t, n in allowed if near(word, t, n)]
    far, _, meant = min(found, default=(0, 0, ""))
    return "" if meant in _TURNS and _as_near(word, meant, far) else meant


def _as_near(word: str, meant: str, far: int) -> bool:
    """Say whether another word lies as near; what ends in it or begins with it, as "unlikely" in "likely", is none."""
    return any(near(word, other, far) for other in _OTHERS if other not in meant and meant not in other)


def _with_doubt(text: str) -> str:
    """Read "canno be excluded" and "is nto excluded"."""
    return _NOT.sub(_with_not, _CANNOT.sub(_with_cannot, _EXCLUDED.sub(_with_excluded, text)))


def _with_excluded(typed: re.Match[str]) -> str:
    word = typed.group(2).lower()
    meant = word not in _LEFT_ALONE and near(word, "excluded", 3)
    return f"{typed.group(1)}excluded" if meant else typed.group()


def _with_cannot(typed: re.Match[str]) -> str:
    word = typed.group().lower()
    meant = word.replace("'", "") in {"cant", "couldnt"} or near(word, "cannot", 2)
    return "cannot" if meant and word not in _LEFT_ALONE else typed.group()


def _with_not(typed: re.Match[str]) -> str:
    word = typed.group().lower()
    slip = near(word, "not", 2) and word not in _LEFT_ALONE | _NO_SLIP_OF_NOT
    return "not" if slip or word in {"no", "on", "nor"} or word.endswith("n't") else typed.group()


def _with_particle(mangled: re.Match[str]) -> str:
    """Read "negative fpr effusion" and "free fo effusion"."""
    word = mangled.group(1)
    return f"{word} {'for' if word.lower() == 'negative' else 'of'}"


def _with_no(mangled: re.Match[str]) -> str:
    """Read a mangled "no" where only a "no" can stand."""
    whole, typed = mangled.group(), mangled.group(1)
    return f"{whole[: len(whole) - len(typed)]}no"
