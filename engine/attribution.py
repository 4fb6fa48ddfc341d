"""Why the reader answered as it did: what each bedside value added, which features weigh most, which pixels count."""

from dataclasses import asdict, dataclass

import numpy as np
import torch
from captum.attr import IntegratedGradients
from torch import Tensor

from engine.model.config import CLINICAL, HEAD
from engine.model.vision import to_input, to_square
from engine.model.vlm import RadVlm

STEPS = (128, 256)
COMPLETE = 0.01  # of the change of the logit, by which its parts may miss it
TOP = 0.1
_AT_ONCE = 8
_MISSING = " not measured"


@dataclass(frozen=True)
class Parts:
    """One logit taken apart, without remainder: film + sum(clinical) + constant = logit.

    `clinical` holds one number per slot of the clinical vector, against a patient at the centre of every range; a
    slot that was not measured is named so. `features` are the summands of the film, [Dv].
    """

    logit: float
    film: float
    constant: float
    clinical: dict[str, float]
    features: np.ndarray


@dataclass(frozen=True)
class Foremost:
    """The tenth of all features that weighs most, channels of the tower and clinical slots together.

    `share` is the part of all absolute contributions that they hold; `clinical` names the slots among them.
    """

    count: int
    of: int
    share: float
    channels: tuple[int, ...]
    clinical: tuple[str, ...]


@dataclass(frozen=True)
class PixelParts:
    """Integrated gradients of one logit.

    `pixels` is [S, S], signed, in logits; `error` is by how much their sum misses the change of the logit from a film
    of one grey, as a share of it; `delta` is the same in logits. They are complete when the error is below 1 %.
    """

    pixels: np.ndarray
    delta: float
    error: float
    steps: int

    @property
    def complete(self) -> bool:
        return self.error < COMPLETE


@torch.no_grad()
def take_apart(model: RadVlm, square: Tensor, x: Tensor, name: str) -> Parts:
    """Split one answer into what the film and what each bedside value added.

    Pooling, fusion, head and the mean over a film and its mirror image are linear, so the parts are exact and no
    gradient is needed.

    Args:
        square: the film as the tower sees it, [S, S] in [0, 1].
        x: the clinical vector [1, Dx], NaN where not measured.
        name: an answer of the head.
    """
    head, fusion, tower = model.finding_head, model.model.multi_modal_projector, model.model.vision_tower
    row = head.weight[HEAD.index(name)].float()
    both = to_input(torch.stack([square, square.flip(-1)]))
    seen = tower.pool(tower.feature_map(both)).float().mean((0, 1))
    features = (row @ fusion.film.weight.float()) * seen
    missing = torch.isnan(x[0])
    known, unknown = (row @ fusion.clinical.weight.float()).chunk(2)
    added = torch.where(missing, unknown, known * x[0].nan_to_num())
    constant = row @ fusion.film.bias.float() + head.bias[HEAD.index(name)].float()
    names = [slot + _MISSING * bool(gone) for slot, gone in zip(CLINICAL, missing, strict=True)]
    return Parts(
        logit=float(features.sum() + added.sum() + constant),
        film=float(features.sum()),
        constant=float(constant),
        clinical=dict(zip(names, added.tolist(), strict=True)),
        features=features.cpu().numpy(),
    )


def foremost_features(parts: Parts) -> Foremost:
    """Pick the tenth of the features that weighs most, whichever way."""
    names = list(parts.clinical)
    weight = np.abs(np.concatenate([parts.features, [*parts.clinical.values()]]))
    count = max(1, round(TOP * len(weight)))
    top = np.argsort(-weight, kind="stable")[:count]
    width = len(parts.features)
    return Foremost(
        count=count,
        of=len(weight),
        share=float(weight[top].sum() / (weight.sum() or 1.0)),
        channels=tuple(int(i) for i in top if i < width),
        clinical=tuple(names[i - width] for i in top if i >= width),
    )


def pixel_parts(model: RadVlm, square: Tensor, x: Tensor, name: str) -> PixelParts:
    """Say what every pixel added to one answer, against a film of its mean grey.

    More and more steps are taken until the parts add up; the last try is returned even when they do not.

    Args:
        square: the film as the tower sees it, [S, S] in [0, 1].
        x: the clinical vector [1, Dx], NaN where not measured.
        name: an answer of the head.

    Source: Sundararajan et al. 2017 (integrated gradients, completeness).
    """
    index = HEAD.index(name)

    def answer(squares: Tensor) -> Tensor:
        return model.look(to_input(squares), x.expand(len(squares), -1))[2][:, index]

    film = square[None]
    grey = torch.full_like(film, float(film.mean()))
    with torch.no_grad():
        change = float(answer(film) - answer(grey))
    method = IntegratedGradients(answer)
    for steps in STEPS:
        pixels = method.attribute(film, grey, n_steps=steps, internal_batch_size=_AT_ONCE)
        delta = float(pixels.sum()) - change
        found = PixelParts(pixels[0].detach().cpu().numpy(), delta, abs(delta) / (abs(change) or 1.0), steps)
        if found.complete:
            break
    return found


def explain(model: RadVlm, pixels: np.ndarray, x: Tensor, name: str) -> dict[str, object]:
    """Tell why one film got one answer, in logits, ready to be written as JSON.

    Args:
        pixels: [H, W] in [0, 1], 0 = air.
        x: the clinical vector [1, Dx], NaN where not measured.
        name: an answer of the head.

    Returns: the logit and its exact parts, the tenth of the features that weighs most, and how completely the pixels
        add up, with the share of their weight that lies on each third and side of the film.
    """
    side = model.config.vision_config.image_size
    square = torch.from_numpy(to_square(pixels, side)).to(model.device)
    parts = take_apart(model, square, x, name)
    counted = pixel_parts(model, square, x, name)
    return {
        "answer": name,
        "logit": parts.logit,
        "film": parts.film,
        "constant": parts.constant,
        "clinical": dict(sorted(parts.clinical.items(), key=lambda part: -abs(part[1]))),
        "foremost_features": asdict(foremost_features(parts)),
        "pixels": {
            "steps": counted.steps,
            "completeness_error": counted.error,
            "convergence_delta": counted.delta,
            "complete": counted.complete,
            "where": _shares(counted.pixels),
        },
    }


def _shares(pixels: np.ndarray) -> dict[str, float]:
    """What part of all that spoke for the answer lies where; the patient's right is the picture's left."""
    speaking = np.clip(pixels, 0, None)
    total = float(speaking.sum()) or 1.0
    return {
        f"{side} {third}": float(part.sum()) / total
        for side, half in zip(("right", "left"), np.array_split(speaking, 2, axis=1), strict=True)
        for third, part in zip(("upper", "middle", "lower"), np.array_split(half, 3), strict=True)
    }
