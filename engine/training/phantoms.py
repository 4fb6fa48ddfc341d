"""Simulated films beside the real ones: a lesion whose truth is known, to learn what it looks like."""

import random
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from engine.model.config import HEAD
from engine.model.vision import to_square
from engine.simulated.lesions import simulated_film
from engine.training.films import STORED_SIDE
from triage.finding import Laterality

FIRST_SEED = 50_000  # no demonstration film has a seed this high
SHOWS: dict[str, tuple[str, ...]] = {
    "none": (),
    "opacity": ("consolidation", "pneumonia", "infiltration", "abnormal"),
    "effusion": ("effusion", "abnormal"),
    "pneumothorax": ("pneumothorax", "abnormal"),
    "nodule": ("nodule", "abnormal"),
    "cardiomegaly": ("cardiomegaly", "abnormal"),
}
"""What each lesion makes a radiologist say."""
_ABSENT = (
    "effusion",
    "pneumothorax",
    "cardiomegaly",
    "consolidation",
    "pneumonia",
    "infiltration",
    "edema",
    "abnormal",
)


def known(kind: str) -> np.ndarray:
    """What is known about a film with this lesion; [15] float32, NaN where the CT itself may show it (a nodule)."""
    truth = np.full(len(HEAD), np.nan, dtype=np.float32)
    for code in _ABSENT:
        truth[HEAD.index(code)] = 0.0
    for code in SHOWS[kind]:
        truth[HEAD.index(code)] = 1.0
    return truth


def phantoms(count: int, seed: int, progress: Callable[[str, float], None]) -> tuple[Tensor, np.ndarray]:
    """Simulate films for training, every third one without a lesion.

    Returns: [n, 256, 256] uint8 as `load_squares` gives real films; [n, 15] float32 with NaN where unknown.
    """
    draw = random.Random(seed)  # noqa: S311 - teaching material, not a secret
    squares = torch.empty(count, STORED_SIDE, STORED_SIDE, dtype=torch.uint8)
    truths = []
    for i in range(count):
        kind = "none" if i % 3 == 0 else draw.choice(list(SHOWS)[1:])
        side = draw.choice([Laterality.LEFT, Laterality.RIGHT])
        breast_mm = draw.choice([3.0, draw.uniform(16.0, 30.0)])
        film, _ = simulated_film(kind, side, draw.uniform(0.2, 1.0), FIRST_SEED + i, breast_mm=breast_mm)
        square = to_square(film.astype(np.float32) / 255.0, STORED_SIDE)
        squares[i] = torch.from_numpy((square * 255.0).round().astype(np.uint8))
        truths.append(known(kind))
        if i % 20 == 0:
            progress("simulated films", i / count)
    return squares, np.stack(truths) if truths else np.empty((0, len(HEAD)), dtype=np.float32)
