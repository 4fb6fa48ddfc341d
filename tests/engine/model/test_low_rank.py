import pytest
import torch

from engine.model.load import load_vlm
from engine.model.low_rank import TILE, LowRankLinear, tiles, updates
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


def test_a_word_is_the_same_bits_in_any_company():
    """MKL adds up in another order for other numbers of rows; a tile always has the same number."""
    layer = LowRankLinear(torch.nn.Linear(576, 1536, bias=False).bfloat16(), 8)
    torch.nn.init.normal_(layer.lora_b)
    words = torch.randn(TILE + 8, 1, 576, generator=torch.Generator().manual_seed(0)).bfloat16()
    with torch.inference_mode():
        update = [
            torch.cat([layer._update(t.float()) for t in tiles(words[:n].float())])[:2]
            for n in (2, 3, 18, 40)
        ]
        assert all(torch.equal(update[0], other) for other in update[1:])
        assert layer(words).shape == (TILE + 8, 1, 1536)
        assert torch.allclose(layer(words)[3].float(), layer(words[3]).float(), atol=0.1)
