"""A sentence that film and bedside do not support, and whether it may be signed all the same."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_WORD = re.compile(r"\w+")
_END = re.compile(r"(?<=[.!?])\s+|\n+")
_GONE = "the model's answer it came from is no longer shown, so nothing can be held against it"


@dataclass(frozen=True)
class Doubt:
    """One sentence that the facts do not support: which, why, and whether somebody would act on it within hours."""

    sentence: str
    reason: str
    critical: bool


def same_words(sentence: str) -> str:
    """What a sentence says, whatever its bullet, capitals, points and spaces."""
    return " ".join(_WORD.findall(sentence.casefold()))


def from_a_draft(report: Iterable[Doubt], drafts: Iterable[Doubt]) -> tuple[Doubt, ...]:
    """Of the doubtful sentences in a report, those that a draft brought in; a person's own words are theirs."""
    brought = {same_words(doubt.sentence) for doubt in drafts}
    return tuple(doubt for doubt in report if same_words(doubt.sentence) in brought)


def left_over(report: str, draft: str) -> tuple[Doubt, ...]:
    """The sentences of a draft that stand unchanged in a report when the answer they came from may not be shown.

    Nothing is left to tell the supported ones from the others, so a person answers for each of them.
    """
    brought = set(map(same_words, _END.split(draft))) - {""}
    stand = {same_words(said): said.strip().lstrip("-*• ") for said in _END.split(report)}
    return tuple(Doubt(said, _GONE, critical=True) for words, said in stand.items() if words in brought)


def blocking(doubts: Iterable[Doubt], answered_for: Iterable[str]) -> tuple[Doubt, ...]:
    """Those that keep a report from being signed: critical, and nobody answers for them.

    Args:
        doubts: about sentences that a draft brought in.
        answered_for: sentences that the person took on, or that were signed before.
    """
    settled = {same_words(sentence) for sentence in answered_for}
    return tuple(doubt for doubt in doubts if doubt.critical and same_words(doubt.sentence) not in settled)
