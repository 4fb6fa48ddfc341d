import pytest
import torch

from engine.errors import WeightsMismatch
from engine.model.config import RadCnnConfig
from engine.model.delta import EYES, LARGEST_BYTES, SHIPPED, Delta, apply_delta, load_delta, save_delta
from engine.model.vision import RadCnn
from tests.engine.model.tiny import a_model

LAYER = "model.language_model.layers.0.self_attn.q_proj"


def a_delta(**changes):
    state = a_model().state_dict()
    eyes = {n: torch.full_like(v, 2) for n, v in state.items() if n.startswith(EYES)}
    low_rank = {LAYER: (torch.ones(2, 64), torch.full((64, 2), 0.5))}
    return Delta(**{"eyes": eyes, "low_rank": low_rank, "scale": 2.0, "prompt_version": 1, **changes})


def test_written_and_read_it_is_the_same(tmp_path):
    save_delta(a_delta(), tmp_path / "delta.safetensors")

    read = load_delta(tmp_path / "delta.safetensors")

    assert set(read.eyes) == set(a_delta().eyes)
    assert read.scale == 2.0
    assert torch.equal(read.low_rank[LAYER][0].float(), torch.ones(2, 64))


def test_a_layer_grows_by_scale_times_b_a():
    model, before = a_model(), a_model()
    apply_delta(model, a_delta())

    grown = model.get_submodule(LAYER).weight - before.get_submodule(LAYER).weight

    assert torch.allclose(grown, torch.full((64, 64), 2.0 * 2 * 0.5), atol=1e-6)
    assert (model.finding_head.bias == 2).all()


def test_it_agrees_with_the_library_that_trained_it():
    from peft import LoraConfig, inject_adapter_in_model

    plain, taught = a_model(), a_model()
    inject_adapter_in_model(
        LoraConfig(r=2, lora_alpha=4, target_modules=r".*layers\.0\.self_attn\.q_proj"), taught
    )
    layer = taught.get_submodule(LAYER)
    torch.nn.init.normal_(layer.lora_B["default"].weight)
    a, b = layer.lora_A["default"].weight.detach(), layer.lora_B["default"].weight.detach()
    eyes = {n: v for n, v in plain.state_dict().items() if n.startswith(EYES)}
    apply_delta(plain, Delta(eyes, {LAYER: (a, b)}, 2.0, 1))
    x = torch.randn(3, 64)

    assert torch.allclose(plain.get_submodule(LAYER)(x), layer(x), atol=1e-5)


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
    with pytest.raises(WeightsMismatch, match="no layer"):
        apply_delta(a_model(), a_delta(low_rank={"lm_head.nowhere": (torch.ones(2, 4), torch.ones(4, 2))}))


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
