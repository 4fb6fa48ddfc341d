"""What a referrer's words ask for: plain word rules, and what does not count as said."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from triage.slips import near
from triage.study import Urgency


@dataclass(frozen=True)
class NoteRule:
    """When the order says one of these words or phrases, and does not deny it, it asks for this level.

    Words are lower case; one that ends in * stands for all its endings. A slip of the keyboard is forgiven in words of
    six letters and more, two in those of nine and more; in one that ends in *, one from eight letters on. In a phrase one
    slip is forgiven from three letters on, in short words not that of the first letter, and from five where it ends in
    *: the words beside it say what was meant.
    """

    words: tuple[str, ...]
    urgency: Urgency
    source: str


DENIALS = frozenset({"no", "not", "without", "denies", "denied", "nil", "never"})
"""Words after which a mention does not count, when nothing but `PASSED_OVER` stands between or "or" joins it on."""
LONG_AGO = frozenset({"previous", "previously", "prior", "past", "resolved"})
"""Words right before a mention that put it into another time. "History of" does not: referrers write it of today."""
PASSED_OVER = frozenset(
    {
        *("a", "an", "any", "the", "of", "for", "evidence", "sign", "signs", "suspicion", "history", "known"),
        *("obvious", "definite", "clinical", "new", "recent", "acute", "significant", "further", "residual"),
        *(
            "left",
            "right",
            "small",
            "large",
            "spontaneous",
            "chest",
            "known",
            "to",
            "due",
            "suggest",
            "suspect",
        ),
    }
)
NO_DENIAL = frozenset(
    {
        *(
            "better",
            "change",
            "changed",
            "changing",
            "improved",
            "improvement",
            "improving",
            "resolving",
            "settling",
        ),
        *("responding", "response", "clear", "sure", "certain", "whether", "if", "able", "only", "doubt"),
    }
)
"""Words with which a "no" or "not" speaks of something else: no *better*, not *sure*."""
ENDED = ("excluded", "ruled out", "resolved", "denied")
"""Words after a mention that take it back."""
STILL_OPEN = frozenset({"be", "not", "cannot", "cant", "never", "until", "unless", "if"})
"""Words that keep it open all the same: to *be* excluded, *not* ruled out."""

OTHER_WORDS = frozenset(
    {
        *("expiration", "inspiration", "respiration", "expiratory", "inspiratory", "ventral", "carcinoid"),
        *("distention", "direction", "penetration", "replacement", "peptic", "skeptic", "sceptic", "aseptic"),
        *(
            "asepsis",
            "feeling",
            "needing",
            "seeding",
            "incubation",
            "intuition",
            "cancel",
            "dancer",
            "pension",
        ),
        *(
            "procure",
            "procedural",
            "generating",
            "admiration",
            "mistress",
            "sounds",
            "rounds",
            "bounds",
            "pounds",
        ),
        *("full", "live", "scab", "slab", "past", "now", "news", "chess", "lined"),
        *("mounds", "batter", "insulation", "intonation", "pavement", "performed", "bleeding"),
    }
)
"""Words that lie a slip or two away from one that rows of ours hold, and mean something else."""

_SHORT = (("w/o", "without"), ("r/o", "rule out"), ("h/o", "history of"), ("s/p", "post"), ("c/o", ""))
_CLAUSE = re.compile(r"[.,;:?!()\n]|\b(?:but|however|although|though|except)\b")
_WORD = re.compile(r"[^\W_]+")


def mentioned(notes: str, rules: Iterable[NoteRule]) -> list[tuple[NoteRule, str]]:
    """Find what an order's text asks for.

    Args:
        notes: the indication as the referrer wrote it, in any case.
        rules: the site's rows.

    Returns: each rule that applies with its words that stood there, as the row spells them. A mention that is denied
        ("no pneumothorax", "no fall or trauma", "pneumothorax excluded") or set in another time ("previous
        pneumothorax") does not count; a mistyped one does. In doubt it counts: a word too many costs a reader a minute, one too few can
        cost a patient more. Denials are English; a site that writes another language adds its words as rows.
    """
    clauses = [_WORD.findall(part) for part in _CLAUSE.split(_spelled_out(notes))]
    found = []
    for rule in rules:
        said = _said(rule, clauses, as_written) or _said(rule, clauses, mistyped)
        if said:
            found.append((rule, said.replace("*", "…")))
    return found


def _said(rule: NoteRule, clauses: list[list[str]], alike: Callable[..., bool]) -> str:
    return next((words for words in rule.words if any(_stands(words, c, alike) for c in clauses)), "")


def _spelled_out(notes: str) -> str:
    text = notes.lower().replace("-", " ").replace("’", "").replace("'", "")
    for short, long in _SHORT:
        text = text.replace(short, long)
    return text


def _stands(words: str, clause: list[str], alike: Callable[..., bool]) -> bool:
    wanted = words.split()
    starts = range(len(clause) - len(wanted) + 1)
    phrase = len(wanted) > 1
    return any(
        all(alike(w, said, phrase=phrase) for w, said in zip(wanted, clause[at:], strict=False))
        and not _taken_back(clause, at, at + len(wanted))
        for at in starts
    )


def as_written(wanted: str, word: str, *, phrase: bool = False) -> bool:  # noqa: ARG001 - asked like `mistyped`
    """Hear a word as a row has it."""
    return word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted


@lru_cache(maxsize=16_384)
def mistyped(wanted: str, word: str, *, phrase: bool = False) -> bool:
    """Hear a word as a row has it, or a slip or two away from it; `phrase`: it stands with the others of one."""
    if as_written(wanted, word):
        return True
    begun, stem = wanted.endswith("*"), wanted.removesuffix("*")
    if word in OTHER_WORDS or not (stem + word).isalpha():
        return False
    if begun:
        enough = len(stem) >= (5 if phrase else 8)
        return enough and any(near(word[: len(stem) + by], stem, 1) for by in (-1, 0, 1))
    if phrase and len(stem) < 6 and word[:1] != stem[:1]:
        return False  # "free has", "trauma all" and "scab wound" lie a slip from phrases of ours
    least = 3 if phrase else 6
    return near(word, stem, 0 if len(stem) < least else 1 if len(stem) < 9 else 2)


def _taken_back(clause: list[str], begin: int, end: int) -> bool:
    return _denied(clause[:begin]) or _ended(clause[end:])


def _denied(before: list[str]) -> bool:
    """Look back over words that only pass a denial on; after "or" a denial reaches over the whole list."""
    joined = False
    for word in reversed(before):
        if word in NO_DENIAL:
            return False
        if word in DENIALS or (word in LONG_AGO and not joined):
            return True
        joined = joined or word in {"or", "nor"}
        if not joined and word not in PASSED_OVER:
            return False
    return False


def _ended(after: list[str]) -> bool:
    near = after[:4]
    said = " ".join(near)
    return any(re.search(rf"\b{ending}\b", said) for ending in ENDED) and not STILL_OPEN & set(near)
