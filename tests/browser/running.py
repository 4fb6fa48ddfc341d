"""The whole of Firstread as its users meet it: a provider, a database and a web server, each a process of its own."""

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from joserfc import jwt
from joserfc.jwk import OctKey
from playwright.sync_api import Page

from consent.record import PatientId, Purpose
from dashboard import boot, intake, provider, wiring
from dashboard.settings import Settings
from db.connection import Database
from db.sign_in_store import SignInStore
from tests.builders import a_consent, an_event
from tests.fakes import ScriptedReader
from tests.films import a_film, a_heatmap
from triage import flow, withdrawal
from triage.ports import House
from triage.status import Status
from triage.study import Patient

_WAITING = {Status.RECEIVED, Status.IDENTIFIED, Status.CONSENTED, Status.UNRANKED}
PATIENCE_S = 60


@dataclass
class Running:
    """A live server, and the same house as seen by the test.

    Args:
        url: where a browser finds it.
        house: on the server's own database and files.
        sign_ins: who is signed in there.
        provider: the address where people say who they are.
        web: the process that serves it.
    """

    url: str
    house: House
    sign_ins: SignInStore
    provider: str
    log: Path
    web: "Web"
    cookie_secret: str = field(repr=False, default="")
    read_uids: list[str] = field(default_factory=list)

    # ── what a test puts in ───────────────────────────────────────────────────────────────────────────

    def receive(self, accession: str, patient: Patient | None = None, *, seed: int = 0) -> str:
        """Take a film in as the upload page does; answers the study's UID."""
        (taken,) = intake.take_file(
            self.house, f"{accession}.dcm", a_film(accession, patient, seed=seed), agent="test"
        )
        assert taken.study_uid, taken.reason
        return taken.study_uid

    def consent(self, patient_id: PatientId, *, allowed: bool = True) -> None:
        """File this patient's signed answer to AI reading, without the patient's page."""
        now, name = self.house.clock.now(), f"consent-{secrets.token_hex(6)}"
        answers = {Purpose.AI_READING: allowed}
        consent = a_consent(patient_id, answers, consent_id=name, starts_at=now)
        self.house.consents.sign(
            consent, an_event(action="sign consent", patient=patient_id, recorded_at=now)
        )
        withdrawal.reconsider(self.house, patient_id)

    def work(self, reader: ScriptedReader | None = None) -> None:
        """Do in this process what the worker does: the first read of every study that waits for one."""
        reader = reader or ScriptedReader(self.house.clock, heatmap=a_heatmap())
        for entry in self.house.studies.worklist(500):
            if entry.status in _WAITING:
                flow.first_read(self.house, reader, entry.study.study_uid)
        self.read_uids += reader.read_uids

    # ── what a program does ───────────────────────────────────────────────────────────────────────────

    @contextmanager
    def client(self, subject: str | None = None) -> Iterator[httpx.Client]:
        """A program that keeps cookies; signed in through the provider when a subject is named."""
        with httpx.Client(base_url=self.url, headers={"origin": self.url}, timeout=PATIENCE_S) as made:
            if subject is not None:
                self._sign_in(made, subject)
            yield made

    def _sign_in(self, client: httpx.Client, subject: str) -> None:
        asked = client.get("/auth/login", params={"provider": self.provider_token()})
        said = client.post(
            asked.headers["location"], data={"sub": subject}, headers={"origin": self.provider}
        )
        back = client.get(said.headers["location"])
        assert back.status_code == 302, back.text

    def provider_token(self) -> str:
        """What the sign-in button sends along, so that only our own page starts a sign-in."""
        claims = {"provider": boot.PROVIDER, "exp": int(time.time()) + 60}
        return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(self.cookie_secret))

    # ── what a person does ────────────────────────────────────────────────────────────────────────────

    def sign_in(self, page: Page, subject: str = "clinician@demo") -> None:
        """Sign in through the provider, as a person does, and wait for the first screen."""
        page.goto(self.url)
        page.get_by_role("button", name="Sign in").click()
        page.locator(f"button[value='{subject}']").click()
        page.get_by_role("button", name="Sign out").wait_for(timeout=PATIENCE_S * 1000)

    def sign_out(self, page: Page) -> None:
        """Leave by the button, and wait for the sign-in page."""
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("button", name="Sign in").wait_for(timeout=PATIENCE_S * 1000)


# ── processes ─────────────────────────────────────────────────────────────────────────────────────────


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Web:
    """The web server's process; it can be killed as a power cut kills it, and comes back at the same address."""

    url: str
    log: Path
    environment: dict[str, str] = field(repr=False)
    command: tuple[str, ...]
    child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.child = subprocess.Popen(
                [sys.executable, *self.command],
                stdout=out,
                stderr=out,
                env={**os.environ, **self.environment},
            )
        wait_for(f"{self.url}/healthz", self.log)

    def kill(self) -> None:
        """Without a chance to put anything in order."""
        assert self.child is not None
        self.child.kill()
        self.child.wait()

    def stop(self) -> None:
        assert self.child is not None
        self.child.terminate()
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()


@contextmanager
def process(log: Path, environment: dict[str, str], *command: str) -> Iterator[None]:
    """One of our processes, for as long as the block; its output lies in `log`."""
    with log.open("ab") as out:
        child = subprocess.Popen(
            [sys.executable, *command], stdout=out, stderr=out, env={**os.environ, **environment}
        )
    try:
        yield
    finally:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def wait_for(address: str, log: Path) -> None:
    """Wait until an address answers; what a process said meanwhile is in the error."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"{address} does not answer:\n{log.read_text('utf-8')[-4000:]}")


@contextmanager
def serving(
    home: Path, database: Database, app_url: str, application: str = "dashboard.asgi:app"
) -> Iterator[Running]:
    """Provider and web server on free ports of loopback, on the database at `app_url`."""
    settings = Settings(home, database_url=app_url, files_url=str(home / "files"))
    house, sign_ins = wiring.open_house(settings, database), wiring.open_sign_ins(settings, database)
    port, provider_port, log = free_port(), free_port(), home / "server.log"
    url, secret = f"http://127.0.0.1:{port}", secrets.token_hex(32)
    environment = {
        "FIRSTREAD_DEMO": "1",
        "FIRSTREAD_HOME": str(home),
        "FIRSTREAD_DATABASE_URL": app_url,
        "FIRSTREAD_FILES_URL": str(home / "files"),
        "FIRSTREAD_URL": url,
        "FIRSTREAD_COOKIE_SECRET": secret,
        "FIRSTREAD_OIDC_METADATA_URL": provider.metadata_url(provider_port),
        "AUTHLIB_INSECURE_TRANSPORT": "1",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    redirect = f"{url}/oauth2callback"
    with process(log, environment, "-m", "dashboard.provider", str(provider_port), redirect):
        wait_for(provider.metadata_url(provider_port), log)
        client, word = provider.register(provider_port, redirect)
        environment |= {"FIRSTREAD_OIDC_CLIENT_ID": client, "FIRSTREAD_OIDC_CLIENT_SECRET": word}
        serve = f"-m uvicorn {application} --factory --host 127.0.0.1 --port {port} --no-server-header"
        web = Web(url, log, environment, tuple(serve.split()))
        try:
            web.start()
            yield Running(url, house, sign_ins, f"http://127.0.0.1:{provider_port}", log, web, secret)
        finally:
            web.stop()
