"""The tower is taught several times, each time without some patients: what it then says of those fits the calibration."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engine.model.config import RadVlmConfig
from engine.training.calibrate import platt, sigmoid
from engine.training.checkpoint import Checkpoint
from engine.training.features import finding_logits, judged_features
from engine.training.tower import FilmNet, TowerSettings, new_film_net, train_tower

Films = tuple[Tensor, Tensor, Tensor]
LEAST_POSITIVES = 10


def cross_fitted_logits(
    config: RadVlmConfig,
    real: Films,
    simulated: Films,
    fold: Sequence[int],
    settings: TowerSettings,
    work: Path,
    progress: Callable[[str, float], None],
) -> tuple[np.ndarray, float]:
    """Ask about every film a tower that never saw its patient; -> logits [n, 15] of the real films, and the minutes.

    Args:
        real: squares [n, 256, 256], clinical [n, Dx], truth [n, 15]; simulated: likewise, they teach in every fold.
        fold: of each real film; all films of one patient share one.
    """
    squares, clinical, truth = real
    folds = torch.as_tensor(list(fold))
    found = np.full(truth.shape, np.nan, dtype=np.float32)
    minutes = 0.0
    for one in sorted(set(fold)):
        net, kept = taught_net(
            config,
            joined([part[folds != one] for part in real], simulated),
            replace(settings, seed=settings.seed + 100 * (one + 1)),
            work / f"fold-{one}",
            progress,
        )
        out = folds == one
        found[out.numpy()] = finding_logits(net, judged_features(net, squares[out]), clinical[out]).numpy()
        minutes += kept.minutes
    return found, minutes


def joined(real: Sequence[Tensor], simulated: Films) -> Films:
    """Put real and simulated films into one pile."""
    squares, clinical, truth = (torch.cat([a, b]) for a, b in zip(real, simulated, strict=True))
    return squares, clinical, truth


def taught_net(
    config: RadVlmConfig,
    films: Films,
    settings: TowerSettings,
    work: Path,
    progress: Callable[[str, float], None],
    opinions: Tensor | None = None,
) -> tuple[FilmNet, Checkpoint]:
    """Start a tower from ImageNet and teach it; -> the net, and the record of its losses."""
    torch.manual_seed(settings.seed)
    net = new_film_net(config)
    kept = train_tower(net, films, settings, work, progress, opinions)
    net.fusion.settle(torch.isnan(films[1]).all(0))
    return net, kept


def opinions_of(logits: np.ndarray, truth: np.ndarray) -> Tensor:
    """Turn what the other towers said into probabilities, label by label; [n, 15], NaN where a label is too rare."""
    said = np.full(truth.shape, np.nan, dtype=np.float32)
    for i in range(truth.shape[1]):
        known = ~np.isnan(truth[:, i])
        if LEAST_POSITIVES <= truth[known, i].sum() < known.sum():
            slope, offset = platt(logits[known, i], truth[known, i])
            said[known, i] = sigmoid(slope * logits[known, i] + offset)
    return torch.from_numpy(said)


def carried_over(logits: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Say cross-fitted logits as the finished head would say them; all [n, 15].

    The joint stage goes on teaching fusion and head, now without the first stage's weight for rare findings, so the
    same film gets another logit. A straight line per finding, between what the last tower said of the films `before`
    and what the finished head says of them `after`, carries the logits over; else the calibration would belong to a
    head that does not ship.
    """
    spread = before - before.mean(0)
    slope = (spread * (after - after.mean(0))).sum(0) / (spread**2).sum(0)
    return after.mean(0) + slope * (logits - before.mean(0))
