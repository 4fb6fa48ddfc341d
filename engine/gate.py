"""The gate before the model: is this an upright, whole, frontal chest film with black and white where they belong?

A network answers whatever it is shown. A film that is turned, inverted, cut off or no chest at all would get a fluent
and meaningless reading, so it goes to a person, with one sentence that says why.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors import safe_open
from safetensors.numpy import save_file

from engine.dicom.header import age_in
from engine.errors import WeightsMismatch
from triage.errors import UnreadableFilm
from triage.study import Study

SHIPPED = Path(__file__).parent / "weights" / "gate.safetensors"
SIDE = 64
"""Of the small square the gate looks at, in pixels."""
ADULT = 18
"""Years: no film of anybody younger taught the model, and a child's chest is no small adult's."""
READY = "upright"
KINDS: dict[str, str] = {
    READY: "",
    "turned": "The film is turned by a quarter",
    "upside_down": "The film stands on its head",
    "inverted": "Black and white are exchanged on this film",
    "lateral": "This looks like a lateral film; Firstread reads frontal ones",
    "cropped": "Only part of a chest is on this film",
    "other": "This does not look like a chest film",
    "noise": "This picture is noise without any structure",
    "blank": "This film shows one single grey",
}
"""What a film can be, and the sentence a person is told."""
TAUGHT = ("upright", "turned_left", "turned_right", "upside_down", "inverted", "lateral", "cropped", "other")
"""The classes of the linear model, in the order of its weights; both quarter turns are one kind."""

_FAINTEST_SPAN = 0.02
_STRUCTURE = 0.5  # correlation of neighbouring cells: films 0.9 and more, white noise 0
_COARSE, _CELLS, _ANGLES = 32, 8, 8
_SAMPLED = 512


@dataclass(frozen=True)
class Opinion:
    """What the gate takes a film for. `upright` is the share of belief that it may be read, in [0, 1]."""

    kind: str
    upright: float

    @property
    def reason(self) -> str:
        """The sentence for a person; "" for a film that may be read."""
        said = KINDS[self.kind]
        return f"{said}; a person will read it." if said else ""


@dataclass(frozen=True)
class Gate:
    """A linear model over cheap features of a small square.

    `weights` is [8, F], `bias` [8], in the order of `TAUGHT`; `centre` and `scale` are [F]. A film passes from
    `threshold` on, chosen on training films alone. `about` tells how it was made.
    """

    weights: np.ndarray
    bias: np.ndarray
    centre: np.ndarray
    scale: np.ndarray
    threshold: float
    about: dict[str, object]

    def beliefs(self, features: np.ndarray) -> np.ndarray:
        """How much each class is believed; [n, F] -> [n, 8], rows sum to 1."""
        logits = ((features - self.centre) / self.scale) @ self.weights.T + self.bias
        grown = np.exp(logits - logits.max(1, keepdims=True))
        return grown / grown.sum(1, keepdims=True)

    def judge(self, pixels: np.ndarray) -> Opinion:
        """Say what a film is; [H, W] float in [0, 1], 0 = air."""
        square = small_square(pixels)
        if square is None:
            return Opinion("blank", 0.0)
        if structure(square) < _STRUCTURE:
            return Opinion("noise", 0.0)
        believed = self.beliefs(features(square)[None])[0]
        ready = float(believed[0])
        if ready >= self.threshold:
            return Opinion(READY, ready)
        name = TAUGHT[1 + int(believed[1:].argmax())]
        return Opinion("turned" if name.startswith("turned") else name, ready)


def small_square(pixels: np.ndarray) -> np.ndarray | None:
    """Shrink a film to [64, 64] float32, darkest 0 and brightest 1; None when it shows one single grey."""
    steps = [max(1, length // _SAMPLED) for length in pixels.shape]
    sampled = np.ascontiguousarray(pixels[:: steps[0], :: steps[1]], dtype=np.float32)
    small = np.asarray(Image.fromarray(sampled).resize((SIDE, SIDE), Image.Resampling.BOX))
    low, high = np.percentile(small, (1, 99))
    if not high - low >= _FAINTEST_SPAN:
        return None
    return np.clip((small - low) / (high - low), 0.0, 1.0)


def structure(square: np.ndarray) -> float:
    """How alike neighbouring cells are, as a correlation in [-1, 1]."""
    across = np.corrcoef(square[:, 1:].ravel(), square[:, :-1].ravel())[0, 1]
    along = np.corrcoef(square[1:].ravel(), square[:-1].ravel())[0, 1]
    return float(np.nan_to_num(min(across, along)))


def features(square: np.ndarray) -> np.ndarray:
    """Describe a small square: its grey levels, and which way its edges face in each eighth.

    Args:
        square: [64, 64] in [0, 1].

    Returns: [1536] float32; 32 x 32 grey levels of mean 0 and deviation 1, then 8 x 8 cells of 8 directions.
    Source: Dalal and Triggs 2005 (histograms of oriented gradients), with signed directions, because a film and its
        negative have the same unsigned ones.
    """
    grey = square.reshape(_COARSE, 2, _COARSE, 2).mean((1, 3))
    grey = (grey - grey.mean()) / (grey.std() + 1e-6)
    down, across = np.gradient(square)
    turn = np.floor((np.arctan2(down, across) / (2 * np.pi) + 0.5) * _ANGLES).astype(int) % _ANGLES
    strength = np.hypot(down, across)
    cell = SIDE // _CELLS
    edges = np.stack([
        (strength * (turn == angle)).reshape(_CELLS, cell, _CELLS, cell).sum((1, 3))
        for angle in range(_ANGLES)
    ])  # fmt: skip
    edges /= np.sqrt((edges**2).sum(0, keepdims=True)) + 0.05
    return np.concatenate([grey.ravel(), edges.ravel()]).astype(np.float32)


def save_gate(gate: Gate, path: Path) -> None:
    """Write a gate; weights in 16 bits."""
    tensors = {
        "weights": gate.weights.astype(np.float16),
        "bias": gate.bias.astype(np.float32),
        "centre": gate.centre.astype(np.float32),
        "scale": gate.scale.astype(np.float32),
    }
    about = {"classes": "|".join(TAUGHT), "threshold": repr(gate.threshold), "about": json.dumps(gate.about)}
    # safetensors writes memory as it lies, and a transposed array lies the other way round
    save_file({name: np.ascontiguousarray(t) for name, t in tensors.items()}, path, metadata=about)


def load_gate(path: Path = SHIPPED) -> Gate:
    """Read a gate.

    Raises: WeightsMismatch: it is not there, or was made for other classes.
    """
    if not path.is_file():
        raise WeightsMismatch(f"There is no input gate at {path.name}; check out the whole repository.")
    with safe_open(path, "np") as opened:
        about = opened.metadata() or {}
        tensors = {name: opened.get_tensor(name).astype(np.float32) for name in opened.keys()}  # noqa: SIM118
    if about.get("classes") != "|".join(TAUGHT):
        raise WeightsMismatch(f"{path.name} was made for other kinds of films; run firstread train again.")
    return Gate(**tensors, threshold=float(about["threshold"]), about=json.loads(about["about"]))


@cache
def _shipped() -> Gate:
    return load_gate()


def check_film(pixels: np.ndarray, study: Study) -> None:
    """Let only films through that the model was made for.

    Args:
        pixels: [H, W] float in [0, 1], 0 = air.
        study: what the header says; a study whose every image is lateral by its header is believed.

    Raises: UnreadableFilm: one sentence says what is wrong with the film.
    """
    lateral = bool(study.instances) and study.frontal is None
    opinion = Opinion("lateral", 0.0) if lateral else _shipped().judge(pixels)
    if opinion.reason:
        raise UnreadableFilm(opinion.reason)


def check_age(study: Study, film: bytes, media_type: str) -> None:
    """Leave a child's film to a person; an age that neither study nor file states counts as an adult's.

    Raises: UnreadableFilm: the patient is under 18.
    """
    age = age_in(film, media_type) if study.age is None else study.age
    if age is not None and age < ADULT:
        raise UnreadableFilm(
            f"The patient is {age} years old and the model knows adults only; a person will read the film."
        )
