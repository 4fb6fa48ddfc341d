"""What the input gate lets through and what it refuses, on films that did not teach it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from scipy.stats import binomtest

from engine.errors import BadTable
from engine.gate import READY, Gate
from engine.manifest import read_manifest

Progress = Callable[[str, float], None]
FRONTAL = {"PA", "AP"}


def evaluate(gate: Gate, manifest: Path, turned: Path | None, progress: Progress) -> dict[str, Any]:
    """Show the gate every val film as it is and spoilt, every lateral film, and films that were stored turned.

    Args:
        turned: a folder of JPEG films that lie on their side, or None.

    Returns: per kind of film n, how many were refused with the 95 % interval, and what they were called.
    Raises: BadTable: the table has no frontal film with split val.
    """
    films = read_manifest(manifest)
    upright = [film.path for film in films if film.split == "val" and film.view in FRONTAL]
    if not upright:
        raise BadTable(f"{manifest.name} has no frontal film with split val.")
    called: dict[str, Counter[str]] = {}
    for i, path in enumerate(upright):
        for what, pixels in _spoilt(_opened(path)):
            called.setdefault(what, Counter())[gate.judge(pixels).kind] += 1
        progress("val films", (i + 1) / len(upright))
    lateral = [film.path for film in films if film.view == "LATERAL"]
    stored = sorted(turned.glob("*.jpg")) if turned else []
    for what, paths in (("lateral, any split", lateral), ("stored turned", stored)):
        for path in paths:
            called.setdefault(what, Counter())[gate.judge(_opened(path)).kind] += 1
    return {
        "about": gate.about,
        "threshold": gate.threshold,
        "table": [_row(*item) for item in called.items()],
    }


def _opened(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("L"), dtype=np.float32) / 255


def _spoilt(film: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    height, width = film.shape
    yield "upright", film
    yield "turned left", np.rot90(film)
    yield "turned right", np.rot90(film, 3)
    yield "upside down", np.rot90(film, 2)
    yield "inverted", 1 - film
    yield "upper half", film[: height // 2]
    yield "right half", film[:, : width // 2]
    yield "middle quarter", film[height // 4 : -(height // 4), width // 4 : -(width // 4)]


def _row(what: str, called: Counter[str]) -> dict[str, Any]:
    n = called.total()
    refused = n - called[READY]
    bounds = binomtest(refused, n).proportion_ci(method="wilson")
    named = {kind: count for kind, count in called.most_common() if kind != READY}
    return {"what": what, "n": n, "refused": refused, "low": bounds.low, "high": bounds.high, "called": named}


def section(found: Mapping[str, Any], command: str) -> list[str]:
    """The whole section, with the command that made it."""
    lines = [
        "## Input gate",
        "",
        (
            f"Made by `{command}`, which also wrote this section. The gate was taught by `firstread train --gate` on "
            f"{found['about'].get('films')} shippable train films, what we spoilt of them, and one CT; no lateral film of a "
            "person taught it. Its threshold refuses 2 % of upright train films it had not seen. Intervals are Wilson's."
        ),
        "",
        "| film | n | refused (95 % interval) | called |",
        "|---|--:|--:|---|",
    ]
    for row in found["table"]:
        called = ", ".join(f"{kind} {count}" for kind, count in row["called"].items())
        share = f"{row['refused'] / row['n']:.1%} ({row['low']:.1%} to {row['high']:.1%})"
        lines.append(f"| {row['what']} | {row['n']} | {share} | {called} |")
    return lines
