"""How to read the scores of the shipped weights, and which answers to believe."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import WeightsMismatch
from engine.model.config import HEAD

SHIPPED = Path(__file__).parents[1] / "weights" / "calibration.json"


@dataclass(frozen=True)
class Calibration:
    """Per answer of the head: slope and offset of the logistic curve, None where the reader abstains."""

    curves: dict[str, tuple[float, float] | None]

    def probabilities(self, logits: Sequence[float]) -> dict[str, float | None]:
        """Turn the fifteen logits of one film into probabilities; None means not assessed."""
        return {name: self._probability(name, score) for name, score in zip(HEAD, logits, strict=True)}

    def _probability(self, name: str, score: float) -> float | None:
        curve = self.curves[name]
        if curve is None:
            return None
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, curve[0] * score + curve[1]))))


def load_calibration(path: Path = SHIPPED) -> Calibration:
    """Read the table that belongs to the delta.

    Raises: WeightsMismatch: it is missing, or does not speak about every answer of the head.
    """
    if not path.is_file():
        raise WeightsMismatch("There is no calibration beside the delta; check out the whole repository.")
    table = json.loads(path.read_text(encoding="utf-8"))
    if set(table) != set(HEAD):
        raise WeightsMismatch("The calibration does not speak about every finding; train the delta again.")
    return Calibration({n: (r["slope"], r["offset"]) if r["assessed"] else None for n, r in table.items()})
