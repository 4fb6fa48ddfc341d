import pytest
import torch

from engine.model.load import load_vlm
from engine.model.low_rank import updates
from tests.engine.model.tiny import a_model, a_prompt, films, patients


def answer(model):
    with torch.no_grad():
        return model(input_ids=a_prompt(), pixel_values=films(), clinical=patients()).logits


def test_a_new_update_changes_nothing():
    plain, grown = a_model(), a_model()
    grown.grow(2)

    assert len(list(updates(grown))) == 14
    assert torch.equal(answer(plain), answer(grown))


def test_only_the_updates_stay_wide_in_the_language_model(tmp_path):
    model = a_model()
    model.grow(2)
    model.save_pretrained(tmp_path)

    loaded = load_vlm(tmp_path, "bf16").model.model.language_model

    wide = {name for name, weight in loaded.named_parameters() if weight.dtype == torch.float32}
    assert wide == {name for name, _ in loaded.named_parameters() if ".lora_" in name}
    assert len(wide) == 28


def test_a_reader_has_room_for_one_set():
    model = a_model()
    model.grow(2)

    with pytest.raises(ValueError, match="already"):
        model.grow(2)
