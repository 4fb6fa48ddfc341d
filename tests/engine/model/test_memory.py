"""What one text has seen stays its own: the same answer as a cache that holds it alone."""

import torch
from torch import nn
from torch.nn import functional
from transformers import DynamicCache

from engine.model.memory import Memory, attention, use_side_by_side
from tests.engine.model.tiny import a_model


def a_cache(rows=2, length=5, layers=1):
    cache = DynamicCache()
    drawn = torch.Generator().manual_seed(0)
    for layer in range(layers):
        cache.update(*(torch.randn(rows, 1, length, 8, generator=drawn) for _ in range(2)), layer)
    return cache


def test_it_holds_what_was_seen_and_no_padding():
    cache = a_cache()
    seen = torch.tensor([1, 1, 0, 1, 1])
    memory = Memory(cache, 1, seen, room=3)
    key, value = torch.ones(1, 1, 1, 8), torch.zeros(1, 1, 1, 8)

    keys, values = memory.add(0, key, value)

    assert torch.equal(keys, torch.cat([cache.layers[0].keys[1:, :, seen.bool()], key], dim=2))
    assert torch.equal(values, torch.cat([cache.layers[0].values[1:, :, seen.bool()], value], dim=2))


def test_every_text_looks_at_its_own_and_a_row_too_many_gets_the_last_answer():
    module = nn.Module()
    module.layer_idx = 0
    drawn = torch.Generator().manual_seed(1)
    query, key, value = (torch.randn(3, heads, 1, 8, generator=drawn) for heads in (3, 1, 1))
    lengths = (5, 3)
    memories = [Memory(a_cache(), row, torch.arange(5) < n, room=1) for row, n in enumerate(lengths)]

    said, _ = attention(module, query, key, value, None, beside=memories, scaling=0.5)

    for row, n in enumerate(lengths):
        layer = a_cache().layers[0]
        keys, values = (
            torch.cat([kept[row : row + 1, :, :n], new[row : row + 1]], dim=2).expand(1, 3, -1, 8)
            for kept, new in ((layer.keys, key), (layer.values, value))
        )
        alone = functional.scaled_dot_product_attention(query[row : row + 1], keys, values, scale=0.5)
        assert torch.allclose(said[row : row + 1], alone.transpose(1, 2), atol=1e-6)
    assert torch.equal(said[2], said[1])


def test_without_anybody_beside_it_the_model_answers_as_before():
    ids = torch.tensor([[5, 6, 7, 8]])
    plain, beside = a_model().model.language_model, a_model().model.language_model
    use_side_by_side(beside)
    with torch.inference_mode():
        before, after = (m(input_ids=ids).last_hidden_state for m in (plain, beside))
    assert torch.equal(before, after)
