"""Teaching the input gate: shippable films as they are, and the same films turned, inverted and cut by us."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from engine.errors import BadTable
from engine.gate import SHIPPED, TAUGHT, Gate, features, save_gate, small_square
from engine.manifest import Film, read_manifest
from engine.model.convert import sha256_of
from engine.simulated.lesions import simulated_film
from engine.simulated.projection import attenuation, chest
from engine.training.films import is_frontal_adult

Progress = Callable[[str, float], None]
STORED = 128
FOLDS = 3
FIRST_SEED = 70_000  # neither a demonstration film nor one that teaches the tower
FALSE_ALARMS = 0.02  # of upright training films, unseen by the fit, that may be refused


@dataclass(frozen=True)
class Taught:
    """Examples of the gate: features [n, F], class numbers [n] in the order of `TAUGHT`, and whose they are [n]."""

    features: np.ndarray
    kinds: np.ndarray
    owners: np.ndarray


def train_gate(
    manifest: Path,
    progress: Progress,
    *,
    out: Path = SHIPPED,
    simulated: int = 60,
    others: int = 2500,
    seed: int = 7,
) -> Gate:
    """Fit the gate on training films and choose its threshold on films the fit did not see.

    The same seed and films give the same file.

    Raises: BadTable: no film of the table may teach what ships.
    """
    films = [f for f in read_manifest(manifest) if f.split == "train" and f.shippable and is_frontal_adult(f)]
    if not films:
        raise BadTable("The manifest needs shippable frontal films with split train.")
    taught = examples(films, progress, simulated=simulated, others=others, seed=seed)
    unseen = _unseen(taught, progress)
    threshold = float(np.quantile(unseen[taught.kinds == 0], FALSE_ALARMS))
    about = {
        "manifest_sha256": sha256_of(manifest),
        "films": len(films),
        "simulated": simulated,
        "seed": seed,
        "refused_unseen": {
            name: _refused(unseen[taught.kinds == i], threshold) for i, name in enumerate(TAUGHT)
        },
    }
    progress("gate fit", 0.0)
    gate = replace(_fit(taught, np.arange(len(taught.kinds))), threshold=threshold, about=about)
    save_gate(gate, out)
    progress("gate written", 1.0)
    return gate


def _unseen(taught: Taught, progress: Progress) -> np.ndarray:
    """How upright each example looks to a gate that never saw its owner; [n]."""
    unseen = np.zeros(len(taught.kinds))
    folds = GroupKFold(FOLDS).split(taught.features, taught.kinds, taught.owners)
    for step, (fit, left) in enumerate(folds):
        progress("gate folds", step / FOLDS)
        unseen[left] = _fit(taught, fit).beliefs(taught.features[left])[:, 0]
    return unseen


def _refused(upright: np.ndarray, threshold: float) -> dict[str, int]:
    return {"n": len(upright), "refused": int((upright < threshold).sum())}


def _fit(taught: Taught, rows: np.ndarray) -> Gate:
    values = taught.features[rows]
    centre, scale = values.mean(0), values.std(0) + 1e-3
    model = LogisticRegression(C=3e-3, tol=1e-3, max_iter=2000, class_weight="balanced")
    model.fit((values - centre) / scale, taught.kinds[rows])
    return Gate(model.coef_, model.intercept_, centre, scale, 0.5, {})


# ── examples ──────────────────────────────────────────────────────────────────────────────────────────


def examples(films: list[Film], progress: Progress, *, simulated: int, others: int, seed: int) -> Taught:
    """Show every film as it is and as it must not be."""
    draw = np.random.default_rng(seed)
    rows: list[tuple[np.ndarray, int, str]] = []
    for i, film in enumerate(films):
        with Image.open(film.path) as image:
            rows += _versions(_stored(np.asarray(image.convert("L"))), film.patient, draw)
        if i % 50 == 0:
            progress("gate films", i / len(films))
    for i in range(simulated):
        kind = ("none", "opacity", "effusion", "pneumothorax", "cardiomegaly")[i % 5]
        side = ("left", "right")[i % 2]
        shown, _ = simulated_film(
            kind, side, 0.3 + 0.7 * draw.random(), FIRST_SEED + i, breast_mm=3.0 + 20 * (i % 2)
        )
        rows += _versions(_stored(shown), f"simulated {i}", draw)
        progress("gate simulated films", i / simulated)
    rows += [
        (picture, TAUGHT.index(name), f"made {i % 97}")
        for i, (picture, name) in enumerate(_strange(others, draw))
    ]
    kept = [
        (square, kind, owner)
        for picture, kind, owner in rows
        if (square := small_square(picture)) is not None
    ]
    progress("gate features", 0.0)
    return Taught(
        np.stack([features(square) for square, _, _ in kept]),
        np.array([kind for _, kind, _ in kept]),
        np.array([owner for _, _, owner in kept]),
    )


def _stored(grey: np.ndarray) -> np.ndarray:
    picture = Image.fromarray(grey).resize((STORED, STORED), Image.Resampling.BOX)
    return np.asarray(picture, dtype=np.float32) / 255.0


def _versions(
    film: np.ndarray, owner: str, draw: np.random.Generator
) -> Iterator[tuple[np.ndarray, int, str]]:
    """One film and what can go wrong with it; [128, 128] in [0, 1]."""
    yield film, 0, owner
    yield _another_day(film, draw), 0, owner
    for quarter, name in ((1, "turned_left"), (3, "turned_right"), (2, "upside_down")):
        yield np.rot90(_another_day(film, draw), quarter), TAUGHT.index(name), owner
    yield 1 - film, TAUGHT.index("inverted"), owner
    yield 1 - _another_day(film, draw), TAUGHT.index("inverted"), owner
    yield 1 - np.rot90(film, int(draw.integers(1, 4))), TAUGHT.index("inverted"), owner
    yield _cut(film, draw), TAUGHT.index("cropped"), owner
    yield _cut(_another_day(film, draw), draw), TAUGHT.index("cropped"), owner


def _another_day(film: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Small turns, shifts, margins and exposures that a film may have and still be read."""
    angle, zoom = np.deg2rad(draw.normal(0, 4)), draw.uniform(0.88, 1.12)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * zoom
    middle = np.full(2, STORED / 2)
    moved = ndimage.affine_transform(
        film, turn, middle - turn @ middle + draw.normal(0, 4, 2), order=1, mode="nearest"
    )
    return np.clip(moved, 0, 1) ** np.exp(draw.normal(0, 0.3))


