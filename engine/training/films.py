"""Which films may teach the weights that ship, and how each is bent a little before it is shown."""

import math
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from engine.errors import NotShippable
from engine.gate import ADULT
from engine.manifest import Film
from engine.model.vision import to_square

STORED_SIDE = 256


def check_shippable(films: Iterable[Film]) -> None:
    """Keep weights that leave the house away from films that may not.

    Raises: NotShippable: at least one row is not marked shippable; train with `shippable=False` instead.
    """
    barred = sum(not film.shippable for film in films)
    if barred:
        raise NotShippable(
            f"{barred} films may not shape weights that ship; take them out, or train a local delta."
        )


def is_frontal_adult(film: Film) -> bool:
    """Keep to the films the product reads: upright frontal views of grown-ups."""
    return film.view in {"PA", "AP"} and (film.age is None or ADULT <= film.age <= 110)


def is_held_out(patient: str, share: float, seed: int) -> bool:
    """Say whether a patient's films are kept for calibration; a person is wholly in or wholly out."""
    draw = int.from_bytes(sha256(f"{seed}|{patient}".encode()).digest()[:8]) / 2**64
    return draw < share


def fold_of(patient: str, folds: int, seed: int) -> int:
    """Say in which fold a patient is; all films of a person are in the same one."""
    return int.from_bytes(sha256(f"{seed}|{patient}".encode()).digest()[:8]) % folds


def load_squares(films: Sequence[Film], progress: Callable[[str, float], None]) -> Tensor:
    """Decode films once; -> [n, 256, 256] uint8, stretched as the reader stretches them."""
    squares = torch.empty(len(films), STORED_SIDE, STORED_SIDE, dtype=torch.uint8)
    for i, film in enumerate(films):
        with Image.open(film.path) as image:
            pixels = np.asarray(image.convert("L"), dtype=np.float32) / 255.0
        squares[i] = torch.from_numpy((to_square(pixels, STORED_SIDE) * 255.0).round().astype(np.uint8))
        if i % 100 == 0:
            progress("films", i / len(films))
    return squares


def _warp(n: int, draw: torch.Generator) -> Tensor:
    """Small turns, shifts and stretches, never a flip: the heart stays on its side; -> [n, 2, 3]."""

    def between(low: float, high: float) -> Tensor:
        return torch.rand(n, generator=draw) * (high - low) + low

    turn = between(-7, 7) * (math.pi / 180)
    zoom, aspect = between(0.9, 1.08), between(0.94, 1.06)
    rows = [
        torch.stack([zoom * aspect * turn.cos(), -zoom * turn.sin(), between(-0.08, 0.08)], 1),
        torch.stack([zoom * turn.sin(), zoom / aspect * turn.cos(), between(-0.08, 0.08)], 1),
    ]
    return torch.stack(rows, 1)


def bend(squares: Tensor, side: int, draw: torch.Generator) -> Tensor:
    """Show the films as another day, another technician would; [B, 256, 256] uint8 -> [B, side, side] in [0, 1]."""
    n = len(squares)
    grid = functional.affine_grid(_warp(n, draw), [n, 1, side, side], align_corners=False)
    films = functional.grid_sample(squares[:, None].float() / 255.0, grid, align_corners=False)[:, 0]
    gamma = torch.exp(torch.randn(n, 1, 1, generator=draw) * 0.15)
    gain = 1 + torch.randn(n, 1, 1, generator=draw) * 0.08
    films = films.clamp(0, 1) ** gamma * gain + torch.randn(n, 1, 1, generator=draw) * 0.03
    films += torch.randn(films.shape, generator=draw) * 0.01
    return films.clamp(0, 1)


def plain(squares: Tensor, side: int) -> Tensor:
    """Show the films as they are; [B, 256, 256] uint8 -> [B, side, side] in [0, 1]."""
    films = squares[:, None].float() / 255.0
    return functional.interpolate(films, (side, side), mode="bilinear", antialias=True)[:, 0]
