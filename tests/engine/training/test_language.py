import random
from itertools import islice

import pytest
import torch

from engine.model.config import CLINICAL
from engine.model.vlm import RadVlm
from engine.prompt import IMAGE_TOKEN, IMAGE_TOKEN_ID
from engine.training.language import (
    IGNORED,
    LanguageSettings,
    add_low_rank,
    low_rank,
    to_batch,
    train_language,
    with_measures,
)
from engine.training.sentences import pairs
from tests.engine.model.tiny import a_config


class Words:
    """A tokenizer of one token per word; the image place is one of them."""

    eos_token_id = 0

    def __call__(self, text, add_special_tokens):
        assert not add_special_tokens
        words = text.replace(IMAGE_TOKEN, f" {IMAGE_TOKEN} ").split()
        ids = [IMAGE_TOKEN_ID if word == IMAGE_TOKEN else 5 + sum(map(ord, word)) % 59 for word in words]
        return type("Ids", (), {"input_ids": ids})()


def some_pairs(count, from_text=0.0):
    return list(islice(pairs(1, 4, from_text), count))


def test_only_the_answer_is_learnt_and_all_answers_end_together():
    drawn = some_pairs(3)
    batch = to_batch(drawn, Words())

    for row, pair in enumerate(drawn):
        learnt = batch.labels[row][batch.labels[row] != IGNORED]
        assert learnt.tolist() == [*Words()(pair.target, add_special_tokens=False).input_ids, 0]
        assert batch.input_ids[row, -len(learnt) :].tolist() == learnt.tolist()
        assert batch.attention_mask[row].sum() == len(learnt) + len(
            Words()(pair.prompt, add_special_tokens=False).input_ids
        )


def test_bedside_values_of_the_facts_reach_their_slots():
    drawn = [p for p in some_pairs(60) if any(m.code == "spo2_pct" for m in p.facts.measures)][:1]
    x = with_measures(torch.full((1, 16), float("nan")), drawn, random.Random(0))  # noqa: S311
    value = next(m.value for m in drawn[0].facts.measures if m.code == "spo2_pct")
    centre, scale = CLINICAL["spo2_pct"]

    assert x[0, list(CLINICAL).index("spo2_pct")].item() == pytest.approx(max(-4, (value - centre) / scale))
    assert x[0, list(CLINICAL).index("male")].isnan()


def a_student():
    torch.manual_seed(0)
    model = RadVlm(a_config())
    add_low_rank(model, LanguageSettings(rank=2))
    return model


def films():
    return torch.rand(6, 4, 64), torch.randn(6, 16), torch.zeros(6, 15)


def quiet(_step, _share):
    pass


def test_it_learns_and_only_updates_fusion_and_head_move(tmp_path):
    model = a_student()
    before = {n: p.clone() for n, p in model.named_parameters()}
    settings = LanguageSettings(steps=6, batch=2, rate=3e-2, rank=2, from_text=0.0, keep_every=3)
    kept = train_language(model, Words(), films(), settings, tmp_path, quiet)
    moved = {n for n, p in model.named_parameters() if not torch.equal(p, before[n])}

    assert len(kept.losses) == 6
    assert kept.losses[-1] < kept.losses[0]
    assert all(".lora_" in n or "multi_modal_projector" in n or "finding_head" in n for n in moved)
    assert len(low_rank(model)) == 14


def test_stopped_and_gone_on_it_ends_where_it_would_have(tmp_path):
    settings = LanguageSettings(steps=4, batch=2, rank=2, keep_every=2)
    straight = train_language(a_student(), Words(), films(), settings, tmp_path / "a", quiet).losses

    class Stop(Exception):
        pass

    def stops(_step, share):
        if share >= 0.5:
            raise Stop

    with pytest.raises(Stop):
        train_language(a_student(), Words(), films(), settings, tmp_path / "b", stops)
    resumed = train_language(a_student(), Words(), films(), settings, tmp_path / "b", quiet).losses

    assert resumed == pytest.approx(straight, abs=1e-3)
