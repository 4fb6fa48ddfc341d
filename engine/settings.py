"""What the environment says about the model, read once."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from triage.levels import SHIPPED, Levels

PRECISIONS = ("auto", "nf4", "bf16", "fp32")
DEVICES = ("auto", "cpu", "cuda")
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class Settings:
    """Which weights read, on what, and how wide.

    `model` is a local directory in the transformers layout, `model_url` the address of a server; with neither, the
    embedded model reads and nothing is contacted. `sha256` is the fingerprint the directory must have. `calibration`
    names the file that makes a general model's answers believable; without it the one beside the model is looked for.
    `delta` is the folder of weights that this house taught the embedded model; None means those that Firstread ships.
    `levels` is the site's table of levels, for the reasons that a draft keeps.
    """

    model: Path | None = None
    device: str = "auto"
    precision: str = "auto"
    max_new_tokens: int = 160
    sha256: str | None = None
    calibration: Path | None = None
    model_url: str | None = None
    model_name: str | None = None
    model_key: str | None = field(default=None, repr=False)
    delta: Path | None = None
    levels: Levels = field(default=SHIPPED, repr=False)

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
        if self.delta is not None and not self.delta.is_dir():
            raise ValueError(
                "FIRSTREAD_DELTA names no directory; give the folder that `firstread train` wrote."
            )
        if self.sha256 is not None and not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise ValueError("FIRSTREAD_MODEL_SHA256 is no sha256; give 64 digits and letters a to f.")
        if self.model_url is not None:
            if self.model is not None:
                raise ValueError("FIRSTREAD_MODEL and FIRSTREAD_MODEL_URL are both set; unset one of them.")
            _check_url(self.model_url)
        if self.model_key is not None and not re.fullmatch(r"[!-~]+", self.model_key):
            raise ValueError("FIRSTREAD_MODEL_KEY holds a character no key has; give it on one plain line.")


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings of the model.

    Raises: ValueError: a variable has a value nobody knows; the sentence names it.
    """
    said = {name: text.strip() for name, text in environment.items() if text.strip()}
    model, calibration = said.get("FIRSTREAD_MODEL"), said.get("FIRSTREAD_MODEL_CALIBRATION")
    delta = said.get("FIRSTREAD_DELTA")
    return Settings(
        model=Path(model).expanduser() if model else None,
        device=said.get("FIRSTREAD_DEVICE", "auto"),
        precision=said.get("FIRSTREAD_PRECISION", "auto"),
        sha256=said.get("FIRSTREAD_MODEL_SHA256"),
        calibration=Path(calibration).expanduser() if calibration else None,
        model_url=said.get("FIRSTREAD_MODEL_URL"),
        model_name=said.get("FIRSTREAD_MODEL_NAME"),
        model_key=_key(said),
        delta=Path(delta).expanduser() if delta else None,
    )


def _check_url(url: str) -> None:
    """Films go to this address: it must be one, plain, and behind TLS unless it is this machine."""
    try:
        parts = urlsplit(url)
        plain = not (parts.username or parts.password or parts.query or parts.fragment)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and plain
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("FIRSTREAD_MODEL_URL is no plain address like https://models.example/v1.")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError("FIRSTREAD_MODEL_URL leaves this machine without TLS; give an https:// address.")


def _key(said: Mapping[str, str]) -> str | None:
    path = said.get("FIRSTREAD_MODEL_KEY_FILE")
    if path is None:
        return said.get("FIRSTREAD_MODEL_KEY")
    try:
        return Path(path).expanduser().read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError) as missing:
        raise ValueError("FIRSTREAD_MODEL_KEY_FILE names no file that can be read.") from missing
