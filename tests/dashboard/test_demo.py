"""`firstread demo` refuses what is real, starts everything, and leaves nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
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


class Demo:
    """A running demo, and what it says."""

    def __init__(self, port):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "firstread", "demo", "--no-browser", "--json", "--port", str(port)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.lines = []
        self.listener = threading.Thread(target=lambda: self.lines.extend(self.process.stderr), daemon=True)
        self.listener.start()
        line = self.process.stdout.readline()
        assert line, self.said
        self.ready = json.loads(line)

    @property
    def said(self):
        return "".join(self.lines)

    def wait_for(self, words):
        deadline = time.monotonic() + FIRST_START_S
        while words not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.1)

    def end(self):
        code = self.process.wait(60)
        self.listener.join(10)
        self.process.stdout.close()
        self.process.stderr.close()
        return code


def get(url):
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.status, answer.read().decode()


def listening(port):
    """The addresses at which somebody takes connections on this port."""
    found = psutil.net_connections("tcp")
    return {c.laddr.ip for c in found if c.status == psutil.CONN_LISTEN and c.laddr.port == port}


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
    demo = Demo(port)
    try:
        assert demo.ready["url"] == f"http://127.0.0.1:{port}"
        assert [a["subject"] for a in demo.ready["accounts"]] == [p.subject for p in provider.PEOPLE]
        assert get(f"{demo.ready['url']}/healthz")[0] == 200
        status, page = get(demo.ready["patient"]["url"])
        assert status == 200
        assert "DEMO" in page
        assert listening(port) == {"127.0.0.1"}
        assert demo_home.is_demo_home(roomy_home)
        demo.wait_for("The worker is ready, with the model loaded")
    finally:
        demo.process.send_signal(signal.SIGTERM)
        code = demo.end()
    assert code == 0, demo.said
    assert "24 of 24 taken in" in demo.said
    assert "Traceback" not in demo.said
    assert left_behind(roomy_home) == []

    demo = Demo(port)
    web = next(p for p in psutil.Process(demo.process.pid).children() if "serve" in p.cmdline())
    web.kill()
    assert demo.end() == 1
    assert "The web server ended by itself" in demo.said
    assert "simulating" not in demo.said
    assert left_behind(roomy_home) == []
    busy = max(
        1.0, os.getloadavg()[0] / (os.cpu_count() or 1)
    )  # the promise is for a machine that does little else
    assert demo.ready["seconds"] < SECOND_START_S * busy

    server = start(roomy_home)
    database = Database(server.app_url)
    try:
        assert verify(PgAuditTrail(database).chain()).events > 50
    finally:
        database.close()
        server.stop()
