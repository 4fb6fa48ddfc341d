"""Disease put into a real chest before the film is taken, so that the truth is known to the pixel."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import ndimage

from engine.simulated.projection import attenuation, base, chest, line_integral
from triage.finding import Laterality

KINDS = ("none", "opacity", "nodule", "effusion", "pneumothorax", "cardiomegaly")
THINNEST_MM = 3.0  # a lesion thinner than this along the beam is not counted as seen
DEEP_MM = 16.0
BEYOND_MM = 25.0  # less fallen lung than this along the beam, and it is the rim of a pneumothorax
Box = tuple[slice, slice, slice]


@dataclass(frozen=True)
class Lesion:
    """A changed part of the CT.

    `hu` is the new density inside `box`, [x, y, z]; `share` is how much of each voxel is lesion, in [0, 1].
    """

    box: Box
    hu: np.ndarray
    share: np.ndarray


@dataclass(frozen=True)
class _Lung:
    """One lung, cut out with a margin: its densities and a soft-edged mask, both [x, y, z] float32."""

    box: Box
    hu: np.ndarray
    soft: np.ndarray
    depth_mm: np.ndarray  # distance to the lung's edge, every 4th, 4th and 2nd voxel
    outward: float  # +1 where X grows away from the heart


@cache
def _lung(side: str) -> _Lung:
    ct = chest()
    mask = ct.lung(side)
    box = _box(mask, margin=6)
    inside = mask[box]
    soft = ndimage.gaussian_filter(inside.astype(np.float32), (1.2, 1.2, 0.5))
    spacing = tuple(step * mm for step, mm in zip((4, 4, 2), ct.spacing_mm, strict=True))
    depth = ndimage.distance_transform_edt(inside[::4, ::4, ::2], sampling=spacing)
    outward = 1.0 if side == "left" else -1.0
    return _Lung(box, ct.hu[box].astype(np.float32), soft, depth, outward)


def _box(mask: np.ndarray, margin: int) -> Box:
    sides = []
    for axis in range(3):
        held = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        sides.append(slice(max(held[0] - margin, 0), min(held[-1] + margin + 1, mask.shape[axis])))
    return sides[0], sides[1], sides[2]


def _grid_mm(shape: tuple[int, ...], middle: np.ndarray) -> list[np.ndarray]:
    """Distances along each axis from `middle` (in voxels), in mm, ready to broadcast."""
    axes = []
    for axis, (length, mm) in enumerate(zip(shape, chest().spacing_mm, strict=True)):
        view = [1, 1, 1]
        view[axis] = length
        axes.append(((np.arange(length, dtype=np.float32) - middle[axis]) * mm).reshape(view))
    return axes


def _place(lung: _Lung, rng: np.random.Generator) -> np.ndarray:
    """A point well inside the lung, in voxels of its box; the size of the lesion does not move it."""
    height = np.arange(lung.depth_mm.shape[2]) / lung.depth_mm.shape[2]
    seen = (height > 0.35) & (height < 0.85)  # lower lies behind the diaphragm, higher behind the collar bone
    reach = min(DEEP_MM, 0.5 * float(lung.depth_mm[:, :, seen].max()))
    across = np.linspace(0, 1, lung.depth_mm.shape[0])[:: int(lung.outward)].reshape(-1, 1, 1)
    places = np.argwhere((lung.depth_mm >= reach) & seen & (across > 0.3))  # not behind the heart
    return rng.choice(places) * (4, 4, 2)


def _blend(hu: np.ndarray, target: float | np.ndarray, share: np.ndarray) -> np.ndarray:
    return hu + (target - hu) * share


def _opacity(side: str, size: float, rng: np.random.Generator) -> Lesion:
    lung = _lung(side)
    radius = 12 + 22 * size
    core = _place(lung, rng)
    share = np.zeros_like(lung.hu)
    for _ in range(5):
        middle = core + rng.normal(0, radius * 0.5, 3) / chest().spacing_mm
        x, y, z = _grid_mm(lung.hu.shape, middle)
        width = radius * rng.uniform(0.4, 0.8)
        share = np.maximum(share, np.exp(-(x**2 + y**2 + z**2) / (2 * width**2)))
    share = 0.9 * share * lung.soft
    return Lesion(lung.box, _blend(lung.hu, np.maximum(lung.hu, 0.0), share), share)


def _nodule(side: str, size: float, rng: np.random.Generator) -> Lesion:
    lung = _lung(side)
    radius = 6 + 12 * size
    x, y, z = _grid_mm(lung.hu.shape, _place(lung, rng))
    squeeze = rng.uniform(0.85, 1.15, 3)
    distance = np.sqrt((x * squeeze[0]) ** 2 + (y * squeeze[1]) ** 2 + (z * squeeze[2]) ** 2)
    share = lung.soft / (1 + np.exp(np.clip((distance - radius) / 0.8, -50, 50)))
    return Lesion(lung.box, _blend(lung.hu, np.maximum(lung.hu, 40.0), share), share)


def _effusion(side: str, size: float, rng: np.random.Generator) -> Lesion:
    lung = _lung(side)
    width, depth, height = lung.hu.shape
    outward = np.linspace(0, 1, width, dtype=np.float32)[:: int(lung.outward)].reshape(-1, 1, 1)
    backward = np.linspace(1, 0, depth, dtype=np.float32).reshape(1, -1, 1)
    rise = rng.uniform(0.16, 0.22) * height
    level = height * (0.10 + 0.5 * size) + rise * (outward**2 + 0.6 * backward**2)
    up = np.arange(height, dtype=np.float32).reshape(1, 1, -1)
    share = lung.soft / (1 + np.exp(np.clip((up - level) / 1.6, -50, 50)))
    return Lesion(lung.box, _blend(lung.hu, np.maximum(lung.hu, 10.0), share), share)


def _pneumothorax(side: str, size: float, rng: np.random.Generator) -> Lesion:
    lung = _lung(side)
    shrink = 1 - 0.42 * size * rng.uniform(0.95, 1.05)
    hilum = np.array([0 if lung.outward > 0 else lung.hu.shape[0] - 1, 0, 0], dtype=float)
    scale = np.array([1 / shrink, 1.0, 1 / (1 - 0.6 * (1 - shrink))])
    offset = hilum - hilum * scale
    moved = {"matrix": scale, "offset": offset, "order": 1, "mode": "nearest"}
    kept = ndimage.affine_transform(lung.soft, **moved) * lung.soft
    inner = ndimage.affine_transform(lung.hu, **moved)
    pleura = 500 * np.clip(4 * kept * (1 - kept) * lung.soft, 0, 1)
    # In front of and behind the fallen lung lies air too; what a reader sees is the rim beyond its edge.
    rim = kept.sum(axis=1, keepdims=True) * chest().spacing_mm[1] < BEYOND_MM
    share = np.clip(lung.soft - kept, 0, 1) * rim
    collapsed = np.minimum(inner + 70 * size + pleura, 70)
    fresh = _blend(np.float32(-1000.0), collapsed, np.clip(kept / np.maximum(lung.soft, 1e-3), 0, 1))
    return Lesion(lung.box, _blend(lung.hu, fresh, lung.soft), share)


def _cardiomegaly(_side: str, size: float, rng: np.random.Generator) -> Lesion:
    ct = chest()
    heart = ct.where("heart")
    tight = _box(heart, margin=0)
    box: Box = tuple(slice(max(s.start - 60, 0), s.stop + 60) if a == 0 else slice(max(s.start - 12, 0), s.stop + 12)
                     for a, s in enumerate(tight))  # fmt: skip
    shape = heart[box].astype(np.float32)
    middle = np.array(ndimage.center_of_mass(shape[::2, ::2, ::2])) * 2
    grown = np.array([1 + (0.18 + 0.50 * size) * rng.uniform(0.95, 1.05), 1.0, 1 + 0.10 * size])
    moved = ndimage.affine_transform(shape, 1 / grown, offset=middle - middle / grown, order=1)
    share = np.clip(ndimage.gaussian_filter(moved, (2.0, 2.0, 0.8)), 0, 1)
    hu = ct.hu[box].astype(np.float32)
    fresh = _blend(hu, np.maximum(hu, 45.0), share)
    return Lesion(box, fresh, share * (hu < -200))


_MAKERS: dict[str, Callable[[str, float, np.random.Generator], Lesion]] = {
    "opacity": _opacity,
    "nodule": _nodule,
    "effusion": _effusion,
    "pneumothorax": _pneumothorax,
    "cardiomegaly": _cardiomegaly,
}


def projected(
    kind: str, side: Laterality | str | None, size: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """The line integral of the chest with one lesion, and the lesion's thickness along the beam.

    Args:
        kind: one of `KINDS`; "none" is the chest as it was.
        side: the patient's left or right; not used for "none" and "cardiomegaly".
        size: in [0, 1], from barely visible to severe.
        seed: decides the lesion's place and shape.

    Returns: [Z, X] float32 without unit, and [Z, X] float32 in mm.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind} is not a lesion Firstread can simulate; it knows {', '.join(KINDS)}.")
    if not 0 <= size <= 1:
        raise ValueError("The size of a lesion lies between 0 and 1.")
    whole, thickness = base().copy(), np.zeros_like(base())
    if kind == "none":
        return whole, thickness
    lesion = _MAKERS[kind](str(side or "left"), size, np.random.default_rng([seed, 2]))
    step_mm = chest().spacing_mm[1]
    change = attenuation(lesion.hu) - attenuation(chest().hu[lesion.box])
    height = whole.shape[0]
    across, along = lesion.box[0], lesion.box[2]
    rows = slice(height - along.indices(height)[1], height - along.indices(height)[0])
    whole[rows, across] += line_integral(change, step_mm)
    thickness[rows, across] = line_integral(lesion.share, step_mm)
    return whole, thickness
