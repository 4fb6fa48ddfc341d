"""Where a stopped stage of training goes on."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn


class Checkpoint:
    """The latest state of one stage; a state of other settings is not gone on from.

    `losses` are those so far, `minutes` the time they took up to the last save, over all processes.
    """

    def __init__(self, folder: Path, stage: str, settings: Any) -> None:
        self._folder, self._stage, self._settings = folder, stage, asdict(settings)
        kept = json.loads(self._record.read_text(encoding="utf-8")) if self._record.exists() else {}
        self.found = kept.get("settings") == self._settings
        self.losses: list[Any] = kept["losses"] if self.found else []
        self.minutes = float(kept.get("minutes", 0.0)) if self.found else 0.0
        self._since = time.monotonic()

    @property
    def _record(self) -> Path:
        return self._folder / f"{self._stage}.json"

    def restore(
        self, model: nn.Module, optimizer: torch.optim.Optimizer, schedule: Any, *, strict: bool
    ) -> None:
        """Put back what was saved; nothing when there is none."""
        if not self.found:
            return
        model.load_state_dict(load_file(self._folder / f"{self._stage}.safetensors"), strict=strict)
        state = torch.load(self._folder / f"{self._stage}.state.pt", weights_only=True)
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])

    def save(self, weights: Mapping[str, Tensor], optimizer: torch.optim.Optimizer, schedule: Any) -> None:
        """Keep weights and progress; the record is written last, so that it never speaks of weights not yet there."""
        self._folder.mkdir(parents=True, exist_ok=True)
        now = time.monotonic()
        self.minutes, self._since = round(self.minutes + (now - self._since) / 60, 2), now
        part = self._folder / f"{self._stage}.part"
        save_file({name: value.contiguous() for name, value in weights.items()}, part)
        part.rename(self._folder / f"{self._stage}.safetensors")
        state = {"optimizer": optimizer.state_dict(), "schedule": schedule.state_dict()}
        torch.save(state, self._folder / f"{self._stage}.state.pt")
        about = {"settings": self._settings, "losses": self.losses, "minutes": self.minutes}
        self._record.write_text(json.dumps(about), encoding="utf-8")
