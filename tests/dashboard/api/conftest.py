"""The api behind its gate, on a fresh house; people sign in as the provider's callback does it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from dashboard import resources, sign_in, streamlit_adapter
from dashboard.api import code, correlations, errors, health, images, reports, uploads
from dashboard.gate import Gate
from dashboard.headers import HeaderRules
from dashboard.resources import Resources
from dashboard.settings import Settings
from db import health as database_health
from db.connection import Database
from db.sign_in_store import SignInStore
from triage.ports import House

URL = "http://testserver"
As = Callable[..., TestClient]


@pytest.fixture
def opened(house: House, database: Database, tmp_path: Path) -> Iterator[Resources]:
    checks = {"database": lambda: database_health.check(database)}
    with resources.use(Resources(Settings(tmp_path), house, SignInStore(database), checks)) as made:
        yield made


@pytest.fixture
def signed_in(opened: Resources) -> As:
    """A client of a person with these roles; without any name, of nobody."""
    now = opened.house.clock.now
    gate = Middleware(Gate, rules=HeaderRules(URL), sign_ins=lambda: opened.sign_ins, now=now)
    app = Starlette(
        routes=[
            *health.routes(),
            *uploads.routes(),
            *images.routes(),
            *reports.routes(),
            *correlations.routes(),
            *code.routes(),
            *errors.routes(),
        ],
        middleware=[gate],
        exception_handlers=errors.HANDLERS,
    )

    def client(subject: str = "", *roles: str) -> TestClient:
        made = TestClient(app, base_url=URL, headers={"origin": URL}, follow_redirects=False)
        if subject:
            claims = {"sub": subject, "name": subject.title(), "roles": list(roles)}
            handle = sign_in.open_record(opened.sign_ins, claims, now())
            made.cookies.set(streamlit_adapter.USER_COOKIE, streamlit_adapter.sign_cookie({"sid": handle}))
        return made

    return client


@pytest.fixture
def clinician(signed_in: As) -> TestClient:
    return signed_in("ada", "clinician")
