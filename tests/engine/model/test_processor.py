import pytest
from transformers.utils import is_torchvision_available

from engine.errors import WeightsMismatch
from engine.model.processor import load_processor
from tests.engine.model.families import FAMILIES, save_processor


@pytest.mark.parametrize("family", FAMILIES)
def test_pictures_go_through_pillow(tmp_path, family):
    save_processor(family, tmp_path)
    processor = load_processor(tmp_path, family)

    assert not is_torchvision_available(), "this test says nothing beside torchvision"
    assert type(processor.image_processor).__name__.endswith("Pil")
    assert "message" in processor.chat_template


PARTS = [("qwen2_5_vl", "preprocessor_config.json")]
PARTS += [(family, "processor_config.json") for family in ("gemma3", "llava")]
PARTS += [(family, "tokenizer.json") for family in FAMILIES]


@pytest.mark.parametrize(("family", "lost"), PARTS)
def test_a_missing_part_is_a_sentence(tmp_path, family, lost):
    save_processor(family, tmp_path)
    (tmp_path / lost).unlink()

    with pytest.raises(WeightsMismatch, match="copy every file"):
        load_processor(tmp_path, family)


@pytest.mark.parametrize("family", FAMILIES)
def test_without_a_chat_template_nobody_knows_how_to_ask(tmp_path, family):
    save_processor(family, tmp_path)
    (tmp_path / "chat_template.jinja").unlink()

    with pytest.raises(WeightsMismatch, match="chat template"):
        load_processor(tmp_path, family)
