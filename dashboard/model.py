"""The model for whoever reads on this machine; torch is imported only when it is asked for."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.settings import SettingsError, site_levels

if TYPE_CHECKING:
    from engine.general import GeneralReader
    from engine.reader import FilmReader


def load_model(home: Path, progress: Callable[[str], None]) -> "FilmReader | GeneralReader":
    """Make whichever model the environment names ready under the home folder, once, and load it.

    Raises: SettingsError: a variable has a value nobody knows. ReaderFailed: the weights are missing, altered or
        unsafe.
    """
    from transformers.utils.logging import disable_progress_bar

    from engine import settings
    from engine.reader import load_reader

    disable_progress_bar()  # type: ignore[no-untyped-call]

    try:
        levels = site_levels(home, os.environ.get("FIRSTREAD_LEVELS"))
        wanted = replace(settings.from_environment(), levels=levels)
    except ValueError as unknown:
        raise SettingsError(str(unknown)) from unknown
    return load_reader(wanted, home / "model", lambda step, done: progress(f"{step} ({done:.0%})"))
