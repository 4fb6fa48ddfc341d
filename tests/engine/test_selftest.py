import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine import selftest
from engine.errors import WeightsMismatch
from engine.model.known_answers import known_film
from engine.selftest import check, longest_run, record
from tests.engine.model.tiny import a_model
from tests.engine.words import a_tokenizer


@pytest.fixture
def model(monkeypatch):
    """A random model that has learnt one thing by heart: to say again what was said."""
    monkeypatch.setattr(selftest, "compose", lambda _facts, _style: "assistant " * 8)
    made = a_model()
    made.get_input_embeddings().weight.data *= 30
    return made


@pytest.fixture
def known(model):
    return record(model, a_tokenizer(), "0" * 64)


def test_a_whole_model_passes_and_answers_the_same_each_time(model, known):
    check(model, a_tokenizer(), known)
    assert record(model, a_tokenizer(), "0" * 64) == known
    assert len(known.logits) == 15
    assert 1 < len(known.tokens) <= selftest.WORDS
    assert -0.1 < known.likelihood <= 0


def test_the_film_is_the_same_everywhere_and_nobody_s():
    film = known_film()
    assert film.shape == (256, 256)
    assert 0 <= film.min() < 0.3
    assert film.max() <= 1
    assert np.array_equal(film, known_film())


def damage_eyes(model):
    model.model.multi_modal_projector.film.weight.data *= 1000


def damage_head(model):
    model.finding_head.bias.data[3] += 1


def no_number(model):
    model.finding_head.bias.data[3] = float("nan")


def flip_bits(model):
    weight = model.model.language_model.layers[0].mlp.down_proj.weight.data
    weight.view(torch.int32)[::3] ^= 1 << 30


def nothing_to_say(model):
    model.lm_head.weight.data[0] = float("inf")


@pytest.mark.parametrize("damage", [damage_eyes, damage_head, no_number, flip_bits, nothing_to_say])
def test_a_damaged_model_is_refused_in_one_sentence(model, known, damage):
    damage(model)
    with pytest.raises(WeightsMismatch, match="fails its self-test") as refused:
        check(model, a_tokenizer(), known)
    assert str(refused.value).count(".") == 1


def test_a_model_that_says_one_word_over_and_over_is_refused(model, known):
    for layer in model.model.language_model.layers:
        layer.self_attn.o_proj.weight.data.zero_()
        layer.mlp.down_proj.weight.data.zero_()
    model.lm_head.weight = torch.nn.Parameter(torch.zeros(64, 64))
    with pytest.raises(WeightsMismatch, match="over and over"):
        check(model, a_tokenizer(), replace(known, tokens=[*range(10, 30)], likelihood=-10.0))


@pytest.mark.parametrize(("tokens", "longest"), [([1], 1), ([1, 2, 3], 1), ([1, 2, 2, 2, 1, 1], 3)])
def test_the_longest_run_is_counted(tokens, longest):
    assert longest_run(tokens) == longest


def test_answers_are_kept_beside_the_weights_they_belong_to(known, tmp_path):
    path, delta = tmp_path / "selftest.json", tmp_path / "delta.safetensors"
    delta.write_bytes(b"weights")
    selftest.save(replace(known, delta_sha256=selftest.sha256_of(delta)), path)
    assert selftest.load(path, delta).logits == known.logits
    delta.write_bytes(b"other weights")
    with pytest.raises(WeightsMismatch, match="other weights"):
        selftest.load(path, delta)
    with pytest.raises(WeightsMismatch, match=r"There is no selftest\.json"):
        selftest.load(tmp_path / "nowhere" / "selftest.json")


def test_the_committed_answers_belong_to_the_committed_weights():
    known = selftest.load()
    assert known.film.startswith("simulated")
    assert len(known.tokens) == selftest.WORDS
    assert -2.0 < known.likelihood < 0.0
    assert selftest.SHIPPED.stat().st_size < 20_000
    json.loads(selftest.SHIPPED.read_text())
