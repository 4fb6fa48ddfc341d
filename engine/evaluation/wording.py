"""How often the language model says the facts, no more and no less, before the check corrects it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from engine.answer import to_draft
from engine.fact_check import check
from engine.facts import Facts
from engine.model.words import stream
from triage.reading import Style, Writer

MOST_TOKENS = 160


@dataclass(frozen=True)
class Asked:
    """One question about one film: the facts, the prompt made from them, and the film's soft tokens [1, N, D]."""

    facts: Facts
    style: Style
    prompt: str
    soft_tokens: Tensor


@dataclass(frozen=True)
class Wording:
    """Shares of drafts and sentences, in per cent.

    `faithful` drafts said every fact and nothing else by themselves; `unsupported` sentences were taken out;
    `composer` drafts had to be written anew.
    """

    drafts: int
    sentences: int
    faithful: float
    unsupported: float
    composer: float


def measure(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    asked: Sequence[Asked],
    progress: Callable[[str, float], None],
) -> Wording:
    """Let the model word facts it has never seen, and hold each text against them."""
    faithful, composer, kept, removed = [], [], 0, 0
    for i, question in enumerate(asked):
        raw = "".join(stream(model, tokenizer, question.prompt, question.soft_tokens, MOST_TOKENS))
        checked = check(raw, question.facts)
        kept, removed = kept + len(checked.kept), removed + len(checked.removed)
        faithful.append(
            bool(checked.kept) and not (checked.removed or checked.missing or checked.missing_measures)
        )
        composer.append(to_draft(raw, question.facts, question.style).writer is Writer.COMPOSER)
        progress("wording", (i + 1) / len(asked))
    total = kept + removed
    unsupported = 100.0 * removed / total if total else 0.0
    return Wording(len(asked), total, _per_cent(faithful), unsupported, _per_cent(composer))


def _per_cent(flags: Sequence[bool]) -> float:
    return 100.0 * float(np.mean(flags)) if flags else 0.0
