import random
from itertools import islice

import pytest
import torch

from engine.drafting import drafts
from engine.facts import Fact, Facts, Measure
from engine.model.decoder import Decoder
from engine.prompt import facts_prompt
from engine.training.sentences import some_facts
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

    assert parts[0][1] == f"{said} "
    assert {style for style, _ in parts} == {Style.COMPREHENSIVE}
    assert isinstance(parts[-1][1], Draft)
    assert said in parts[-1][1].text
    assert len(parts) == 2


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
def test_the_same_study_is_the_same_bytes_whoever_is_written_beside_it(real_reader):
    """The real model in four bits: five studies, one after the other and all at once, each beginning at another word."""
    decoder, draw = real_reader._decoder, random.Random(5)  # noqa: S311
    places = real_reader.network.config.image_seq_length
    asked = []
    for number in range(5):
        facts = some_facts(draw)
        z = torch.randn(1, places, 576, generator=torch.Generator().manual_seed(number)).to(
            real_reader.network.dtype
        )
        asked.append(([facts_prompt(facts, style, places) for style in Style], z))
    alone = [decoder.answers(prompts, z) for prompts, z in asked]

    together = [["", "", ""] for _ in asked]
    waiting, going = list(enumerate(decoder.write(*one) for one in asked)), []
    while waiting or going:
        going += waiting[:1]  # one more with every round
        waiting = waiting[1:]
        for number, pieces in list(going):
            heard = list(islice(pieces, 3))
            for which, piece in heard:
                together[number][which] += piece
            if not heard:
                going.remove((number, pieces))
    assert together == alone
