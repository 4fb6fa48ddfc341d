"""The whole network with tiny sizes and random weights."""

import torch
from transformers import LlamaConfig

from engine.model.config import RadCnnConfig, RadVlmConfig
from engine.model.vlm import RadVlm

PLACE = 4


def a_config(**changes):
    tower = RadCnnConfig(body="small", hidden_size=64, image_size=32, grid=2)
    text = LlamaConfig(
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        vocab_size=64,
        tie_word_embeddings=True,
    )
    return RadVlmConfig(
        vision_config=tower,
        text_config=text,
        image_token_index=PLACE,
        image_seq_length=4,
        vision_feature_select_strategy="full",
        vision_feature_layer=-1,
        tie_word_embeddings=True,
        **changes,
    )


def a_model(**changes):
    torch.manual_seed(0)
    return RadVlm(a_config(**changes)).eval()


def a_prompt(rows=1):
    return torch.tensor([[1, PLACE, PLACE, PLACE, PLACE, 7, 8, 9]] * rows)


def films(rows=1):
    return torch.rand(rows, 3, 32, 32, generator=torch.Generator().manual_seed(1))


def patients(rows=1):
    return torch.randn(rows, 16, generator=torch.Generator().manual_seed(2))
