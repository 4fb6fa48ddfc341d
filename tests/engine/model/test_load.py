import json

import pytest
import torch
from transformers import AutoModelForImageTextToText, Gemma3Config, LlavaConfig, Qwen2_5_VLConfig

from engine.errors import UnsafeModel, WeightsMismatch
from engine.model.load import (
    SKIP,
    check_4bit,
    check_folder,
    count_4bit,
    load_vlm,
    nf4,
    precision_for,
    unfit_for_4bit,
)
from tests.engine.model.tiny import a_config, a_model, a_prompt, films, patients


@pytest.fixture
def folder(tmp_path):
    model = a_model().to(torch.bfloat16)
    model.save_pretrained(tmp_path / "tiny")
    return tmp_path / "tiny"


def logits_of(model):
    with torch.no_grad():
        return model(input_ids=a_prompt(), pixel_values=films(), clinical=patients()).logits


def test_saved_and_loaded_it_answers_the_same(folder):
    loaded = load_vlm(folder, "fp32")

    again = load_vlm(folder, "fp32")

    assert torch.equal(logits_of(loaded.model), logits_of(again.model))
    assert loaded.bits == 32
    assert len(loaded.sha256) == 64


def test_only_the_language_model_becomes_narrow(folder):
    loaded = load_vlm(folder, "nf4")

    assert count_4bit(loaded.model) == {"model.language_model": 14}
    assert loaded.model.finding_head.weight.dtype == torch.float32
    assert loaded.model.model.multi_modal_projector.film.weight.dtype == torch.float32


def test_findings_are_the_same_number_at_every_precision(folder):
    z16 = load_vlm(folder, "bf16").model.fuse(films(), patients())
    z4 = load_vlm(folder, "nf4").model.fuse(films(), patients())

    assert torch.equal(z16, z4)


def test_four_bits_saved_before_the_first_answer_come_back_bit_for_bit(folder, tmp_path):
    first = load_vlm(folder, "nf4")
    first.model.save_pretrained(tmp_path / "narrow")

    again = load_vlm(tmp_path / "narrow", "nf4")

    assert torch.equal(logits_of(first.model), logits_of(again.model))


def test_a_folder_stored_in_four_bits_is_not_read_as_sixteen(folder, tmp_path):
    load_vlm(folder, "nf4").model.save_pretrained(tmp_path / "narrow")

    with pytest.raises(WeightsMismatch, match="stored in 4 bits"):
        load_vlm(tmp_path / "narrow", "bf16")


def test_a_skip_name_without_its_prefix_is_noticed(folder):
    model = AutoModelForImageTextToText.from_pretrained(
        folder,
        dtype=torch.bfloat16,
        device_map="cpu",
        quantization_config=nf4(("lm_head", "multi_modal_projector")),
    )

    with pytest.raises(WeightsMismatch, match="finding_head"):
        check_4bit(model, "rad_vlm", "nf4")


def test_shapes_four_bits_cannot_hold_are_found_without_weights():
    offenders = unfit_for_4bit(a_config(), ())

    assert "finding_head" in offenders
    assert unfit_for_4bit(a_config(), SKIP["rad_vlm"]) == []


@pytest.mark.parametrize(
    ("fast", "device", "chosen"), [(True, "cpu", "nf4"), (False, "cpu", "bf16"), (False, "cuda", "nf4")]
)
def test_four_bits_only_where_they_pay(monkeypatch, fast, device, chosen):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: fast)

    assert precision_for("auto", device) == chosen
    assert precision_for("fp32", device) == "fp32"


@pytest.mark.parametrize("name", ["pytorch_model.bin", "weights.pt", "model.pkl", "modeling_evil.py"])
def test_a_folder_with_what_can_run_is_refused(folder, name):
    (folder / name).write_bytes(b"x")

    with pytest.raises(UnsafeModel, match=name.split(".", maxsplit=1)[0]):
        check_folder(folder)


@pytest.mark.parametrize("key", ["auto_map", "_attn_implementation_internal"])
def test_a_config_that_asks_for_code_is_refused(folder, key):
    config = json.loads((folder / "config.json").read_text())
    config["text_config"][key] = {"AutoModel": "evil.Evil"}
    (folder / "config.json").write_text(json.dumps(config))

    with pytest.raises(UnsafeModel, match="code of its own"):
        load_vlm(folder, "bf16")


def test_a_folder_without_safetensors_or_config_is_refused(folder):
    (folder / "model.safetensors").unlink()
    with pytest.raises(UnsafeModel, match="safetensors"):
        check_folder(folder)
    (folder / "config.json").unlink()
    with pytest.raises(WeightsMismatch, match=r"config\.json"):
        check_folder(folder)


def test_altered_bytes_are_noticed(folder):
    (folder / "firstread.json").write_text(json.dumps({"sha256": "0" * 64}))

    with pytest.raises(WeightsMismatch, match="altered"):
        load_vlm(folder, "bf16")


def test_an_unknown_family_is_named(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "clip"}))

    with pytest.raises(WeightsMismatch, match="clip is not a family"):
        load_vlm(folder, "bf16")


_TEXT = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "vocab_size": 128,
    "head_dim": 32,
}
_SIGLIP = {
    "hidden_size": 36,
    "intermediate_size": 52,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "image_size": 28,
    "patch_size": 14,
}
_CLIP = {**_SIGLIP, "projection_dim": 36}
_QWEN_EYE = {"hidden_size": 80, "out_hidden_size": 64, "intermediate_size": 84, "depth": 1, "num_heads": 2}


def other_families():
    return {
        "llava": LlavaConfig(
            text_config={"model_type": "llama", **_TEXT},
            vision_config={"model_type": "clip_vision_model", **_CLIP},
            image_token_index=5,
        ),
        "gemma3": Gemma3Config(text_config=_TEXT, vision_config=_SIGLIP, mm_tokens_per_image=4),
        "qwen2_5_vl": Qwen2_5_VLConfig(text_config=_TEXT, vision_config=_QWEN_EYE),
    }


@pytest.mark.parametrize("family", ["llava", "gemma3", "qwen2_5_vl"])
def test_the_same_loader_takes_other_families(tmp_path, family):
    model = AutoModelForImageTextToText.from_config(other_families()[family]).to(torch.bfloat16)
    model.save_pretrained(tmp_path)

    loaded = load_vlm(tmp_path, "nf4")

    parts = count_4bit(loaded.model)
    assert set(parts) == {"model.language_model"}
    assert loaded.bits == 4
