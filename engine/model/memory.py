"""Several texts beside each other in one model: the weights are used for all at once, what each has seen stays its own."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AttentionInterface, AttentionMaskInterface, DynamicCache, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

SIDE_BY_SIDE = "firstread_side_by_side"


class Memory:
    """What one text has been shown and has said: keys and values of each layer, [1, Hkv, room, D].

    Nothing is padded and nobody else's text is in it, so that a text is the same bits whoever is written beside it.
    """

    def __init__(self, cache: DynamicCache, row: int, seen: Tensor, room: int) -> None:
        """Take over one row of a cache.

        Args:
            cache: of the layers, [B, Hkv, T, D] each.
            seen: [T], true where the row holds a token and no padding.
            room: for how many more tokens.
        """
        self.length = int(seen.sum())
        self._kept = [
            (_with_room(layer.keys, row, seen, room), _with_room(layer.values, row, seen, room))
            for layer in cache.layers
        ]

    def add(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Write one token's key and value [1, Hkv, 1, D] of a layer; -> all of them up to it."""
        keys, values = self._kept[layer]
        end = self.length + 1
        keys[:, :, self.length : end], values[:, :, self.length : end] = key, value
        return keys[:, :, :end], values[:, :, :end]


def _with_room(states: Tensor, row: int, seen: Tensor, room: int) -> Tensor:
    return functional.pad(states[row : row + 1, :, seen.bool()], (0, 0, 0, room))


def use_side_by_side(model: PreTrainedModel) -> None:
    """Let a language model write side by side when it is given `beside`, and as always when it is not."""
    AttentionInterface.register(SIDE_BY_SIDE, attention)
    AttentionMaskInterface.register(SIDE_BY_SIDE, sdpa_mask)
    model.set_attn_implementation(SIDE_BY_SIDE)


def attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    beside: Sequence[Memory] = (),
    scaling: float | None = None,
    **more: object,
) -> tuple[Tensor, None]:
    """Let each text look at what it has seen itself; query [B, H, 1, D] -> [B, 1, H, D].

    Rows beyond `beside` are there for the products' sake; they are given the last text's answer.
    """
    if not beside:
        return sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, **more)
    heads, size = key.shape[1], query.shape[-1]
    said = []
    for row, memory in enumerate(beside):
        keys, values = memory.add(module.layer_idx, key[row : row + 1], value[row : row + 1])
        asked = query[row].view(
            1, heads, -1, size
        )  # the heads that share a key stand in its row: no mask, no copies
        answer = functional.scaled_dot_product_attention(asked, keys, values, scale=scaling)
        said.append(answer.reshape(1, 1, -1, size))
    said += said[-1:] * (len(query) - len(said))
    return torch.cat(said), None
