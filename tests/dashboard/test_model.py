"""The model is loaded by whoever reads, and a setting nobody knows is named."""

import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.model import load_model
from dashboard.settings import SettingsError
from triage.errors import ReaderFailed

ROOT = Path(__file__).parents[2]


def test_a_folder_without_a_model_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("FIRSTREAD_MODEL", str(tmp_path))
    with pytest.raises(ReaderFailed, match=r"config\.json"):
        load_model(tmp_path, lambda _said: None)


@pytest.mark.parametrize("name", ["FIRSTREAD_DEVICE", "FIRSTREAD_PRECISION"])
def test_a_setting_nobody_knows_is_named(tmp_path, monkeypatch, name):
    monkeypatch.setenv(name, "abacus")
    with pytest.raises(SettingsError, match=name):
        load_model(tmp_path, lambda _said: None)


def test_torch_is_imported_only_when_a_model_is_asked_for():
    script = "import sys, dashboard.model, dashboard.worker, dashboard.demo; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False, timeout=60).returncode == 0
