"""Tiny models of the families that FIRSTREAD_MODEL takes: random weights, a real tokenizer, processor and template."""

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from transformers import (
    AutoModelForImageTextToText,
    Gemma3Config,
    LlavaConfig,
    PreTrainedTokenizerFast,
    Qwen2_5_VLConfig,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil
from transformers.models.gemma3.processing_gemma3 import Gemma3Processor
from transformers.models.llava.processing_llava import LlavaProcessor
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

FAMILIES = ("gemma3", "qwen2_5_vl", "llava")
VOCABULARY = 160
SPECIAL = {
    "gemma3": ("<start_of_image>", "<image_soft_token>", "<end_of_image>"),
    "qwen2_5_vl": ("<|vision_start|>", "<|image_pad|>", "<|vision_end|>", "<|video_pad|>"),
    "llava": ("<image>",),
}
_ORDINARY = [
    "yes",
    "Yes",
    "no",
    "No",
    "Is",
    "there",
    "on",
    "this",
    "film",
    "?",
    "Answer",
    "or",
    ".",
    "pleural",
    "effusion",
    "mass",
    "nodule",
    "hernia",
    "user",
    "model",
]
_IMAGE = {
    "gemma3": "<start_of_image>",
    "qwen2_5_vl": "<|vision_start|><|image_pad|><|vision_end|>",
    "llava": "<image>",
}


def a_tokenizer(family, left_out=()):
    words = ["<pad>", "<eos>", "<bos>", "<unk>", *SPECIAL[family], *_ORDINARY]
    words = [w for w in words if w not in left_out]
    words += [f"word{i}" for i in range(VOCABULARY - len(words))]
    plain = Tokenizer(WordLevel({word: i for i, word in enumerate(words)}, unk_token="<unk>"))
    plain.pre_tokenizer = Whitespace()
    named = list(SPECIAL[family])
    if family == "gemma3":
        named = dict(zip(("boi_token", "image_token", "eoi_token"), SPECIAL[family], strict=True))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=plain,
        pad_token="<pad>",
        eos_token="<eos>",
        bos_token="<bos>",
        unk_token="<unk>",
        extra_special_tokens=named,
    )
    tokenizer.chat_template = (
        "{{ bos_token }}{% for message in messages %}{{ message['role'] }} {% for part in message['content'] %}"
        "{% if part['type'] == 'image' %}" + _IMAGE[family] + "{% else %}{{ part['text'] }}{% endif %}"
        "{% endfor %}{% endfor %}{% if add_generation_prompt %} model {% endif %}"
    )
    return tokenizer


_TEXT = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "vocab_size": VOCABULARY,
    "head_dim": 32,
    "pad_token_id": 0,
    "eos_token_id": 1,
    "bos_token_id": 2,
}
_SIGLIP = {
    "hidden_size": 36,
    "intermediate_size": 52,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "image_size": 28,
    "patch_size": 14,
}
_QWEN_EYE = {"hidden_size": 80, "out_hidden_size": 64, "intermediate_size": 84, "depth": 1, "num_heads": 2}


def a_config(family):
    """The family's own configuration, with sizes that 4 bits cannot hold in the eye, as the true ones have."""
    special = dict(zip(("begin", "image", "end"), range(4, 7), strict=True))
    if family == "gemma3":
        return Gemma3Config(
            text_config={
                **_TEXT,
                "sliding_window": 8,
                "layer_types": ["sliding_attention", "full_attention"],
            },
            vision_config=_SIGLIP,
            mm_tokens_per_image=4,
            boi_token_index=special["begin"],
            image_token_index=special["image"],
            eoi_token_index=special["end"],
        )
    if family == "qwen2_5_vl":
        rope = {"rope_type": "default", "mrope_section": [4, 6, 6], "rope_theta": 10000.0}
        return Qwen2_5_VLConfig(
            text_config={**_TEXT, "rope_parameters": rope},
            vision_config=_QWEN_EYE,
            vision_start_token_id=special["begin"],
            image_token_id=special["image"],
            vision_end_token_id=special["end"],
        )
    return LlavaConfig(
        text_config={"model_type": "llama", **_TEXT},
        vision_config={"model_type": "clip_vision_model", **_SIGLIP, "projection_dim": 36},
        image_token_index=4,
    )


def save_processor(family, folder, left_out=()):
    tokenizer = a_tokenizer(family, left_out)
    if family == "gemma3":
        image = Gemma3ImageProcessorPil(size={"height": 28, "width": 28})
        Gemma3Processor(
            image, tokenizer, chat_template=tokenizer.chat_template, image_seq_length=4
        ).save_pretrained(folder)
    elif family == "llava":
        image = CLIPImageProcessorPil(size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28})
        LlavaProcessor(
            image,
            tokenizer,
            patch_size=14,
            vision_feature_select_strategy="default",
            chat_template=tokenizer.chat_template,
            num_additional_image_tokens=1,
        ).save_pretrained(folder)
    else:  # saved as its makers save it: the video half stays out, it needs torchvision
        Qwen2VLImageProcessorPil(patch_size=14, min_pixels=28 * 28, max_pixels=16 * 28 * 28).save_pretrained(
            folder
        )
        tokenizer.save_pretrained(folder)


def a_family_folder(family, folder, left_out=()):
    """Save a whole tiny model as its makers publish it."""
    torch.manual_seed(0)
    model = AutoModelForImageTextToText.from_config(a_config(family))
    if family == "gemma3":  # it starts at nothing, and a film would change no answer
        torch.nn.init.normal_(model.model.multi_modal_projector.mm_input_projection_weight)
    model.to(torch.bfloat16).save_pretrained(folder)
    save_processor(family, folder, left_out)
    return folder
