"""Does a brought model still answer a known film as when it was first loaded? Its makers left no answers to compare with.

What it is given once, a simulated film and the questions of every reading, it answers at every load; the first answers
are kept beside its fingerprint.
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.errors import WeightsMismatch

FURTHEST = 0.5
"""Of log odds: other kernels and threads move them by hundredths, 0.5 is at most 0.125 in p; a damaged model by nats."""


def known_film() -> np.ndarray:
    """Draw the film of the test: two lungs, a heart, and fluid at one base; [256, 256] in [0, 1], 0 = air."""
    y, x = np.mgrid[0:256, 0:256] / 255.0
    film = 0.72 - 0.1 * np.abs(x - 0.5)
    for middle in (0.31, 0.69):
        film -= 0.5 / (1.0 + np.exp(30.0 * (np.hypot((x - middle) / 0.16, (y - 0.45) / 0.32) - 1.0)))
    film += 0.3 / (1.0 + np.exp(25.0 * (np.hypot((x - 0.56) / 0.14, (y - 0.62) / 0.16) - 1.0)))
    film += 0.35 / (1.0 + np.exp(-40.0 * (y - 0.66 - 0.3 * np.abs(x - 0.72)))) * (x > 0.52)
    return np.clip(film, 0.0, 1.0)


def check_answers(cache: Path, name: str, asked: str, answers: Sequence[float]) -> bool:
    """Hold a model's answers to the known film against those of its first load, or keep them as the first.

    Args:
        cache: folder where they are kept.
        name: of weights, width and device together: another width is another model.
        asked: fingerprint of the questions; others begin anew.
        answers: log odds, one per question.

    Returns: whether there was something to compare with.
    Raises: WeightsMismatch: it gives no numbers, or answers otherwise than it did.
    """
    if not all(map(math.isfinite, answers)):
        raise WeightsMismatch("The model's answer to a known film is no number; do not read with it.")
    path = cache / f"known-answers-{name}.json"
    kept = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if kept.get("asked") != asked:
        cache.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"asked": asked, "answers": list(answers)}) + "\n", encoding="utf-8")
        return False
    moved = max(abs(now - then) for now, then in zip(answers, kept["answers"], strict=True))
    if moved > FURTHEST:
        raise WeightsMismatch(
            f"The model answers a known film otherwise than at its first load (by {moved:.1f} in log odds); load its "
            f"files anew, or delete {path} if a new machine explains it."
        )
    return True
