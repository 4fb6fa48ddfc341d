"""The built viewer is committed; here it is built again from its sources and its lock file, and compared."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

VIEWER = Path(__file__).parents[3] / "dashboard/widgets/viewer"
NPM, CI = shutil.which("npm"), os.environ.get("CI") == "true"
MOST_BYTES = 4_000_000


def test_the_viewer_is_not_larger_than_it_may_be():
    assert (VIEWER / "built/whole.js").stat().st_size < MOST_BYTES


@pytest.mark.slow
def test_the_committed_viewer_is_what_its_sources_make(tmp_path: Path):
    if NPM is None:
        (pytest.fail if CI else pytest.skip)("npm is not installed, so the viewer cannot be built again")
    copy = tmp_path / "viewer"
    shutil.copytree(VIEWER, copy, ignore=shutil.ignore_patterns("node_modules", "built"))
    fetched = run(copy, "ci", "--ignore-scripts", "--prefer-offline", "--fetch-retries=0")
    if fetched.returncode and not CI:
        pytest.skip("npm cannot fetch the packages of the viewer; is this machine offline?")
    assert fetched.returncode == 0, fetched.stderr[-2000:]
    built = run(copy, "run", "build")
    assert built.returncode == 0, built.stderr[-2000:]
    for name in ("whole.js", "viewer.js", "viewer.css", "LICENCES.txt"):
        same = (copy / "built" / name).read_bytes() == (VIEWER / "built" / name).read_bytes()
        assert same, f"built/{name} is not what src/ makes; run `make viewer` and commit what it writes"


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(NPM), *command], check=False, cwd=folder, capture_output=True, text=True, timeout=120
    )
