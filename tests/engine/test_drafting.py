from itertools import islice

import pytest
import torch

from engine.drafting import drafts
from engine.facts import Fact, Facts, Measure
from engine.model.decoder import Decoder
from engine.prompt import facts_prompt
from tests.engine.model.tiny import a_model
from tests.engine.words import a_tokenizer
from triage.finding import Certainty, Laterality
from triage.reading import Draft, Style

FACTS = Facts(
    present=(Fact("effusion", Certainty.VERY_LIKELY, Laterality.LEFT),),
    measures=(Measure("spo2_pct", 85.0, low=True),),
    abnormal=Certainty.VERY_LIKELY,
)


class Scripted:
    """Says what it is told, as a decoder would."""

    def __init__(self, *pieces):
        self.pieces, self.asked = pieces, None

    def write(self, prompts, soft_tokens):
        self.asked = prompts, soft_tokens
        yield from self.pieces


def parts_of(*pieces, facts=FACTS):
    return list(drafts(Scripted(*pieces), torch.zeros(1, 4, 8), facts, 4))


def test_every_style_is_asked_about_the_same_film_at_once():
    decoder, z = Scripted(), torch.zeros(1, 4, 8)
    list(drafts(decoder, z, FACTS, 4))

    assert decoder.asked == ([facts_prompt(FACTS, style, 4) for style in Style], z)


def test_a_sentence_is_shown_when_it_is_whole_and_the_draft_follows_its_last_word():
    said = "Left pleural effusion is very likely."
    parts = parts_of((2, "Left pleural effusion "), (2, "is very likely."), (2, " The SpO2"), (2, ""))

    assert [part for _, part in parts[:6]] == [f"{word} " for word in said.split()]
    assert {style for style, _ in parts} == {Style.COMPREHENSIVE}
    assert isinstance(parts[-1][1], Draft)
    assert said in parts[-1][1].text
    assert "The SpO2" not in "".join(part for _, part in parts[:6])


def test_styles_come_interleaved_and_a_short_one_is_finished_first():
    parts = parts_of(
        (0, "Left pleural effusion"), (1, "Left pleural effusion is very likely"), (0, ""), (1, "")
    )

    assert [style for style, part in parts if isinstance(part, Draft)] == [Style.BRIEF, Style.BULLET]
    assert parts[-1][0] is Style.BULLET


@pytest.mark.parametrize("which", range(len(Style)))
def test_what_no_fact_supports_is_never_shown(which):
    parts = parts_of((which, "There is a right pneumothorax. Word7 word8."), (which, ""))

    assert len(parts) == 1
    _, draft = parts[0]
    assert "pneumothorax" not in draft.text
    assert "left" in draft.text.lower()
    assert "85" in draft.text


def test_the_words_are_the_same_every_time_and_nonsense_is_not_shown():
    tokenizer, z = a_tokenizer(), torch.randn(1, 4, 64, generator=torch.Generator().manual_seed(0))
    decoder = Decoder(a_model(), tokenizer, 12)

    first, second = (list(drafts(decoder, z, FACTS, 4)) for _ in range(2))

    assert first == second
    assert not any("word" in part for _, part in first if isinstance(part, str))
    assert {style for style, part in first if isinstance(part, Draft)} == set(Style)


@pytest.mark.slow
def test_written_together_or_alone_beside_another_film_the_words_are_the_same(real_reader):
    """The real model: one batch of three, three batches of one, and two films at once say byte for byte the same."""
    decoder, places = real_reader._decoder, real_reader._model.config.image_seq_length
    prompts = [facts_prompt(FACTS, style, places) for style in Style]
    generator = torch.Generator().manual_seed(0)
    z, other = (torch.randn(1, places, 576, generator=generator) for _ in range(2))

    together = said(decoder.write(prompts, z))
    alone = [said(decoder.write([prompt], z))[0] for prompt in prompts]
    beside = decoder.write(prompts[::-1], other)
    list(islice(beside, 20))
    crowded = said(decoder.write(prompts, z))
    beside.close()

    assert together == dict(enumerate(alone))
    assert crowded == together


def said(pieces):
    texts = {}
    for which, piece in pieces:
        texts[which] = texts.get(which, "") + piece
    return texts
