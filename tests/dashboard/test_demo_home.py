"""A demo and a real installation never share a folder."""

import subprocess
import sys

import pytest

from dashboard import demo_home
from dashboard.children import ROOT
from dashboard.settings import SettingsError


def test_an_empty_folder_becomes_a_demo_and_stays_one(tmp_path):
    home = tmp_path / "new"
    assert not demo_home.is_demo_home(home)
    demo_home.claim(home)
    demo_home.claim(home)
    assert demo_home.is_demo_home(home)


@pytest.mark.parametrize("holds", ["postgres", "files"])
def test_a_real_installation_is_refused_and_untouched(tmp_path, holds):
    (tmp_path / holds).mkdir()
    with pytest.raises(SettingsError, match="real installation"):
        demo_home.claim(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == [holds]


def test_a_folder_with_a_model_and_logs_alone_is_no_installation(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "log").mkdir()
    demo_home.claim(tmp_path)
    assert demo_home.is_demo_home(tmp_path)


def test_it_is_remembered_which_films_are_in(tmp_path):
    demo_home.claim(tmp_path)
    assert not demo_home.seeded(tmp_path, "simulated")
    demo_home.mark_seeded(tmp_path, "simulated")
    demo_home.mark_seeded(tmp_path, "/films")
    assert demo_home.seeded(tmp_path, "simulated")
    assert demo_home.seeded(tmp_path, "/films")
    assert not demo_home.seeded(tmp_path, "/others")


def test_a_second_demo_in_the_same_folder_is_refused(tmp_path):
    script = (
        "import sys; from pathlib import Path; from dashboard import demo_home\n"
        "with demo_home.alone(Path(sys.argv[1])): print('in')"
    )
    with demo_home.alone(tmp_path):
        second = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path)],
            cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert "already running" in second.stderr
    with demo_home.alone(tmp_path):
        pass
