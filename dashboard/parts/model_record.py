"""What was written down when the weights were made: figures beside them, never the weights themselves."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import engine
from engine.settings import from_environment

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


def load(folder: Path | None = None) -> ModelRecord:
    """Read the papers beside the weights this house reads with; figures of other weights than these are none of theirs.

    Args:
        folder: of the weights; None for those the environment names. A model of others has its papers elsewhere.
    """
    folder = folder or _in_use()
    if folder is None:
        return ModelRecord()
    card, run = folder / "MODEL_CARD.md", _json(folder / "run.json")
    evaluation, passport = (
        {} if found.get("delta_sha256") != run.get("delta_sha256") else found
        for found in (_json(folder / "evaluation.json"), _json(folder / "passport.json"))
    )
    return ModelRecord(
        run=run,
        evaluation=evaluation,
        calibration=_json(folder / "calibration.json"),
        passport=passport,
        card=card.read_text(encoding="utf-8") if card.is_file() else "",
    )


def _in_use() -> Path | None:
    try:
        wanted = from_environment()
    except ValueError:  # whoever reads says which variable is wrong; there are no papers to show for it
        return None
    return None if wanted.model_url else wanted.model or wanted.delta or WEIGHTS


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found
