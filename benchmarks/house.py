"""The whole of Firstread on this machine for a benchmark: embedded database, provider, web server, a browser."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.worklist_filling import fill

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.running import Running


@contextmanager
def a_house(application: str = "dashboard.asgi:app", studies: int = 0) -> "Iterator[Running]":
    """Serve an application on a database of its own, with so many invented studies on file."""
    from db.connection import Database
    from db.embedded import start
    from db.migrate import upgrade
    from tests.browser.running import serving

    with tempfile.TemporaryDirectory(prefix="firstread-benchmark-") as folder:
        embedded = start(Path(folder) / "home")
        try:
            upgrade(embedded.owner_url)
            if studies:
                fill(embedded.owner_url, studies)
            database = Database(embedded.app_url)
            home = Path(folder) / "served"
            home.mkdir()
            with serving(home, database, embedded.app_url, application) as running:
                yield running
            database.close()
        finally:
            embedded.stop()


@contextmanager
def a_browser() -> "Iterator[Browser]":
    """Headless Chromium that draws WebGL by software."""
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import CHROMIUM, SOFTWARE_WEBGL

    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage", *SOFTWARE_WEBGL]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()
