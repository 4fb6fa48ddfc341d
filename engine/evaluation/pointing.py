"""The pointing game: does the brightest place of the map lie on what a person boxed, or on the lesion we put there?"""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from PIL import Image
from scipy.stats import binomtest, spearmanr
from torch import nn

from engine.errors import BadTable
from engine.heatmap import CLEAR_SHARE, activation, side_of
from engine.manifest import Film, read_manifest
from engine.model.clinical import clinical_vector
from engine.model.config import HEAD
from engine.model.fusion import ClinicalFusion
from engine.model.vision import RadCnn, film_input
from engine.model.vlm import RadVlm
from engine.simulated.lesions import simulated_film
from triage.finding import Laterality
from triage.study import Sex

Progress = Callable[[str, float], None]
FIRST_SEED = 80_000  # no film with such a seed taught the tower or the gate
GRID = 256  # cells a side in which truth is kept
ORIGINAL = 1024  # pixels a side of the films that were boxed
LUNG_CENTRES = (
    (0.55, 0.29),
    (0.48, 0.68),
)  # right and left of the simulated chest; down and across, as fractions
SHOWS = {
    "opacity": ("consolidation", "pneumonia", "infiltration"),
    "effusion": ("effusion",),
    "pneumothorax": ("pneumothorax",),
    "nodule": ("nodule",),
    "cardiomegaly": ("cardiomegaly",),
}
"""The answers that a simulated lesion calls for; the one with the highest logit points."""
_CALLED = {"infiltrate": "infiltration"}
_COLUMNS = {"image", "finding", "x", "y", "w", "h"}


@dataclass(frozen=True)
class Target:
    """One thing to point at: a film [H, W] in [0, 1], the answers that may point, and where it is, [256, 256] bool."""

    kind: str
    answers: tuple[str, ...]
    pixels: np.ndarray
    truth: np.ndarray
    taught: bool = False


# ── what is pointed at ────────────────────────────────────────────────────────────────────────────────


def boxed(boxes: Path, manifest: Path) -> list[Target]:
    """Read hand-drawn boxes and their films; all boxes of one finding on one film are one target.

    Args:
        boxes: CSV with columns image, finding, x, y, w, h in pixels of the 1024 px original.
        manifest: the table of films; a box whose film is not in it is left out.

    Raises: BadTable: a column is missing, or no box has its film.
    """
    films = {film.path.stem.removeprefix("nih_"): film for film in read_manifest(manifest)}
    with boxes.open(encoding="utf-8-sig", newline="") as table:
        rows = list(csv.DictReader(table))
    if not rows or not rows[0].keys() >= _COLUMNS:
        raise BadTable(f"{boxes.name} needs the columns {', '.join(sorted(_COLUMNS))}.")
    truths: dict[tuple[str, str], np.ndarray] = {}
    for row in rows:
        said = row["finding"].casefold()
        key = (Path(row["image"]).stem, _CALLED.get(said, said))
        truth = truths.setdefault(key, np.zeros((GRID, GRID), dtype=bool))
        truth[_box(row)] = True
    found = [_boxed(films[name], code, truth) for (name, code), truth in truths.items() if name in films]
    if not found:
        raise BadTable(f"No film of {boxes.name} is in {manifest.name}.")
    return found


def _box(row: dict[str, str]) -> tuple[slice, slice]:
    x, y, w, h = (float(row[side]) * GRID / ORIGINAL for side in ("x", "y", "w", "h"))
    return slice(round(y), max(round(y + h), round(y) + 1)), slice(round(x), max(round(x + w), round(x) + 1))


def _boxed(film: Film, code: str, truth: np.ndarray) -> Target:
    with Image.open(film.path) as picture:
        pixels = np.asarray(picture.convert("L"), dtype=np.float32) / 255
    return Target(code, (code,), pixels, truth, taught=film.split == "train")


