"""What was written down when the weights were made: figures beside them, never the weights themselves."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import engine

WEIGHTS = Path(engine.__file__).parent / "weights"


@dataclass(frozen=True)
class ModelRecord:
    """The papers of the weights this house reads with; what is missing is empty.

    `run` is the record of the training, `calibration` says per label how to read its score and whether to believe it,
    `evaluation` how well they find on films of known truth, `passport` what each width of the weights costs, `card` is
    the model card.
    """

    run: dict[str, Any] = field(default_factory=dict)
    calibration: dict[str, Any] = field(default_factory=dict)
    evaluation: dict[str, Any] = field(default_factory=dict)
    passport: dict[str, Any] = field(default_factory=dict)
    card: str = ""

    @property
    def answered(self) -> list[str]:
        """The labels that are shown as a probability."""
        return [name for name, row in self.calibration.items() if row["assessed"]]

    def losses(self, stage: str) -> dict[str, list[float | None]]:
        """The curves of one stage, by what they measure; the tower keeps one curve only."""
        kept = self.run.get(f"{stage}_losses") or {}
        return kept if isinstance(kept, dict) else {"total": kept}


def load(folder: Path = WEIGHTS) -> ModelRecord:
    """Read the papers beside the weights; an evaluation of other weights than these is none of theirs."""
    card, run, evaluation = (
        folder / "MODEL_CARD.md",
        _json(folder / "run.json"),
        _json(folder / "evaluation.json"),
    )
    ours = evaluation.get("delta_sha256") == run.get("delta_sha256")
    return ModelRecord(
        run=run,
        evaluation=evaluation if ours else {},
        calibration=_json(folder / "calibration.json"),
        passport=_json(folder / "passport.json"),
        card=card.read_text(encoding="utf-8") if card.is_file() else "",
    )


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found
