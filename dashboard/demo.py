"""`firstread demo`: the whole house on this machine, with invented patients, until Ctrl-C."""

import argparse
import os
import secrets
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from dashboard import children, demo_home, logbook, provider, wiring
from dashboard.children import Child, ChildEnded
from dashboard.console import Console
from dashboard.serve import check_port
from dashboard.settings import Settings, SettingsError
from dashboard.worker import MODEL, READY
from db import embedded, health, migrate
from db.connection import Database

if TYPE_CHECKING:
    from dashboard.demo_seed import PatientDoor

HOST = "127.0.0.1"
PROVIDER_WITHIN_S, WEB_WITHIN_S = 60.0, 120.0
DATABASE_EVERY = 10  # rounds of watching
SIMULATED = "simulated"
_REAL = (
    "FIRSTREAD_DATABASE_URL",
    "FIRSTREAD_FILES_URL",
    "FIRSTREAD_OIDC_METADATA_URL",
    "FIRSTREAD_OIDC_CLIENT_ID",
    "FIRSTREAD_OIDC_CLIENT_SECRET",
)
"""What a real installation sets and a demo must not find."""


def run(asked: argparse.Namespace, console: Console) -> int:
    """Set up, start and watch the demo.

    Returns: 0 after Ctrl-C.
    Raises: SettingsError: this environment or this home belongs to a real installation, or the port is taken.
        ChildEnded, DatabaseUnavailable: one of the processes ended by itself; the others are stopped.
    """
    for name in _REAL:
        if os.environ.get(name, "").strip():
            raise SettingsError(
                f"{name} is set, and a demo never runs beside a real installation; unset it first."
            )
    home = Settings.from_environment().home
    check_port(HOST, asked.port)
    with demo_home.alone(home), _interruptible():
        demo_home.claim(home)
        logbook.open_log(home, "demo")
        demo = _Demo(home, asked.port, asked.films, console)
        try:
            demo.start()
            demo.introduce(open_browser=not asked.no_browser)
            demo.watch()
        except KeyboardInterrupt:
            console.progress("Stopping.")
        finally:
            demo.stop()
    return 0


