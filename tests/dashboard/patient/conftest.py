"""A patient at the door: the pages on the real house, seen through HTTP."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.patient import link
from dashboard.patient.routes import routes
from dashboard.settings import Settings
from tests.builders import PATIENT_ID, a_patient
from triage.ports import House

BORN = a_patient().birth_date
URL = "http://127.0.0.1:8501"


@dataclass
class Visitor:
    """One browser: it keeps its cookies, and sends the forms of the page it sees."""

    client: TestClient
    path: str
    page: httpx.Response | None = field(default=None)

    def get(self, path: str = "", **headers: str) -> httpx.Response:
        self.page = self.client.get(path or self.path, headers=headers)
        return self.page

    def send(self, act: str = "open", **typed: str) -> httpx.Response:
        """Send a form as the page on the screen would, with its hidden fields."""
        assert self.page is not None
        hidden = {name: value for name, value in self.hidden.items() if name != "act"}
        self.page = self.client.post(self.path, data=hidden | {"act": act} | typed)
        if self.page.history:
            self.path = self.page.url.path
        return self.page

    def open(
        self, day: str = str(BORN.day), month: str = str(BORN.month), year: str = str(BORN.year)
    ) -> httpx.Response:
        """Come to the door and say a birth date; the right one by default."""
        self.get()
        return self.send(day=day, month=month, year=year)

    def sign(
        self, reading: str = "allow", training: str = "refuse", name: str = "Maren Vale", **typed: str
    ) -> httpx.Response:
        answers = {"ai-reading": reading, "training": training, "name": name}
        return self.send("sign", **{k: v for k, v in answers.items() if v}, **typed)

    @property
    def hidden(self) -> dict[str, str]:
        found = re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', self.page.text)
        return {name: unescape(value) for name, value in found if name != "purpose"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, url=URL, cookie_secret="k" * 40, demo=True)


@pytest.fixture
def visitor(house: House, settings: Settings) -> Callable[..., Visitor]:
    """Make a browser at a link; by default a fresh invitation of the builders' patient."""
    app = Starlette(routes=routes(lambda: house, settings))

    def make(path: str = "", app: Starlette = app) -> Visitor:
        path = path or link.invite(house, PATIENT_ID, BORN, "clinician@demo")
        return Visitor(TestClient(app, base_url=URL), path)

    return make


@pytest.fixture
def patient(visitor: Callable[..., Visitor]) -> Visitor:
    """A browser at a fresh link."""
    return visitor()
