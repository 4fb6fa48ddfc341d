"""What the environment says about the model, read once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PRECISIONS = ("auto", "nf4", "bf16", "fp32")
DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True)
class Settings:
    """Which weights read, on what, and how wide.

    `model` is a local directory in the transformers layout; None means the embedded default.
    """

    model: Path | None = None
    device: str = "auto"
    precision: str = "auto"
    max_new_tokens: int = 160

    def __post_init__(self) -> None:
        if self.device not in DEVICES:
            raise ValueError(f"FIRSTREAD_DEVICE is {self.device!r}; set it to one of {', '.join(DEVICES)}.")
        if self.precision not in PRECISIONS:
            raise ValueError(
                f"FIRSTREAD_PRECISION is {self.precision!r}; set it to one of {', '.join(PRECISIONS)}."
            )
        if self.model is not None and not self.model.is_dir():
            raise ValueError(
                "FIRSTREAD_MODEL names no directory; give the local folder of a model, or unset it."
            )


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings of the model.

    Raises: ValueError: a variable has a value nobody knows; the sentence names it.
    """
    model = environment.get("FIRSTREAD_MODEL")
    return Settings(
        model=Path(model).expanduser() if model else None,
        device=environment.get("FIRSTREAD_DEVICE", "auto"),
        precision=environment.get("FIRSTREAD_PRECISION", "auto"),
    )
