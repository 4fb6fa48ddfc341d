"""From a line integral to a film: the frame, the patient's build and stance, the grey curve, the grain."""

from functools import cache, lru_cache

import numpy as np
from scipy import ndimage

from engine.simulated.insertion import THINNEST_MM, projected
from engine.simulated.projection import WATER_MU, base, chest
from triage.finding import Laterality

LONGEST_SIDE = 1024
FRAME_MM = (284.0, 300.0)  # height and width of the detector field
MIDDLE = (57.0, 260.0)  # of the frame, in rows and columns of the line integral
DIAPHRAGM = 72.0  # its row in the line integral
EVENED = 0.35  # share of the slow brightness changes that film processing takes away
SPECK = 4  # film pixels; what is thinner than twice this is no part of the truth
PIXEL_MM = FRAME_MM[1] / LONGEST_SIDE


@cache
def _slow() -> np.ndarray:
    """The slow brightness changes of the untouched chest, [Z, X]; kept fixed, so a lesion changes only its place."""
    x_mm, _, z_mm = chest().spacing_mm
    return ndimage.gaussian_filter(base(), (28 / z_mm, 28 / x_mm), mode="nearest")


@cache
def _range() -> tuple[float, float]:
    shown = (base() - EVENED * _slow())[5:110, 110:410]  # the chest without the air beside it
    low, high = np.percentile(shown, [0.5, 99.8])
    return float(low - 0.10 * (high - low)), float(high + 0.14 * (high - low))


@lru_cache(maxsize=4)
def _stance(seed: int) -> np.ndarray:
    """How this patient stands, is built and breathes: where each film pixel lies in the line integral.

    Returns: [2, H, W] float32, rows and columns of the line integral.
    """
    rng = np.random.default_rng([seed, 1])
    angle = np.deg2rad(rng.normal(0, 1.5))
    stretch = np.array([rng.uniform(0.94, 1.06), rng.uniform(0.93, 1.05)])
    shift_mm = rng.normal(0, 3.5, 2)
    x_mm, _, z_mm = chest().spacing_mm
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    rows, columns = np.indices(_size(), dtype=np.float32) * PIXEL_MM
    from_middle = np.stack([rows - FRAME_MM[0] / 2, columns - FRAME_MM[1] / 2])
    turned = np.tensordot(turn * stretch, from_middle, axes=1) + shift_mm[:, None, None]
    row, column = MIDDLE[0] + turned[0] / z_mm, MIDDLE[1] + turned[1] / x_mm
    breath_mm = rng.uniform(-16, 14)  # how much higher or lower the diaphragm stands
    row = row + breath_mm / z_mm * np.exp(-(((row - DIAPHRAGM) / 26) ** 2))
    return np.stack([row, column]).astype(np.float32)


def _size() -> tuple[int, int]:
    return round(FRAME_MM[0] / PIXEL_MM), LONGEST_SIDE


def clean_film(
    kind: str, side: Laterality | str | None, size: float, seed: int, *, breast_mm: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """A simulated film before the grain, with the truth.

    Args: as `simulated_film`.

    Returns: [H, W] float32 in [0, 1], 0 is black; [H, W] bool, True where the lesion is at least 3 mm thick.
    """
    whole, thickness = projected(kind, side, size, seed)
    whole = whole + WATER_MU * _breasts(breast_mm) - EVENED * _slow()
    stance = _stance(seed)
    values = _sharpened(ndimage.map_coordinates(whole, stance, order=3, mode="nearest"))
    seen = ndimage.map_coordinates(thickness, stance, order=1, mode="nearest") > THINNEST_MM
    return _grey(values, seed), ndimage.binary_opening(seen, iterations=SPECK)


def _sharpened(values: np.ndarray) -> np.ndarray:
    """Fine detail lifted, more along the patient than across, because the CT's slices are thicker than its pixels."""
    fine = values - ndimage.gaussian_filter(values, (9, 3))
    coarse = values - ndimage.gaussian_filter(values, 24)
    return values + 0.9 * fine + 0.35 * coarse


def _grey(values: np.ndarray, seed: int) -> np.ndarray:
    rng = np.random.default_rng([seed, 4])
    low, high = _range()
    span = (high - low) * rng.uniform(0.94, 1.10)
    level = np.clip((values - low) / span + rng.uniform(-0.03, 0.03), 0, 1)
    bend = rng.uniform(0.7, 1.4)  # the shoulder of the film: dense parts are told apart less than the lungs
    return ((1 - np.exp(-bend * level)) / (1 - np.exp(-bend))).astype(np.float32)


def _breasts(thickest_mm: float) -> np.ndarray:
    """Soft tissue in front of the lower lungs, [Z, X] in mm."""
    rows, columns = np.indices(base().shape, dtype=np.float32)
    x_mm, _, z_mm = chest().spacing_mm
    tissue = np.zeros(base().shape, np.float32)
    for middle in (155.0, 372.0):
        round_off = 1 - ((columns - middle) * x_mm / 62) ** 2 - ((rows - 72) * z_mm / 58) ** 2
        tissue += thickest_mm * np.sqrt(np.clip(round_off, 0, None))
    return ndimage.gaussian_filter(tissue, (0.6, 2.0))


def simulated_film(
    kind: str, side: Laterality | str | None, size: float, seed: int, *, breast_mm: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """A film nobody was exposed for, and where exactly its lesion is.

    Args:
        kind: "none", "opacity", "nodule", "effusion", "pneumothorax" or "cardiomegaly".
        side: the patient's left or right, which is the film's right or left.
        size: in [0, 1], from barely visible to severe.
        seed: decides place and shape of the lesion, stance, build, exposure and grain. The same seed with another
            kind or size is the same patient on another day.
        breast_mm: soft tissue in front of the lungs.

    Returns: [H, W] uint8, 0 is black; [H, W] bool, the lesion.
    """
    film, mask = clean_film(kind, side, size, seed, breast_mm=breast_mm)
    return np.rint(with_grain(film, seed) * 255).astype(np.uint8), mask


def with_grain(film: np.ndarray, seed: int) -> np.ndarray:
    """Photon noise, stronger where fewer photons arrive; [H, W] float32 in [0, 1]."""
    rng = np.random.default_rng([seed, 3])
    grain = ndimage.gaussian_filter(rng.standard_normal(film.shape, np.float32), 0.6)
    return np.clip(film + grain * (0.008 + 0.022 * film), 0, 1)
