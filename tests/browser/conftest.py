"""A real browser against the whole of Firstread; every page is watched for console errors and foreign requests."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from db.connection import Database
from tests.browser.furnished import furnished
from tests.browser.running import PATIENCE_S, Running, serving
from tests.conftest import Server

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SOFTWARE_WEBGL = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
"""The viewer draws with WebGL, and no machine that only tests has a graphics card."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the journeys, and run them last: Playwright's event loop keeps this thread until its browser closes."""
    here = Path(__file__).parent
    items.sort(key=lambda item: here in item.path.parents)
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium is installed"))


@pytest.fixture(scope="session")
def running(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One live server for all journeys; each brings its own patients (`running.receive("A-…")`)."""
    home, name = tmp_path_factory.mktemp("running"), "journeys"
    server.run("CREATE DATABASE {} TEMPLATE {}", name, server.template)
    app_url = server.url(server.app_url, name)
    database = Database(app_url)
    try:
        with serving(home, database, app_url) as live:
            yield live
    finally:
        database.close()
        server.run("DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture(scope="session")
def rooms(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A live server on a furnished house; whoever signs a report there takes the last study."""
    with furnished(server, tmp_path_factory.mktemp("rooms"), "rooms") as live:
        yield live


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", *SOFTWARE_WEBGL]
        )
        yield launched
        launched.close()


@dataclass
class Watch:
    """What our own pages said, and whom any page asked, while a test ran."""

    ours: str
    errors: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def add(self, page: Page) -> None:
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.errors.append(f"uncaught: {error}"))
        page.on("request", self._request)

    def _heard(self, message: ConsoleMessage) -> None:
        where = str(message.location.get("url", ""))
        if message.type == "error" and (not where or where.startswith(self.ours)):
            self.errors.append(f"{message.text} ({where})")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob", "about"}:
            self.asked.append(f"{parts.scheme}://{parts.netloc}")

    def foreign(self, *known: str) -> set[str]:
        """The origins asked that are neither ours nor known."""
        return set(self.asked) - {self.ours, *known}


@pytest.fixture
def watch(running: Running) -> Watch:
    return Watch(running.url)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of one's own: no cookie of another test."""
    made = browser.new_context(viewport={"width": 1440, "height": 900})
    made.set_default_timeout(PATIENCE_S * 1000 / 3)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, watch: Watch) -> Page:
    made = context.new_page()
    watch.add(made)
    return made


@pytest.fixture
def phone(browser: Browser, watch: Watch) -> Iterator[Page]:
    """A phone-sized page, for patients."""
    made = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    made.set_default_timeout(PATIENCE_S * 1000 / 3)
    page = made.new_page()
    watch.add(page)
    yield page
    made.close()
