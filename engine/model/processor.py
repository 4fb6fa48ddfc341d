"""Film and words to what a vision-language model eats: tokenizer, picture processor and chat template of its folder."""

from pathlib import Path
from typing import Any

from transformers import AutoImageProcessor, AutoProcessor, AutoTokenizer, ProcessorMixin
from transformers.models.qwen2_5_vl.processing_qwen2_5_vl import Qwen2_5_VLProcessor

from engine.errors import WeightsMismatch

_LOCAL: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}


class StillProcessor(Qwen2_5_VLProcessor):
    """Qwen's processor without its video half, which needs torchvision: a film does not move."""

    def check_argument_for_proper_class(self, argument_name: str, argument: object) -> object:
        if argument_name == "video_processor":
            return None
        return super().check_argument_for_proper_class(argument_name, argument)


def load_processor(folder: Path, family: str) -> ProcessorMixin:
    """Load what stands between a film and the model, from the model's own folder; pictures go through Pillow.

    Raises: WeightsMismatch: a part is missing, or nobody says how a question is put to this model.
    """
    try:
        if family == "qwen2_5_vl":
            tokenizer = AutoTokenizer.from_pretrained(folder, **_LOCAL)
            pictures = AutoImageProcessor.from_pretrained(folder, backend="pil", **_LOCAL)
            processor = StillProcessor(pictures, tokenizer, None, chat_template=tokenizer.chat_template)
        else:
            processor = AutoProcessor.from_pretrained(folder, backend="pil", **_LOCAL)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, ImportError) as wrong:
        raise WeightsMismatch(
            f"{folder.name} lacks its tokenizer or picture processor; copy every file of the model."
        ) from wrong
    if not getattr(processor, "chat_template", None):
        raise WeightsMismatch(
            f"{folder.name} has no chat template; copy chat_template.jinja beside the model."
        )
    return processor
