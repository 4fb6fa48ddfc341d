"""The real model, made ready once for the whole run."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_reader(tmp_path_factory):
    from engine.reader import load_reader
    from engine.settings import Settings

    home = os.environ.get("FIRSTREAD_HOME")
    cache = Path(home) / "model" if home else tmp_path_factory.mktemp("models")
    return load_reader(Settings(), cache, lambda _step, _share: None)
