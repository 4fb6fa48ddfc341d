"""Three impressions of one film, written side by side; each sentence is shown once it is whole and the facts support it."""

from collections.abc import Iterator

from torch import Tensor

from engine.answer import to_draft
from engine.clauses import sentences
from engine.fact_check import objection
from engine.facts import Facts
from engine.model.decoder import Decoder
from engine.prompt import facts_prompt
from triage.reading import Draft, Style


def drafts(
    decoder: Decoder, soft_tokens: Tensor, facts: Facts, places: int
) -> Iterator[tuple[Style, str | Draft]]:
    """Write every style as one batch: what they share, the film and the facts, is encoded once.

    Args:
        soft_tokens: z [1, N, D] of the film.
        places: for the film in a prompt, N.

    Returns: sentences of each style as they come, interleaved; the checked Draft of a style follows its last one.
    Raises: ReaderFailed: the model broke off.
    """
    styles = tuple(Style)
    raw, shown = dict.fromkeys(styles, ""), dict.fromkeys(styles, 0)
    prompts = [facts_prompt(facts, style, places) for style in styles]
    for which, piece in decoder.write(prompts, soft_tokens):
        style = styles[which]
        raw[style] += piece
        whole = sentences(raw[style])
        whole = whole[:-1] if piece else whole  # the last sentence may go on
        for sentence in whole[shown[style] :]:
            if not objection(sentence, facts):  # its words were held back until they were checked
                yield style, " ".join(sentence.split()) + (" \n" if style is Style.BULLET else " ")
        shown[style] = len(whole)
        if not piece:
            yield style, to_draft(raw[style], facts, style)
