"""`firstread demo` refuses what is real, starts everything, and leaves nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from consent.audit import verify
from dashboard import cli, demo_home, provider
from dashboard.children import ROOT
from db.audit_trail import PgAuditTrail
from db.connection import Database
from db.embedded import start

SECOND_START_S = 15.0
FIRST_START_S = 280.0


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in ("DATABASE_URL", "FILES_URL", "OIDC_METADATA_URL", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"):
        monkeypatch.delenv(f"FIRSTREAD_{name}", raising=False)
    monkeypatch.setenv("FIRSTREAD_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# ── what it refuses ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FIRSTREAD_DATABASE_URL", "postgresql://app@db.example/firstread"),
        ("FIRSTREAD_FILES_URL", "s3://films"),
        ("FIRSTREAD_OIDC_METADATA_URL", "https://id.example/.well-known/openid-configuration"),
        ("FIRSTREAD_OIDC_CLIENT_ID", "firstread"),
        ("FIRSTREAD_OIDC_CLIENT_SECRET", "hush"),
    ],
)
def test_beside_a_real_database_or_provider_it_does_not_start(home, monkeypatch, capsys, name, value):
    monkeypatch.setenv(name, value)
    assert cli.main(["demo", "--no-browser"]) == 1
    assert capsys.readouterr().err.startswith(name)
    assert not home.exists()


def test_a_real_installations_folder_is_refused(home, capsys):
    (home / "postgres").mkdir(parents=True)
    assert cli.main(["demo", "--no-browser", "--port", str(free_port())]) == 1
    assert "real installation" in capsys.readouterr().err


def test_a_taken_port_is_a_sentence_and_nothing_is_started(home, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert cli.main(["demo", "--no-browser", "--port", str(taken.getsockname()[1])]) == 1
    assert "give another --port" in capsys.readouterr().err
    assert not home.exists()


def test_a_second_demo_in_the_same_folder_is_refused(home, capsys):
    with demo_home.alone(home):
        # Another process would hold the lock; within this one a second handle does.
        assert cli.main(["demo", "--no-browser", "--port", str(free_port())]) == 1
    assert "already running" in capsys.readouterr().err


# ── the whole of it, with the real model ──────────────────────────────────────────────────────────────


@pytest.fixture
def roomy_home(monkeypatch):
    """A home outside pytest's own folders, which are closed to the database's user; a model made before is used."""
    made_before = Path(os.environ.get("FIRSTREAD_HOME", "/nonexistent")) / "model"
    with tempfile.TemporaryDirectory(prefix="firstread-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        if made_before.is_dir():
            (home / "model").symlink_to(made_before)
        monkeypatch.setenv("FIRSTREAD_HOME", str(home))
        yield home


def begin(port, within_s):
    """Start a demo and wait for what it says when it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", "firstread", "demo", "--no-browser", "--json", "--port", str(port)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    deadline = time.monotonic() + within_s
    line = process.stdout.readline()
    assert time.monotonic() < deadline
    if not line:
        raise AssertionError(process.communicate()[1])
    return process, json.loads(line)


def get(url):
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.status, answer.read().decode()


def left_behind(home):
    """Processes that still work for this home."""
    found = []
    for process in psutil.process_iter(["pid", "cmdline"]):
        try:
            if str(home) in " ".join(process.info["cmdline"] or []) or process.environ().get(
                "FIRSTREAD_HOME"
            ) == str(home):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return [p for p in found if p.pid != os.getpid() and p.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.slow
def test_it_starts_stops_starts_again_quickly_and_ends_when_a_process_dies(roomy_home):
    port = free_port()
    process, ready = begin(port, FIRST_START_S)
    try:
        assert ready["url"] == f"http://127.0.0.1:{port}"
        assert [a["subject"] for a in ready["accounts"]] == [p.subject for p in provider.PEOPLE]
        assert get(f"{ready['url']}/healthz")[0] == 200
        status, page = get(ready["patient"]["url"])
        assert status == 200
        assert "DEMO" in page
        listening = {
            c.laddr.ip
            for c in psutil.net_connections("tcp")
            if c.status == psutil.CONN_LISTEN and c.laddr.port == port
        }
        assert listening == {"127.0.0.1"}
        assert demo_home.is_demo_home(roomy_home)
    finally:
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "24 of 24 taken in" in said
    assert "Traceback" not in said
    assert left_behind(roomy_home) == []

    process, ready = begin(port, FIRST_START_S)
    web = next(p for p in psutil.Process(process.pid).children() if "serve" in p.cmdline())
    web.kill()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "The web server ended by itself" in said
    assert "simulating" not in said
    assert left_behind(roomy_home) == []
    assert ready["seconds"] < SECOND_START_S

    server = start(roomy_home)
    database = Database(server.app_url)
    try:
        assert verify(PgAuditTrail(database).chain()).events > 50
    finally:
        database.close()
        server.stop()
