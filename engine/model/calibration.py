"""How to read the scores of the shipped weights, and which answers to believe."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import WeightsMismatch
from engine.model.config import ABNORMAL, HEAD
from triage.finding import LABELS, POSSIBLE_FROM
from triage.urgency import NEGATIVE_BELOW

SHIPPED = Path(__file__).parents[1] / "weights" / "calibration.json"
UNCERTAIN = "uncertain on this film: it cannot be ruled out"
Curve = tuple[float, float]

REASSURING_BELOW = dict.fromkeys(HEAD, POSSIBLE_FROM) | {ABNORMAL: NEGATIVE_BELOW}
"""Below this probability an answer reassures: a finding is called unlikely, a film negative."""


@dataclass(frozen=True)
class Calibration:
    """Per answer of the head: slope and offset of the logistic curve, and when the reader abstains.

    It abstains twice. On every film from a finding that the held-out films cannot support (its curve is None). On one
    film from an answer that would reassure although conformal prediction cannot rule the finding out: of patients who
    have it, at most one in ten is told that it is unlikely. A probability that could raise an urgency is never held
    back, so the AI still only ever raises (ADR 0014).

    Attributes:
        absent_below: the logit under which a finding is ruled out; without one, no answer is held back.
        doubted: curves of the answers nobody is shown, for measuring them.
        why: why a finding is never assessed, in words.
    """

    curves: dict[str, Curve | None]
    absent_below: Mapping[str, float] = field(default_factory=dict)
    doubted: Mapping[str, Curve] = field(default_factory=dict)
    why: Mapping[str, str] = field(default_factory=dict)

    def probabilities(self, logits: Sequence[float]) -> dict[str, float | None]:
        """Turn the fifteen logits of one film into probabilities; None means not assessed."""
        believed = {}
        for name, score in zip(HEAD, logits, strict=True):
            curve = self.curves[name]
            believed[name] = None if curve is None or self._unsure(name, score) else _read(curve, score)
        return believed

    def doubtful(self, logits: Sequence[float]) -> dict[str, float]:
        """Turn logits into probabilities whether or not anyone should believe them; for measuring only."""
        return {
            name: _read(self.curves[name] or self.doubted.get(name, (1.0, 0.0)), score)
            for name, score in zip(HEAD, logits, strict=True)
        }

    def reasons(self, logits: Sequence[float]) -> dict[str, str]:
        """Say in words why each answer that is not given for this film is not given."""
        found = {}
        for name, score in zip(HEAD, logits, strict=True):
            if self.curves[name] is None:
                found[name] = self.why.get(name) or "too few films to judge"
            elif self._unsure(name, score):
                found[name] = UNCERTAIN
        return found

    def note(self, logits: Sequence[float]) -> str:
        """Put the reasons on one line: each reason once, with the findings it holds for; "" when all is answered."""
        grouped: dict[str, list[str]] = {}
        for name, reason in self.reasons(logits).items():
            grouped.setdefault(reason, []).append(LABELS.get(name, "Any pathology"))
        return " ".join(f"{', '.join(names)}: {reason}." for reason, names in grouped.items())

    def _unsure(self, name: str, score: float) -> bool:
        curve, floor = self.curves[name], self.absent_below.get(name, math.inf)
        return curve is not None and score >= floor and _read(curve, score) < REASSURING_BELOW[name]


def _read(curve: Curve, score: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, curve[0] * score + curve[1]))))


def load_calibration(path: Path = SHIPPED) -> Calibration:
    """Read the table that belongs to the delta.

    Raises: WeightsMismatch: it is missing, or does not speak about every answer of the head.
    """
    if not path.is_file():
        raise WeightsMismatch(
            "There is no calibration beside these weights; put the calibration.json they were written with into their folder."
        )
    return calibration_of(json.loads(path.read_text(encoding="utf-8")))


def calibration_of(table: Mapping[str, Mapping[str, Any]]) -> Calibration:
    """Turn a table of `engine.training.calibrate` into how scores are read.

    Raises: WeightsMismatch: it does not speak about every answer of the head.
    """
    if set(table) != set(HEAD):
        raise WeightsMismatch("The calibration does not speak about every finding; train the delta again.")
    floors = {name: row.get("absent_below") for name, row in table.items()}
    return Calibration(
        curves={n: (r["slope"], r["offset"]) if r["assessed"] else None for n, r in table.items()},
        absent_below={name: floor for name, floor in floors.items() if floor is not None},
        doubted={n: (r["slope"], r["offset"]) for n, r in table.items() if not r["assessed"]},
        why={n: r.get("why", "") for n, r in table.items() if not r["assessed"]},
    )
