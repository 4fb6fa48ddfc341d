"""One look at a film: what the network answers, which soft tokens the words will come from, and where it looked."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.heatmap import activation, region_of, side_of
from engine.model.clinical import clinical_vector
from engine.model.vision import film_input
from engine.model.vlm import RadVlm
from engine.vocabulary import MIDLINE
from triage.errors import ReaderFailed
from triage.finding import LABELS, POSSIBLE_FROM, Finding
from triage.study import Study
from triage.vitals import Vitals


@dataclass(frozen=True)
class Seen:
    """What one look gave: soft tokens z [1, N, D], the map of the tower [1, Dv, h, w], and the fifteen logits."""

    soft_tokens: Tensor
    feature_map: Tensor
    logits: list[float]


def look(model: RadVlm, pixels: np.ndarray, vitals: Vitals | None, study: Study) -> Seen:
    """Show one film and what was measured at the bedside to the network; pixels [H, W] in [0, 1], 0 = air.

    Raises: ReaderFailed: it broke off, or its answer is no number.
    """
    x = clinical_vector(vitals, study.age, study.patient.sex)[None].to(model.device)
    film = film_input(pixels, model.config.vision_config.image_size).to(model.device)
    try:
        with torch.inference_mode():
            feature_map, z, answered = model.look(film, x)
            logits = answered[0].tolist()
    except (RuntimeError, MemoryError) as wrong:
        raise ReaderFailed("The model failed on this film; a person will read it.") from wrong
    if not np.isfinite(logits).all():
        raise ReaderFailed("The model's answer to this film is no number; a person will read it.")
    return Seen(z, feature_map, logits)


def places_of(model: RadVlm, seen: Seen, probabilities: Mapping[str, float | None]) -> dict[str, np.ndarray]:
    """Draw where the network looked for each finding that is at least possible: a glow over nothing misleads.

    Returns: maps [h, w] in [0, 1] by the finding's code; a finding that no place speaks for has none.
    """
    possible = [code for code in LABELS if (probabilities[code] or 0.0) >= POSSIBLE_FROM]
    drawn = {code: activation(model, seen.feature_map, code) for code in possible}
    return {code: where for code, where in drawn.items() if where.any()}


def findings_of(
    probabilities: Mapping[str, float | None], places: Mapping[str, np.ndarray]
) -> tuple[Finding, ...]:
    """Say every finding with its probability; where the network looked, and the side when that is one side only."""
    return tuple(_finding(code, probabilities[code], places.get(code)) for code in LABELS)


def _finding(code: str, probability: float | None, where: np.ndarray | None) -> Finding:
    if where is None:
        return Finding(code, probability)
    return Finding(code, probability, None if code in MIDLINE else side_of(where), region_of(where))
