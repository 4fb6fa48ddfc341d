import threading
import time
from pathlib import Path

import pytest

from dashboard import simulating
from dashboard.simulating import AT_ONCE, SimulationFailed

ROOM = [
    "--traffic",
    "0.8",
    "--prevalence",
    "0.1",
    "--sensitivity",
    "0.9",
    "--specificity",
    "0.9",
    "--read-minutes",
    "10",
]
LONG = [*ROOM, "--studies", "1000000"]
PATIENCE_S = 60


@pytest.fixture(autouse=True)
def none_left():
    yield
    for run_id in list(simulating._runs):
        simulating.cancel(run_id)


def finished(run_id):
    until = time.monotonic() + PATIENCE_S
    seen = []
    while (done := simulating.progress(run_id)) is not None and time.monotonic() < until:
        seen.append(done)
        time.sleep(0.05)
    return seen


def test_a_simulation_runs_beside_tells_its_progress_and_answers_once():
    run_id = simulating.start([*ROOM, "--studies", "20000", "--trials", "8"], {})
    folder = simulating._runs[run_id].folder.name
    seen = finished(run_id)
    found = simulating.answer(run_id)
    assert found["outcomes"][0]["n"] == 160_000
    assert seen == sorted(seen)
    with pytest.raises(SimulationFailed, match="is gone"):
        simulating.answer(run_id)
    assert not Path(folder).exists()


def test_it_is_given_files_by_name():
    run_id = simulating.start(["--traffic", "0.5", "--classes", "c.toml"], {"c.toml": "groups = 1"})
    finished(run_id)
    with pytest.raises(SimulationFailed, match="The classes know no key groups"):
        simulating.answer(run_id)


def test_bad_arguments_end_in_a_sentence():
    run_id = simulating.start(["--traffic", "much"], {})
    finished(run_id)
    with pytest.raises(SimulationFailed, match="invalid float value"):
        simulating.answer(run_id)


def test_a_cancelled_one_is_gone_with_its_process():
    run_id = simulating.start(LONG, {})
    process = simulating._runs[run_id].process
    simulating.cancel(run_id)
    assert process.poll() is not None
    assert simulating.progress(run_id) is None
    simulating.cancel(run_id)  # twice does no harm


def test_no_more_than_a_few_run_at_once():
    for _ in range(AT_ONCE):
        simulating.start(LONG, {})
    with pytest.raises(SimulationFailed, match="run already"):
        simulating.start(LONG, {})


def test_an_answer_waits_for_its_screen_while_others_start_theirs():
    mine = simulating.start([*ROOM, "--studies", "500", "--trials", "2"], {})
    finished(mine)
    for _ in range(AT_ONCE):  # what is done takes nobody's turn
        simulating.start(LONG, {})
    assert simulating.answer(mine)["outcomes"][0]["n"] == 1000


def test_one_that_nobody_waits_for_is_ended_by_the_clock(monkeypatch):
    monkeypatch.setattr(simulating, "LONGEST_S", 0.5)
    run_id = simulating.start(LONG, {})
    process, folder = simulating._runs[run_id].process, Path(simulating._runs[run_id].folder.name)
    until = time.monotonic() + PATIENCE_S
    while folder.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert process.poll() is not None
    assert not folder.exists()
    assert simulating._runs == {}


def test_the_progress_of_what_is_being_ended_can_be_asked():
    for _ in range(20):
        run_id = simulating.start(LONG, {})
        ending = threading.Thread(target=simulating.cancel, args=(run_id,))
        ending.start()
        while simulating.progress(run_id) is not None:
            pass
        ending.join()


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux shows what a process knows")
def test_a_simulation_knows_no_secret_of_the_server(monkeypatch):
    monkeypatch.setenv("FIRSTREAD_COOKIE_SECRET", "s" * 32)
    monkeypatch.setenv("FIRSTREAD_OWNER_URL", "postgresql://owner@db/firstread")
    run_id = simulating.start(LONG, {})
    while "PYTHONPATH=" not in (known := _environment(run_id)):
        time.sleep(0.01)
    assert "COOKIE_SECRET" not in known
    assert "OWNER_URL" not in known
    assert "PATH=" in known


def _environment(run_id):
    return Path(f"/proc/{simulating._runs[run_id].process.pid}/environ").read_text("utf-8")