@contextmanager
def _interruptible() -> Iterator[None]:
    """Take a request to end, and a closed terminal, like Ctrl-C."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    with ExitStack() as back:
        for number in (signal.SIGTERM, signal.SIGHUP):
            back.callback(signal.signal, number, signal.signal(number, interrupt))
        yield


@dataclass
class _Demo:
    home: Path
    port: int
    films: Path | None
    console: Console
    began_at: float = field(default_factory=time.monotonic)
    started: list[Child] = field(default_factory=list)
    door: "PatientDoor | None" = None
    _server: embedded.Embedded | None = None
    _worker_ready: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    # ── start ─────────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """Start everything; what does not wait for something else starts first."""
        signs_in = self._start_provider()
        self.console.progress("Database: starting PostgreSQL")
        self._server = embedded.start(self.home)
        migrate.upgrade(self._server.owner_url)
        environment = {
            "FIRSTREAD_HOME": str(self.home),
            "FIRSTREAD_DEMO": "1",
            "FIRSTREAD_URL": self.url,
            "FIRSTREAD_DATABASE_URL": self._server.app_url,
            "FIRSTREAD_COOKIE_SECRET": secrets.token_urlsafe(48),
            "HF_HUB_OFFLINE": "1",
        }
        self.console.progress("Worker: making the model ready")
        self._start("worker", ["-m", "firstread", "worker"], environment, self._worker_said)
        environment |= self._registered(signs_in)
        self.console.progress("Web server: starting")
        self._start("web server", ["-m", "firstread", "serve", "--port", str(self.port)], environment)
        self._fill(Settings.from_environment(environment))
        self._wait(lambda: _answers(f"{self.url}/healthz"), WEB_WITHIN_S, "The web server does not answer.")

    def _start_provider(self) -> int:
        port = _free_port()
        arguments = ["-m", "dashboard.provider", str(port), self._redirect_uri]
        self._start("sign-in provider", arguments, {"FIRSTREAD_DEMO": "1"})
        return port

    @property
    def _redirect_uri(self) -> str:
        return f"{self.url}/oauth2callback"

    def _registered(self, signs_in: int) -> dict[str, str]:
        metadata = provider.metadata_url(signs_in)
        self._wait(lambda: _answers(metadata), PROVIDER_WITHIN_S, "The sign-in provider does not answer.")
        client_id, client_secret = provider.register(signs_in, self._redirect_uri)
        return {
            "FIRSTREAD_OIDC_METADATA_URL": metadata,
            "FIRSTREAD_OIDC_CLIENT_ID": client_id,
            "FIRSTREAD_OIDC_CLIENT_SECRET": client_secret,
        }

    def _start(
        self,
        name: str,
        arguments: list[str],
        environment: dict[str, str],
        said: Callable[[str], None] = lambda _line: None,
    ) -> None:
        self.started.append(children.start(name, arguments, environment, self.home, said))

    def _worker_said(self, line: str) -> None:
        if line.startswith((MODEL, READY)):
            self.console.progress(line)
        if line.startswith(READY):
            self._worker_ready.set()

    # ── fill ──────────────────────────────────────────────────────────────────────────────────────────

    def _fill(self, settings: Settings) -> None:
        # Imported while the worker loads its model: the second start has to be quick.
        from dashboard import demo_seed
        from engine.simulated.studies import demo_studies, folder_studies

        database = wiring.open_database(settings)
        try:
            house = wiring.open_house(settings, database)
            source = str(self.films.resolve()) if self.films else SIMULATED
            if not demo_home.seeded(self.home, source):
                self.console.progress(
                    "Studies: simulating films" if self.films is None else "Studies: reading films"
                )
                cache = self.home / "demo"
                studies = folder_studies(self.films) if self.films else demo_studies(cache, self._film_made)
                outcomes = demo_seed.seed(house, studies, self.console.progress)
                for sentence in demo_seed.not_taken(outcomes):
                    self.console.progress(sentence)
                demo_home.mark_seeded(self.home, source)
            self.door = demo_seed.patient_door(house)
        finally:
            database.close()

    def _film_made(self, done: int, of: int) -> None:
        if done % 6 == 0 or done == of:
            self.console.progress(f"Studies: {done} of {of} films simulated")

    # ── run ───────────────────────────────────────────────────────────────────────────────────────────

    def introduce(self, *, open_browser: bool) -> None:
        """Say where it is and who can sign in."""
        seconds = round(time.monotonic() - self.began_at, 1)
        accounts = [{"subject": p.subject, "name": p.name, "roles": sorted(p.roles)} for p in provider.PEOPLE]
        patient = (
            {"url": self.url + self.door.path, "birth_date": self.door.birth_date} if self.door else None
        )
        lines = [f"Firstread is ready after {seconds} s: {self.url}", "DEMO: invented patients. Sign in as"]
        lines += [f"  {p.subject:<16} {p.name:<18} {', '.join(sorted(p.roles))}" for p in provider.PEOPLE]
        if patient:
            lines += ["A patient's page:", f"  {patient['url']}", f"  birth date {patient['birth_date']}"]
        ready = {"url": self.url, "accounts": accounts, "patient": patient, "seconds": seconds}
        if not self._worker_ready.is_set():
            lines.append("The worker still makes the model ready; studies are read as soon as it is.")
        self.console.answer(ready, "\n".join([*lines, "Ctrl-C stops everything."]))
        if open_browser and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            webbrowser.open(self.url)

    def watch(self) -> None:
        """Stay until somebody ends it, or a process does by itself.

        Raises: ChildEnded: with the process and its log. DatabaseUnavailable: the database ended.
        """
        assert self._server is not None
        database = Database(self._server.app_url)
        try:
            while True:
                health.check(database)
                for _ in range(DATABASE_EVERY):
                    self._check()
                    time.sleep(0.5)
        finally:
            database.close()

    def stop(self) -> None:
        """Stop every process, then the database; a second Ctrl-C does not hinder it."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        children.stop(self.started[::-1])
        if self._server is not None:
            self._server.stop()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def _check(self) -> None:
        for child in self.started:
            child.check()

    def _wait(self, reached: Callable[[], bool], within_s: float, otherwise: str) -> None:
        deadline = time.monotonic() + within_s
        while not reached():
            self._check()
            if time.monotonic() > deadline:
                raise ChildEnded(f"{otherwise} The logs are in {self.home / 'log'}.")
            time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - always loopback
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
