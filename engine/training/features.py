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


def judged_features(net: FilmNet, squares: Tensor) -> Tensor:
    """Look at every film and at its mirror image, as the reader does; -> the mean of both f [n, N, Dv].

    The head is linear, so the mean of the features gives the mean of the two answers.
    """
    return (film_features(net, squares) + film_features(net, squares.flip(-1))) / 2


@torch.no_grad()
def finding_logits(net: FilmNet, features: Tensor, clinical: Tensor) -> Tensor:
    """Answer the findings from kept features; [n, N, Dv], [n, Dx] -> [n, 15]."""
    return net.head(net.fusion(features, clinical).mean(1))
