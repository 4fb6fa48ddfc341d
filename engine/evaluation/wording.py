"""How often the language model says the facts, no more and no less, before the check corrects it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from scipy.stats import binomtest
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from engine.answer import LONGEST_BRIEF, to_draft
from engine.doubts import within_hours
from engine.evaluation.ease import grade
from engine.fact_check import Checked, check
from engine.facts import Facts
from engine.model.decoder import Decoder
from engine.model.vlm import RadVlm
from engine.statements import stated
from triage.levels import SHIPPED
from triage.reading import Draft, Style, Writer

MOST_TOKENS = 160
HARDEST_BRIEF = 8.0
"""The school grade that a brief impression may ask for."""


@dataclass(frozen=True)
class Asked:
    """One question about one film: the facts, the prompt made from them, and the film's soft tokens [1, N, D]."""

    facts: Facts
    style: Style
    prompt: str
    soft_tokens: Tensor


@dataclass(frozen=True)
class Share:
    """How many of how many, the share in per cent and its 95 % interval (Wilson 1927); None of nothing."""

    n: int
    count: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Handled:
    """What became of drafts: said every fact and nothing else; put right; written anew by the composer."""

    faithful: Share
    repaired: Share
    replaced: Share


@dataclass(frozen=True)
class Wording:
    """What the language model wrote of facts it had never seen, and what the check made of it.

    `faithful`, `unsupported` (sentences that were taken out) and `composer` (drafts written anew) are per cents of all;
    `styles` tells them apart. Of the finished texts: `readable` and `short` are brief ones of grade 8 and of 40 words
    at most, `same_critical` the sets of facts with a finding of minutes or hours whose styles all name the same of them.
    """

    facts: int
    drafts: int
    sentences: int
    faithful: float
    unsupported: float
    composer: float
    styles: dict[str, Handled]
    readable: Share
    short: Share
    same_critical: Share


@dataclass(frozen=True)
class _Told:
    asked: Asked
    checked: Checked
    draft: Draft

    @property
    def faithful(self) -> bool:
        missed = self.checked.missing or self.checked.missing_measures or self.checked.film_unsaid
        return bool(self.checked.kept) and not (self.checked.removed or missed)

    @property
    def replaced(self) -> bool:
        return self.draft.writer is Writer.COMPOSER


def measure(
    model: RadVlm,
    tokenizer: PreTrainedTokenizerBase,
    asked: Sequence[Asked],
    progress: Callable[[str, float], None],
) -> Wording:
    """Let the model word facts it has never seen, and hold each text against them.

    Questions in a row about the same facts and film are answered as one batch, as they are in a reading.
    """
    told, decoder = list[_Told](), Decoder(model, tokenizer, MOST_TOKENS) if asked else None
    for _, group in groupby(asked, lambda question: (question.facts, id(question.soft_tokens))):
        questions = list(group)
        written = decoder.answers([question.prompt for question in questions], questions[0].soft_tokens)
        for question, raw in zip(questions, written, strict=True):
            draft = to_draft(raw, question.facts, question.style)
            told.append(_Told(question, check(raw, question.facts), draft))
        progress("wording", len(told) / len(asked))
    kept, removed = (sum(len(getattr(t.checked, part)) for t in told) for part in ("kept", "removed"))
    everything, brief = handled(told), [t.draft.text for t in told if t.asked.style is Style.BRIEF]
    return Wording(
        facts=len({question.facts for question in asked}),
        drafts=len(told),
        sentences=kept + removed,
        faithful=everything.faithful.share or 0.0,
        unsupported=share([False] * kept + [True] * removed).share or 0.0,
        composer=everything.replaced.share or 0.0,
        styles={s.value: handled([t for t in told if t.asked.style is s]) for s in Style},
        readable=share(grade(text) <= HARDEST_BRIEF for text in brief),
        short=share(len(text.split()) <= LONGEST_BRIEF for text in brief),
        same_critical=_same_critical(told),
    )


def handled(told: Sequence[_Told]) -> Handled:
    """Count what became of each draft; a text the composer replaced is not also put right."""
    return Handled(
        faithful=share(t.faithful and not t.replaced for t in told),
        repaired=share(not t.faithful and not t.replaced for t in told),
        replaced=share(t.replaced for t in told),
    )


def share(flags: Iterable[bool]) -> Share:
    """Count, with the Wilson interval."""
    seen = list(flags)
    if not seen:
        return Share(0, 0, None, None, None)
    bounds = binomtest(sum(seen), len(seen)).proportion_ci(method="wilson")
    return Share(
        len(seen), sum(seen), 100 * sum(seen) / len(seen), 100 * float(bounds.low), 100 * float(bounds.high)
    )


def _same_critical(told: Sequence[_Told]) -> Share:
    """Compare the findings of minutes and hours that the styles of one set of facts name.

    Sets without such a finding, or in one style only, do not count: there is nothing to say alike.
    """
    soon = within_hours(SHIPPED)
    named: dict[Facts, dict[Style, frozenset[str]]] = defaultdict(dict)
    for t in told:
        heard = {s.code for s in stated(t.draft.text) if s.present}
        named[t.asked.facts][t.asked.style] = frozenset(heard & soon)
    return share(
        len(set(styles.values())) == 1
        for facts, styles in named.items()
        if len(styles) > 1 and soon & {fact.code for fact in facts.present}
    )
