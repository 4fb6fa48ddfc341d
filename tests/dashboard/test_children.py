"""Processes that belong together start, are watched, and end together."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from dashboard import children
from dashboard.children import ChildEnded

SLEEP = ["-c", "import time; print('here', flush=True); time.sleep(600)"]
STUBBORN = [
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True); time.sleep(600)",
]


def wait_until(reached, seconds=20):
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def begin(tmp_path):
    started = []

    def start(arguments, **environment):
        said = []
        child = children.start(f"child {len(started)}", arguments, environment, tmp_path, said.append)
        started.append(child)
        wait_until(lambda: "here" in said)
        return child

    yield start
    children.stop(started, patience_s=0.2)


def test_what_a_process_prints_is_heard_and_kept(begin):
    child = begin(SLEEP)
    assert child.log.read_text() == "here\n"
    assert child.log.name == "child-0-output.log"


def test_a_process_gets_what_it_needs_to_know(begin):
    child = begin(["-c", "import os; print(os.environ['WORD']); print('here', flush=True)"], WORD="canary")
    assert "canary" in child.log.read_text()


def test_ctrl_c_in_the_terminal_reaches_the_parent_alone(begin):
    assert os.getpgid(begin(SLEEP).process.pid) != os.getpgid(0)


def test_a_process_that_ended_is_named_with_its_log(begin):
    child = begin(["-c", "print('here', flush=True); raise SystemExit(3)"])
    child.process.wait(20)
    with pytest.raises(ChildEnded, match=r"child 0 ended by itself \(code 3\).*child-0-output.log"):
        child.check()


def test_stopping_ends_the_willing_and_the_stubborn(begin):
    willing, stubborn = begin(SLEEP), begin(STUBBORN)
    children.stop([willing, stubborn], patience_s=1.0)
    assert willing.process.returncode == -signal.SIGTERM
    assert stubborn.process.returncode == -signal.SIGKILL


def test_a_child_ends_when_its_parent_is_killed(tmp_path):
    follower = "from dashboard.children import follow_parent; import time; follow_parent(); print('here', flush=True); time.sleep(600)"
    parent = (
        "import sys, time; from pathlib import Path; from dashboard import children;"
        f"said = []; child = children.start('follower', ['-c', {follower!r}], {{}}, Path(sys.argv[1]), said.append)\n"
        "while not said: time.sleep(0.05)\n"
        "print(child.process.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", parent, str(tmp_path)], cwd=children.ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        pid = int(process.stdout.readline())
        process.kill()
    wait_until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