def _cut(film: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Less than two thirds of the film: a half, or a window somewhere in it."""
    height, width = (
        draw.uniform(0.35, 0.6, 2) if draw.random() < 0.5 else draw.permutation([1.0, draw.uniform(0.4, 0.6)])
    )
    rows, columns = round(height * STORED), round(width * STORED)
    top, left = draw.integers(0, STORED - rows + 1), draw.integers(0, STORED - columns + 1)
    return film[top : top + rows, left : left + columns]


# ── what is no frontal chest film ─────────────────────────────────────────────────────────────────────


def _strange(count: int, draw: np.random.Generator) -> Iterator[tuple[np.ndarray, str]]:
    """Lateral projections of the one CT, its slices, and pictures of nothing."""
    coarse = chest().hu[::3, ::3, :].astype(np.int16)
    for _ in range(count // 10):
        for picture in _laterals(coarse, draw):
            yield picture, "lateral"
    made = (_slice, _slice, _cloud, _shapes, _limb)
    for i in range(count):
        yield made[i % len(made)](coarse, draw), "other"


def _laterals(coarse: np.ndarray, draw: np.random.Generator) -> Iterator[np.ndarray]:
    """The chest from the side, the arms away, both ways round, a little turned."""
    turned = ndimage.rotate(coarse, draw.normal(0, 8), axes=(0, 1), order=0, reshape=False, cval=-1000)
    mm = chest().spacing_mm
    whole = (attenuation(turned).sum(0) * mm[0] * 3).T[::-1]  # [Z, Y], head up
    slow = ndimage.gaussian_filter(whole, (28 / mm[2], 28 / (3 * mm[1])), mode="nearest")
    whole = whole - draw.uniform(0.2, 0.5) * slow
    low, high = np.percentile(whole, (1, 99.5))
    shown = np.clip((whole - low) / (high - low), 0, 1)
    for flipped in (shown, shown[:, ::-1]):
        trim = [
            int(n * draw.uniform(0, 0.12))
            for n in (flipped.shape[0], flipped.shape[0], flipped.shape[1], flipped.shape[1])
        ]
        cut = flipped[trim[0] : -trim[1] or None, trim[2] : -trim[3] or None]
        square = np.asarray(
            Image.fromarray(cut.astype(np.float32)).resize((STORED, STORED), Image.Resampling.BILINEAR)
        )
        bend = draw.uniform(0.7, 2.0)
        yield _another_day((1 - np.exp(-bend * square)) / (1 - np.exp(-bend)), draw)


def _slice(coarse: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """One slice of the CT in one of three directions and a window."""
    axis = int(draw.choice([0, 1, 2]))
    place = int(coarse.shape[axis] * draw.uniform(0.15, 0.85))
    cut = np.take(coarse, place, axis).astype(np.float32)
    cut = np.rot90(cut, 1 if axis < 2 else int(draw.integers(0, 4)))
    width = draw.choice([400.0, 1500.0])
    low = (40.0 if width < 500 else -500.0) - width / 2
    return np.clip((cut - low) / width, 0, 1)


def _cloud(_: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Smooth noise of a random grain, sometimes with a slope."""
    cloud = ndimage.gaussian_filter(
        draw.standard_normal((STORED, STORED)), draw.uniform(1.5, 20), mode="reflect"
    )
    cloud /= cloud.std() + 1e-9
    slope = np.add.outer(
        np.linspace(-1, 1, STORED) * draw.normal(), np.linspace(-1, 1, STORED) * draw.normal()
    )
    return (cloud * draw.uniform(0, 1) + slope).astype(np.float32)


def _shapes(_: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Ellipses, bars and lines of lettering on black or white."""
    picture = np.full((STORED, STORED), draw.choice([0.0, 1.0, draw.random()]), dtype=np.float32)
    rows, columns = np.indices(picture.shape)
    for _ in range(int(draw.integers(2, 14))):
        (y, x), (h, w) = draw.uniform(0, STORED, 2), draw.uniform(3, 50, 2)
        round_off = ((rows - y) / h) ** 2 + ((columns - x) / w) ** 2 < 1
        boxed = (abs(rows - y) < h / 2) & (abs(columns - x) < w / 2)
        picture[round_off if draw.random() < 0.5 else boxed] = draw.random()
    return ndimage.gaussian_filter(picture, draw.uniform(0, 2))


def _limb(_: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Soft cylinders with bright bones on black: something like an arm, a leg, fingers."""
    rows, columns = np.indices((STORED, STORED), dtype=np.float32) - STORED / 2
    angle = draw.uniform(0, np.pi)
    along, across = (
        rows * np.cos(angle) + columns * np.sin(angle),
        columns * np.cos(angle) - rows * np.sin(angle),
    )
    picture = np.zeros((STORED, STORED), np.float32)
    for place in draw.normal(0, 25, int(draw.integers(1, 6))):
        width = draw.uniform(6, 35) * (1 + draw.uniform(-0.3, 0.3) * along / STORED)
        distance = np.clip(1 - ((across - place) / width) ** 2, 0, None)
        bone = np.clip(1 - ((across - place) / (0.4 * width)) ** 2, 0, None)
        picture = np.maximum(picture, 0.5 * np.sqrt(distance) + 0.5 * np.sqrt(bone))
    return ndimage.gaussian_filter(picture, 1.0)
