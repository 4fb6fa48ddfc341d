import pytest
import torch

from engine.errors import WeightsMismatch
from engine.model.config import RadCnnConfig
from engine.model.delta import EYES, LARGEST_BYTES, SHIPPED, Delta, apply_delta, load_delta, save_delta
from engine.model.vision import RadCnn
from engine.model.vlm import RadVlm
from tests.engine.model.tiny import a_model

LAYER = "model.language_model.layers.0.self_attn.q_proj"


def layers():
    plain = dict(a_model().named_modules())
    linear = {n: m for n, m in plain.items() if "language_model" in n and isinstance(m, torch.nn.Linear)}
    return {name: (layer.in_features, layer.out_features) for name, layer in linear.items()}


def a_delta(**changes):
    state = a_model().state_dict()
    eyes = {n: torch.full_like(v, 2) for n, v in state.items() if n.startswith(EYES)}
    low_rank = {name: (torch.ones(2, i), torch.full((o, 2), 0.5)) for name, (i, o) in layers().items()}
    return Delta(**{"eyes": eyes, "low_rank": low_rank, "scale": 2.0, "prompt_version": 1, **changes})


def test_written_and_read_it_is_the_same(tmp_path):
    save_delta(a_delta(), tmp_path / "delta.safetensors")

    read = load_delta(tmp_path / "delta.safetensors")

    assert set(read.eyes) == set(a_delta().eyes)
    assert read.scale == 2.0
    assert torch.equal(read.low_rank[LAYER][0].float(), torch.ones(2, 64))


def test_a_layer_answers_its_own_and_scale_times_b_a_beside_it():
    model, before, x = a_model(), a_model(), torch.randn(3, 64)
    apply_delta(model, a_delta())

    grown = model.get_submodule(LAYER)(x) - before.get_submodule(LAYER)(x)

    assert torch.allclose(grown, 2.0 * 2 * 0.5 * x.sum(-1, keepdim=True).expand(3, 64), atol=1e-4)
    assert torch.equal(model.get_submodule(LAYER).base.weight, before.get_submodule(LAYER).weight)
    assert (model.finding_head.bias == 2).all()


def test_saved_and_loaded_the_updates_lie_where_they_lay(tmp_path):
    model, x = a_model(), torch.randn(3, 64)
    apply_delta(model, a_delta())
    model.save_pretrained(tmp_path)

    again = RadVlm.from_pretrained(tmp_path)

    assert again.config.rank == 2
    assert torch.equal(again.get_submodule(LAYER)(x), model.get_submodule(LAYER)(x))


def test_a_part_too_many_too_few_or_too_big_is_refused():
    whole = a_delta().eyes
    for eyes in (
        {**whole, "finding_head.extra": torch.ones(1)},
        {k: v for k, v in whole.items() if "bias" not in k},
    ):
        with pytest.raises(WeightsMismatch, match="one side only"):
            apply_delta(a_model(), a_delta(eyes=eyes))
    with pytest.raises(WeightsMismatch, match="another shape"):
        apply_delta(a_model(), a_delta(eyes={**whole, "finding_head.bias": torch.ones(16)}))
    some = a_delta().low_rank
    for low_rank in ({**some, "nowhere": some[LAYER]}, {k: v for k, v in some.items() if k != LAYER}):
        with pytest.raises(WeightsMismatch, match="one side only"):
            apply_delta(a_model(), a_delta(low_rank=low_rank))
    with pytest.raises(WeightsMismatch, match="q_proj has another shape"):
        apply_delta(a_model(), a_delta(low_rank={**some, LAYER: (torch.ones(2, 4), torch.ones(4, 2))}))


def test_a_delta_too_large_to_commit_is_not_written(tmp_path):
    huge = {LAYER: (torch.ones(1, LARGEST_BYTES // 2), torch.ones(1, 1))}

    with pytest.raises(WeightsMismatch, match="at most 40"):
        save_delta(a_delta(low_rank=huge), tmp_path / "delta.safetensors")
    assert not (tmp_path / "delta.safetensors").exists()


def test_no_delta_is_a_sentence(tmp_path):
    with pytest.raises(WeightsMismatch, match="no trained delta"):
        load_delta(tmp_path / "delta.safetensors")


def test_the_committed_delta_is_small_and_fits_the_tower():
    delta = load_delta(SHIPPED)
    tower = RadCnn(RadCnnConfig())
    state = {n.removeprefix("model.vision_tower."): v for n, v in delta.eyes.items() if "vision_tower" in n}

    assert SHIPPED.stat().st_size <= LARGEST_BYTES
    tower.load_state_dict(state, strict=True)
    assert all(torch.isfinite(v).all() for v in delta.eyes.values())
