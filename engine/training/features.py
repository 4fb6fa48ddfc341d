"""Second stage: what the taught tower sees on each film, kept so that the language model need not look again."""

import torch
from torch import Tensor

from engine.model.vision import to_input
from engine.training.films import plain
from engine.training.tower import FilmNet

BATCH = 32


@torch.no_grad()
def film_features(net: FilmNet, squares: Tensor) -> Tensor:
    """Look at every film once; [n, 256, 256] uint8 -> f [n, N, Dv] float32, without autocast, as the reader looks."""
    net.eval()
    side = net.tower.config.image_size
    return torch.cat(
        [net.tower(to_input(plain(part, side))).last_hidden_state for part in squares.split(BATCH)]
    )


@torch.no_grad()
def finding_logits(net: FilmNet, features: Tensor, clinical: Tensor) -> Tensor:
    """Answer the findings from kept features; [n, N, Dv], [n, Dx] -> [n, 15]."""
    return net.head(net.fusion(features, clinical).mean(1))
