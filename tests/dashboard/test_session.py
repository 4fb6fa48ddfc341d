from collections.abc import Iterator
from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest
from streamlit.testing.v1 import AppTest

from consent.audit import Outcome
from dashboard import resources, session, sign_in
from dashboard.resources import Resources
from dashboard.settings import Settings
from dashboard.sign_in import IDLE_FOR
from db.connection import Database
from db.sign_in_store import SignInStore
from tests.builders import NOW
from tests.fakes import FixedClock
from triage.permission import Action, Role, can_act
from triage.ports import House

ROOT = Path(__file__).parents[2]


@pytest.fixture
def opened(house: House, database: Database, tmp_path: Path) -> Iterator[Resources]:
    with resources.use(Resources(Settings(tmp_path), house, SignInStore(database))) as made:
        yield made


def signed_in(opened: Resources, *roles: str) -> dict[str, object]:
    """What `AppTest.user` is when a person with these roles is signed in."""
    claims = {"sub": "ada", "name": "Dr. Ada Keller", "roles": list(roles)}
    return {
        "is_logged_in": True,
        "sid": sign_in.open_record(opened.sign_ins, claims, opened.house.clock.now()),
    }


def a_view(action: Action) -> AppTest:
    script = f"""
        import streamlit as st
        from dashboard import session
        from triage.permission import Action
        person = session.require(Action.{action.name})
        st.text(f"seen by {{person.name}}")
    """
    return AppTest.from_string(dedent(script))


@pytest.mark.parametrize("role", Role)
def test_req_5_a_view_opens_for_those_the_matrix_names(opened: Resources, role: Role):
    user = signed_in(opened, role)
    for action in Action:
        at = a_view(action)
        at.user = user
        at.run()
        allowed = can_act(sign_in.person_from({"sub": "x", "roles": [role]}), action)
        assert bool(at.text) is allowed, action
        assert bool(at.error) is not allowed
    denied = [c.event for c in opened.house.audit.chain() if c.event.outcome is Outcome.DENIED]
    assert {d.action for d in denied} == {
        a.value for a in Action if not can_act(sign_in.person_from({"sub": "x", "roles": [role]}), a)
    }


def test_req_1_a_view_of_its_own_shows_nobody_anything(opened: Resources, clock: FixedClock):
    for user in (
        {},
        {"is_logged_in": False, "sid": "x"},
        {"is_logged_in": True},
        {"is_logged_in": True, "sid": "forged", "roles": ["clinician"]},
        {**signed_in(opened, "clinician"), "is_logged_in": False},
    ):
        at = a_view(Action.VIEW_WORKLIST)
        at.user = user
        at.run()
        assert [e.value for e in at.error] == ["Sign in first."]
        assert not at.text


def test_req_10_a_screen_asks_again_at_each_run(opened: Resources, clock: FixedClock):
    at = a_view(Action.VIEW_WORKLIST)
    at.user = signed_in(opened, "clinician")
    assert at.run().text
    clock.advance(IDLE_FOR.total_seconds())
    assert not at.run().text


def test_roles_are_those_on_record_not_those_in_the_cookie(opened: Resources):
    at = a_view(Action.VIEW_AUDIT)
    at.user = {**signed_in(opened, "clinician"), "roles": ["administrator"]}
    assert at.run().error


def test_the_open_study_is_remembered_and_looked_at_once(opened: Resources):
    def script() -> None:
        import streamlit as st

        from dashboard import session

        if st.button("open", key="open"):
            session.open_study("1.2.3")
        st.button("looked", key="looked", on_click=session.note_look)
        st.text(f"{session.study_uid()} {session.first_look()}")

    at = AppTest.from_function(script).run()
    assert at.text[0].value == "None False"
    assert at.button(key="open").click().run().text[0].value == "1.2.3 True"
    assert at.run().text[0].value == "1.2.3 True"  # what belongs to it broke off
    assert at.button(key="looked").click().run().text[0].value == "1.2.3 False"


@pytest.mark.parametrize("value", [None, 1, "words", 0.5, date(2026, 11, 21), NOW, [{"a": [1, "b"]}], ()])
def test_plain_things_can_be_kept(value):
    session._check_plain(value)


@pytest.mark.parametrize("value", [object(), [object()], {"a": {"b": {1}}}, b"bytes", sign_in.NOBODY])
def test_nothing_that_lives_can_be_kept(value):
    with pytest.raises(TypeError, match="keep its id"):
        session._check_plain(value)


def test_session_state_has_one_door():
    others = [p for p in (ROOT / "dashboard").rglob("*.py") if p.name != "session.py"]
    assert len(others) > 20
    assert [p.name for p in others if "session_state" in p.read_text("utf-8")] == []
