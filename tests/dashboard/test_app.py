"""The entry script: who is here decides which screens there are."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import resources, sign_in
from dashboard.resources import Resources
from dashboard.settings import Settings
from dashboard.sign_in import IDLE_FOR
from db.connection import Database
from db.errors import DatabaseUnavailable
from db.sign_in_store import SignInStore
from tests.fakes import FixedClock
from triage.permission import Action, Role
from triage.ports import House

APP = Path(__file__).parents[2] / "dashboard" / "app.py"


@pytest.fixture
def opened(house: House, database: Database, tmp_path: Path) -> Iterator[Resources]:
    with resources.use(Resources(Settings(tmp_path, demo=True), house, SignInStore(database))) as made:
        yield made


@pytest.fixture
def app(opened: Resources) -> AppTest:
    return AppTest.from_file(APP, default_timeout=20)


def sign_in_as(app: AppTest, opened: Resources, *roles: str) -> None:
    claims = {"sub": "ada", "name": "Dr. Ada Keller", "roles": list(roles)}
    app.user = {
        "is_logged_in": True,
        "sid": sign_in.open_record(opened.sign_ins, claims, opened.house.clock.now()),
    }


def buttons(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def said(app: AppTest) -> str:
    parts = [*app.text, *app.info, *app.title, *app.caption, *app.error, *app.get("html")]
    return " ".join(str(getattr(p, "value", None) or p.proto.body) for p in parts)


def test_nobody_meets_the_sign_in_page_and_nothing_else(app: AppTest):
    app.run()
    assert buttons(app) == ["Sign in"]
    assert "A first read for every chest radiograph" in said(app)
    assert "DEMO" in said(app)
    assert not app.exception


@pytest.mark.parametrize(
    "user", [{"is_logged_in": True, "sid": "forged"}, {"is_logged_in": True, "roles": ["clinician"]}]
)
def test_a_forged_identity_is_nobody(app: AppTest, user: dict):
    app.user = user
    assert buttons(app.run()) == ["Sign in"]


@pytest.mark.parametrize(
    ("role", "first", "others"),
    [
        (Role.CLINICIAN, "Worklist", {"usage", "audit_trail"}),
        (Role.ADMINISTRATOR, "Usage", {"worklist", "reading", "upload", "consents"}),
    ],
)
def test_a_role_opens_its_own_screens(
    app: AppTest, opened: Resources, role: Role, first: str, others: set[str]
):
    sign_in_as(app, opened, role)
    app.run()
    assert not app.exception
    assert not app.error
    assert f"<h1>{first}" in said(app)
    assert "Dr. Ada Keller" in said(app)
    assert "Sign out" in buttons(app)
    for other in others:
        with pytest.raises(ValueError, match="Could not find a navigation page"):
            app.switch_page(f"views/{other}.py").run()


def test_every_action_with_a_screen_has_one():
    named = {n.attr for n in ast.walk(ast.parse(APP.read_text("utf-8"))) if isinstance(n, ast.Attribute)}
    screens = {a.name for a in Action} - {
        Action.CLAIM.name,
        Action.SIGN.name,
        Action.TELL_CRITICAL.name,
        Action.ASK_CONSENT.name,
    }
    assert screens <= named
    assert not (APP.parent / "pages").exists(), "a pages folder publishes itself, past the gate"


def test_req_8_who_has_no_role_is_told_why_and_gets_nothing(app: AppTest, opened: Resources):
    sign_in_as(app, opened, "porter")
    app.run()
    assert buttons(app) == ["Sign out"]
    assert "names no role" in said(app)
    assert not app.exception


def test_req_10_an_idle_screen_falls_to_the_sign_in_page_and_says_why(
    app: AppTest, opened: Resources, clock: FixedClock
):
    sign_in_as(app, opened, "clinician")
    assert "Sign out" in buttons(app.run())
    clock.advance(IDLE_FOR.total_seconds())
    app.run()
    assert buttons(app) == ["Sign in"]
    assert "nothing was clicked for 15 minutes" in said(app)


def test_without_an_answer_of_the_database_a_screen_says_so_in_a_sentence(
    app: AppTest, opened: Resources, monkeypatch: pytest.MonkeyPatch
):
    def no_answer(*_args: object) -> None:
        raise DatabaseUnavailable("The database did not answer in time.")

    sign_in_as(app, opened, "clinician")
    monkeypatch.setattr(type(opened.sign_ins), "find", no_answer)
    app.run()
    assert not app.exception
    assert [e.value for e in app.error] == ["The database did not answer in time."]


def test_without_a_demo_there_is_no_banner(app: AppTest, opened: Resources):
    with resources.use(replace(opened, settings=replace(opened.settings, demo=False))):
        assert "DEMO" not in said(app.run())
