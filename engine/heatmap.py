"""Where the network looked: a class activation map, its region, and the side it lies on when that is clear."""

from io import BytesIO

import numpy as np
import torch
from PIL import Image
from scipy import ndimage
from torch import Tensor

from engine.model.config import HEAD
from engine.model.vlm import RadVlm
from triage.finding import Laterality, Region

CLEAR_SHARE = 0.9
HOT = 0.6
WIDE_SHARE = 1 / 3
LONGEST_SIDE = 256  # pixels; the map itself has a few cells a side


@torch.no_grad()
def activation(model: RadVlm, feature_map: Tensor, name: str) -> np.ndarray:
    """Draw Grad-CAM++ of one answer: weigh the places that speak for it.

    Pooling, fusion and head are linear, so a place's gradient is its share of the pool times the channel's weight, the
    higher derivatives are its powers, and the whole is closed form: no backward pass.

    Args:
        feature_map: [1, Dv, h, w] from the tower, not negative.
        name: an answer of the head.

    Returns: [h, w] float32 in [0, 1], 1 where it looked most; all 0 when nothing spoke for the answer.
    Source: Chattopadhay et al. 2018, equations 10 and 19.
    """
    seen = feature_map[0].float()
    gradient = channel_weights(model, name)[:, None, None] * pool_share(model, seen)
    alpha = 1 / (2 + gradient * seen.sum((1, 2), keepdim=True))
    weights = (alpha * gradient.clamp(min=0)).sum((1, 2))
    drawn = torch.einsum("d,dhw->hw", weights, seen).clamp(min=0)
    top = drawn.max()
    return (drawn / top if top > 0 else drawn).cpu().numpy()


def channel_weights(model: RadVlm, name: str) -> Tensor:
    """What one unit of each feature adds to one answer's logit; [Dv]."""
    row = model.finding_head.weight[HEAD.index(name)].float()
    return row @ model.model.multi_modal_projector.film.weight.float()


def pool_share(model: RadVlm, seen: Tensor) -> Tensor:
    """How much of the mean over all soft tokens each place of a map [Dv, h, w] makes up; [h, w], sum 1."""
    height, width = seen.shape[1:]
    places = torch.eye(height * width, device=seen.device).view(height * width, 1, height, width)
    return model.model.vision_tower.pool(places).mean((1, 2)).view(height, width)


def to_png(seen: np.ndarray, height: int, width: int) -> bytes:
    """Draw a map over the whole film, same aspect; [h, w] in [0, 1] -> grey PNG, 255 where it looked most."""
    scale = LONGEST_SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    picture = Image.fromarray(seen.astype(np.float32)).resize(size, Image.Resampling.BILINEAR)
    grey = (np.clip(np.asarray(picture), 0.0, 1.0) * 255).round().astype(np.uint8)
    buffer = BytesIO()
    Image.fromarray(grey).save(buffer, format="PNG")
    return buffer.getvalue()


def side_of(seen: np.ndarray) -> Laterality | None:
    """Say on which of the patient's sides the hot part lies; None unless nine tenths of it lie there."""
    middle = seen.shape[1] / 2
    centres = np.arange(seen.shape[1]) + 0.5
    hot = np.where(seen >= HOT, seen, 0.0)
    total = hot.sum()
    if total <= 0:
        return None
    screen_left = float(hot[:, centres < middle].sum() / total)
    if screen_left >= CLEAR_SHARE:
        return Laterality.RIGHT  # the patient faces us
    return Laterality.LEFT if float(hot[:, centres > middle].sum() / total) >= CLEAR_SHARE else None


def region_of(seen: np.ndarray) -> Region | None:
    """Box the hot part around the brightest place, as fractions of the film.

    Returns: None when the map is empty, or when a third of the film is hot: that points nowhere.
    """
    if seen.max() <= 0:
        return None
    parts, _ = ndimage.label(seen >= HOT, structure=np.ones((3, 3)))
    hot = parts == parts.flat[int(seen.argmax())]
    if hot.mean() >= WIDE_SHARE:
        return None
    rows, columns = np.flatnonzero(hot.any(1)), np.flatnonzero(hot.any(0))
    height, width = seen.shape
    return Region(
        left=float(columns[0] / width),
        top=float(rows[0] / height),
        right=float((columns[-1] + 1) / width),
        bottom=float((rows[-1] + 1) / height),
    )
