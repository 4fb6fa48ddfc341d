import json

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForImageTextToText

from engine.errors import WeightsMismatch
from engine.model.load import (
    LANGUAGE,
    SKIP,
    check_4bit,
    count_4bit,
    load_vlm,
    nf4,
    precision_for,
    unfit_for_4bit,
)
from tests.engine.model.families import FAMILIES, a_family_folder
from tests.engine.model.families import a_config as a_family
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
        check_4bit(model, "nf4")


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


def test_altered_bytes_are_noticed(folder):
    (folder / "firstread.json").write_text(json.dumps({"sha256": "0" * 64}))

    with pytest.raises(WeightsMismatch, match="altered"):
        load_vlm(folder, "bf16")


def test_an_unknown_family_is_named(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "clip"}))

    with pytest.raises(WeightsMismatch, match="clip is not a family"):
        load_vlm(folder, "bf16")


def test_a_layer_without_weights_is_refused_instead_of_invented(folder):
    weights = load_file(folder / "model.safetensors")
    weights.pop(next(name for name in weights if name.endswith("layers.1.mlp.up_proj.weight")))
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})

    with pytest.raises(WeightsMismatch, match=r"layers\.1\.mlp\.up_proj\.weight has no weights"):
        load_vlm(folder, "bf16")


@pytest.mark.parametrize("method", ["gptq", "bitsandbytes"])
def test_only_our_own_form_of_four_bits_is_read(folder, method):
    config = json.loads((folder / "config.json").read_text())
    config["quantization_config"] = {"quant_method": method, "bnb_4bit_quant_type": "fp4"}
    (folder / "config.json").write_text(json.dumps(config))

    with pytest.raises(WeightsMismatch, match="a form Firstread cannot read"):
        load_vlm(folder, "nf4")


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_loader_takes_other_families_and_narrows_their_language_alone(tmp_path, family):
    folder = a_family_folder(family, tmp_path)

    narrow, wide = load_vlm(folder, "nf4"), load_vlm(folder, "bf16")

    assert count_4bit(narrow.model) == {LANGUAGE: 14}
    assert count_4bit(wide.model) == {}
    assert (narrow.family, narrow.bits, wide.bits) == (family, 4, 16)
    assert narrow.sha256 == wide.sha256


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_an_eye_that_four_bits_cannot_hold_and_it_is_skipped(family):
    assert unfit_for_4bit(a_family(family), ()) != []
    assert unfit_for_4bit(a_family(family), SKIP[family]) == []


def test_the_eye_of_qwen_is_narrowed_silently_by_its_short_name_and_noticed(tmp_path):
    model = AutoModelForImageTextToText.from_pretrained(
        a_family_folder("qwen2_5_vl", tmp_path),
        dtype=torch.bfloat16,
        device_map="cpu",
        quantization_config=nf4(("lm_head", "visual")),
    )

    with pytest.raises(WeightsMismatch, match=r"model\.visual is 4-bit"):
        check_4bit(model, "nf4")
