"""Where the network looked: a class activation map, and the side it lies on when that is clear."""

from io import BytesIO

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from engine.model.config import HEAD
from engine.model.vlm import RadVlm
from triage.finding import Laterality, Region

CLEAR_SHARE = 0.9
HOT = 0.6
LONGEST_SIDE = 512


@torch.no_grad()
def activation(model: RadVlm, feature_map: Tensor, name: str) -> np.ndarray:
    """Weigh every place of the film by what it adds to one answer.

    Head, fusion and pooling are linear, so this is Grad-CAM exactly, without a backward pass.

    Args:
        feature_map: [1, Dv, h, w] from the tower.
        name: an answer of the head.

    Returns: [h, w] float32 in [0, 1], 1 where it looked most; all 0 when nothing spoke for the answer.
    Source: Zhou et al. 2016 (CAM); Selvaraju et al. 2017 (Grad-CAM, equal for a linear head).
    """
    weights = (
        model.finding_head.weight[HEAD.index(name)].float()
        @ model.model.multi_modal_projector.film.weight.float()
    )
    seen = torch.einsum("d,dhw->hw", weights, feature_map[0].float()).clamp(min=0)
    top = seen.max()
    return (seen / top if top > 0 else seen).cpu().numpy()


def to_png(seen: np.ndarray, height: int, width: int) -> bytes:
    """Draw a map over the whole film, same aspect; [h, w] in [0, 1] -> grey PNG, 255 where it looked most."""
    scale = LONGEST_SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    picture = Image.fromarray(seen.astype(np.float32)).resize(size, Image.Resampling.BILINEAR)
    grey = (np.clip(np.asarray(picture), 0.0, 1.0) * 255).round().astype(np.uint8)
    buffer = BytesIO()
    Image.fromarray(grey).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def side_of(seen: np.ndarray) -> Laterality | None:
    """Say on which of the patient's sides the map lies; None unless nine tenths of it lie there."""
    middle = seen.shape[1] / 2
    centres = np.arange(seen.shape[1]) + 0.5
    total = seen.sum()
    if total <= 0:
        return None
    screen_left = float(seen[:, centres < middle].sum() / total)
    if screen_left >= CLEAR_SHARE:
        return Laterality.RIGHT  # the patient faces us
    return Laterality.LEFT if float(seen[:, centres > middle].sum() / total) >= CLEAR_SHARE else None


def region_of(seen: np.ndarray) -> Region | None:
    """Box the hot part of a map, as fractions of the film; None when the map is empty."""
    hot = seen >= HOT
    if not hot.any() or seen.max() <= 0:
        return None
    rows, columns = np.flatnonzero(hot.any(1)), np.flatnonzero(hot.any(0))
    height, width = seen.shape
    return Region(
        left=float(columns[0] / width),
        top=float(rows[0] / height),
        right=float((columns[-1] + 1) / width),
        bottom=float((rows[-1] + 1) / height),
    )