def simulated(each: int, progress: Progress) -> list[Target]:
    """Simulate films whose lesion is known to the pixel: `each` of every kind, on both sides, medium to large."""
    rng, targets = np.random.default_rng(FIRST_SEED), []
    for i in range(each * len(SHOWS)):
        kind = list(SHOWS)[i % len(SHOWS)]
        side = ("left", "right")[i // len(SHOWS) % 2]
        film, mask = simulated_film(
            kind, side, rng.uniform(0.4, 1), FIRST_SEED + i, breast_mm=rng.uniform(3, 25)
        )
        truth = np.asarray(Image.fromarray(mask).resize((GRID, GRID), Image.Resampling.NEAREST))
        targets.append(Target(kind, SHOWS[kind], film / np.float32(255), truth))
        progress("simulated lesions", (i + 1) / (each * len(SHOWS)))
    return targets


# ── pointing ──────────────────────────────────────────────────────────────────────────────────────────


def evaluate(model: RadVlm, targets: Mapping[str, Sequence[Target]], progress: Progress) -> dict[str, object]:
    """Play the game over groups of targets, beside baselines that never look at the film.

    Args:
        targets: the name of each group, and what it holds.

    Returns: per group and kind n, the hits with their 95 % interval, those of the film's centre and of the nearer
        lung's centre (which is told the side), and the share of the film that the truth covers, which is what chance
        hits; how alike the maps are to those of a network with a random head, and with random weights throughout; and
        the median time of one map.
    """
    scrambled = (random_head(model), random_weights(model))
    pointed: list[tuple[str, Target, tuple[float, float]]] = []
    alike, seconds, sides = [], [], {group: [] for group in targets}
    for group, held in targets.items():
        for target in held:
            where, taken, others = _look(model, scrambled, target)
            pointed.append((group, target, brightest(where)))
            sides[group].append((_true_side(target.truth), side_of(where)))
            alike.append([rank_correlation(where, other) for other in others])
            seconds.append(taken)
            progress("pointing", len(pointed) / sum(map(len, targets.values())))
    head, whole = np.mean(alike, axis=0)
    return {
        "table": [
            row for group in targets for row in _rows(group, [p[1:] for p in pointed if p[0] == group])
        ],
        "sides": {group: _right_sides(said) for group, said in sides.items()},
        "alike": {"random head": float(head), "random weights": float(whole)},
        "map_ms": 1000 * float(np.median(seconds)),
    }


@torch.no_grad()
def _look(
    model: RadVlm, scrambled: Sequence[SimpleNamespace], target: Target
) -> tuple[np.ndarray, float, list[np.ndarray]]:
    """The map of the target's most probable answer, the seconds it took, and what scrambled networks would draw."""
    film = film_input(target.pixels, model.config.vision_config.image_size).to(model.device)
    nobody = clinical_vector(None, None, Sex.UNKNOWN)[None].to(film.device)
    feature_map, _, (logits,) = model.look(film, nobody)
    answer = max(target.answers, key=lambda name: float(logits[HEAD.index(name)]))
    began = perf_counter()
    where = activation(model, feature_map, answer)
    taken = perf_counter() - began
    others = [activation(net, net.model.vision_tower.feature_map(film), answer) for net in scrambled]
    return where, taken, others


def brightest(where: np.ndarray) -> tuple[float, float]:
    """The middle of the brightest cell, down and across as fractions of the film."""
    row, column = np.unravel_index(int(where.argmax()), where.shape)
    return (row + 0.5) / where.shape[0], (column + 0.5) / where.shape[1]


def hit(truth: np.ndarray, point: tuple[float, float]) -> bool:
    """Say whether a point, in fractions, lies on the truth."""
    rows, columns = truth.shape
    return bool(truth[min(int(point[0] * rows), rows - 1), min(int(point[1] * columns), columns - 1)])


def _true_side(truth: np.ndarray) -> Laterality | None:
    """The patient's side on which nine tenths of the truth lie; None when neither holds them."""
    screen_left = truth[:, : truth.shape[1] // 2].sum() / truth.sum()
    if screen_left >= CLEAR_SHARE:
        return Laterality.RIGHT
    return Laterality.LEFT if screen_left <= 1 - CLEAR_SHARE else None


def _right_sides(sides: Sequence[tuple[Laterality | None, Laterality | None]]) -> dict[str, int]:
    judged = [(true, said) for true, said in sides if true is not None]
    heard = [true is said for true, said in judged if said is not None]
    return {"n": len(judged), "said": len(heard), "right": sum(heard)}


def _nearer_lung(truth: np.ndarray) -> tuple[float, float]:
    middle = np.argwhere(truth).mean(0) / truth.shape
    return min(LUNG_CENTRES, key=lambda lung: float(np.hypot(*(middle - lung))))


def _rows(group: str, pointed: list[tuple[Target, tuple[float, float]]]) -> list[dict[str, object]]:
    kinds = sorted({target.kind for target, _ in pointed})
    chosen = {kind: [p for p in pointed if p[0].kind == kind] for kind in kinds}
    return [_row(group, kind, held) for kind, held in [*chosen.items(), ("all", pointed)]]


def _row(group: str, kind: str, held: list[tuple[Target, tuple[float, float]]]) -> dict[str, object]:
    count, hits = len(held), sum(hit(target.truth, point) for target, point in held)
    bounds = binomtest(hits, count).proportion_ci(method="wilson")
    return {
        "group": group,
        "kind": kind,
        "n": count,
        "taught": sum(target.taught for target, _ in held),
        "hits": hits,
        "low": bounds.low,
        "high": bounds.high,
        "centre": sum(hit(target.truth, (0.5, 0.5)) for target, _ in held),
        "lung": sum(hit(target.truth, _nearer_lung(target.truth)) for target, _ in held),
        "chance": float(np.mean([target.truth.mean() for target, _ in held])),
    }


# ── networks that know nothing ────────────────────────────────────────────────────────────────────────


def random_head(model: RadVlm) -> SimpleNamespace:
    """The taught tower under a fusion and a head with random weights."""
    torch.manual_seed(FIRST_SEED)
    config, width = model.config, model.finding_head.in_features
    fusion = ClinicalFusion(config.vision_config.hidden_size, config.n_clinical, width)
    inner = SimpleNamespace(
        vision_tower=model.model.vision_tower, multi_modal_projector=fusion.to(model.device)
    )
    return SimpleNamespace(model=inner, finding_head=nn.Linear(width, config.n_findings).to(model.device))


def random_weights(model: RadVlm) -> SimpleNamespace:
    """The same network before it was taught anything."""
    scrambled = random_head(model)
    scrambled.model.vision_tower = RadCnn(model.config.vision_config).eval().to(model.device)
    return scrambled


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """How alike two maps rank their places, in [-1, 1]; 0 when one of them is flat."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(spearmanr(one.ravel(), other.ravel()).statistic)


def to_table(found: Mapping[str, Any]) -> list[str]:
    """The figures as a table, and a sentence about scrambled networks."""
    lines = [
        "| truth | finding | n | in train | map hits (95 % interval) | film centre | nearer lung's centre | chance |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for row in found["table"]:
        n = row["n"]
        lines.append(
            f"| {row['group']} | {row['kind']} | {n} | {row['taught']} | {row['hits'] / n:.0%} "
            f"({row['low']:.0%} to {row['high']:.0%}) | {row['centre'] / n:.0%} | {row['lung'] / n:.0%} "
            f"| {row['chance']:.0%} |"
        )
    alike = ", ".join(f"{name} {value:.2f}" for name, value in found["alike"].items())
    sides = ", ".join(f"{name} {s['right']} of {s['said']} ({s['n']})" for name, s in found["sides"].items())
    return [
        *lines,
        "",
        (
            f"Side right, of those where one was said (of all that lie on one side): {sides}. Rank correlation with the maps "
            f"of scrambled networks: {alike}; near 1, the map says more of the film than of the finding. One map takes "
            f"{found['map_ms']:.1f} ms."
        ),
    ]


def section(found: Mapping[str, Any], command: str, sha256: str) -> list[str]:
    """The whole section, with the command that made it."""
    return [
        "## Where it looked",
        "",
        (
            f"Made by `{command}` with the checkpoint {sha256[:12]}, which also wrote this section. A hit is a brightest cell of "
            "Grad-CAM++ (7 x 7) that lies on the truth. *In train* counts films whose labels, never their boxes, may "
            "have taught the tower. The nearer lung's centre is told on which side the truth lies, which the map is not; chance is the "
            "mean share of the film that the truth covers. Intervals are Wilson's. Simulated films come from one CT."
        ),
        "",
        *to_table(found),
    ]
