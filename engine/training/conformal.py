"""Which answers the held-out films can rule out, by split-conformal prediction for each class."""

import math
from collections.abc import Sequence

import numpy as np

ALPHA = 0.1
"""Of patients whose film shows a finding, at most this share is told that it is unlikely."""

LEAST_PATIENTS = 10
"""With fewer than 1 / ALPHA - 1 of a class nothing can be ruled out; ours asks for one more, as for every cell we show."""


def by_person(scores: np.ndarray, patients: Sequence[str]) -> np.ndarray:
    """Keep of each patient the film that looks least like the class: films of one person are one witness.

    Args:
        scores: [n], higher = more like the class.

    Returns: [patients], the lowest score of each.
    """
    people, owner = np.unique(np.asarray(patients, dtype=str), return_inverse=True)
    lowest = np.full(len(people), math.inf)
    np.minimum.at(lowest, owner, scores)
    return lowest


def ruled_out_below(scores: np.ndarray, alpha: float = ALPHA) -> float | None:
    """Find the score under which a class is ruled out: too few of its held-out members score so low.

    For n + 1 exchangeable members of the class, at most a share `alpha` of them would be ruled out by the others:
    this holds for any model, any distribution and any n, without being tuned.

    Args:
        scores: [n] of held-out members of the class, one for each patient, higher = more like it.

    Returns: the floor((n + 1) * alpha)-th lowest score; None when that is less than the first, so that nothing can be
        ruled out.
    Source: Vovk, Gammerman and Shafer 2005, section 4.5 (Mondrian, class-conditional); Angelopoulos and Bates 2021,
        arXiv 2107.07511, section 3.2; whole patients as in Dunn, Wasserman and Ramdas 2022 (hierarchical data).
    """
    place = math.floor((len(scores) + 1) * alpha + 1e-9)
    return float(np.sort(scores)[place - 1]) if place >= 1 else None


def both_classes(
    logits: np.ndarray, truth: np.ndarray, patients: Sequence[str]
) -> tuple[float | None, float | None]:
    """Say under which logit a finding is ruled out, and over which its absence is; [n], [n] without NaN."""
    people = np.asarray(patients, dtype=str)
    shown, clear = truth == 1, truth == 0
    absent_below = ruled_out_below(by_person(logits[shown], people[shown]))
    present_above = ruled_out_below(by_person(-logits[clear], people[clear]))
    return absent_below, None if present_above is None else -present_above
