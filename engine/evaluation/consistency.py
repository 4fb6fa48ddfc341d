"""Whether the same film gets the same answer when it is shown a little differently."""

from collections.abc import Mapping

import numpy as np

from engine.evaluation.answers import Answers, Bend
from engine.model.config import HEAD
from triage.finding import POSSIBLE_FROM, PROBABLE_FROM, VERY_LIKELY_FROM

SHIFT = 0.03
"""Of the film's width and height: less than patients are placed apart."""


def _as_it_is(pixels: np.ndarray) -> np.ndarray:
    return pixels


def _mirrored(pixels: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(pixels[:, ::-1])


def shifted(down: float, right: float) -> Bend:
    """Move a film by these shares of its size; the edge is repeated where nothing is left."""

    def move(pixels: np.ndarray) -> np.ndarray:
        rows = np.arange(pixels.shape[0]) - round(down * pixels.shape[0])
        columns = np.arange(pixels.shape[1]) - round(right * pixels.shape[1])
        return pixels[rows.clip(0, pixels.shape[0] - 1)][:, columns.clip(0, pixels.shape[1] - 1)]

    return move


MIRRORED = "mirrored"
BENDS: Mapping[str, Bend] = {
    "as it is": _as_it_is,
    MIRRORED: _mirrored,
    "3 % up": shifted(-SHIFT, 0),
    "3 % down": shifted(SHIFT, 0),
    "3 % left": shifted(0, -SHIFT),
    "3 % right": shifted(0, SHIFT),
}


def certainty_steps(probabilities: np.ndarray) -> np.ndarray:
    """Which of the four words each probability gets, 0 unlikely to 3 very likely."""
    return np.digitize(probabilities, (POSSIBLE_FROM, PROBABLE_FROM, VERY_LIKELY_FROM))


def consistency(answers: Answers) -> dict[str, object]:
    """Compare the answers to each bent film with those to the film as it is.

    Returns: per way of bending and per answered finding n, the mean and the largest change of its probability, and the
        share of films whose word (unlikely, possible, probable, very likely) changed. The reader
        looks at a film and its mirror image together, so a mirrored film must change nothing.
    """
    found: dict[str, object] = {}
    for name, bent in answers.bent.items():
        found[name] = {
            label: _change(answers.doubtful[:, i], bent[:, i])
            for i, label in enumerate(HEAD)
            if len(answers.films) and answers.assessed(i)
        }
    return found


def _change(plain: np.ndarray, bent: np.ndarray) -> dict[str, float]:
    step = np.abs(bent - plain)
    word = certainty_steps(plain) != certainty_steps(bent)
    return {
        "n": len(plain),
        "mean": float(step.mean()),
        "most": float(step.max()),
        "word_changed": float(word.mean()),
    }
