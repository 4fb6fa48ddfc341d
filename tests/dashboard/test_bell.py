"""The banner of open critical results, alone on a page; what it says is tested with its parts."""

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import resources
from dashboard.resources import Resources
from dashboard.settings import Settings
from db.errors import DatabaseUnavailable
from db.sign_in_store import SignInStore
from tests.builders import STUDY_UID, a_person
from tests.triage.given import receive
from tests.triage.test_calling import MARK
from triage import calling
from triage.permission import Role


@pytest.fixture
def opened(house, database, tmp_path):
    receive(house)
    calling.open_result(house, STUDY_UID, a_person(), MARK)
    with resources.use(Resources(Settings(tmp_path), house, SignInStore(database))):
        yield


def page(role: str) -> None:
    import streamlit as st

    from dashboard import bell
    from tests.builders import a_person
    from triage.permission import Role

    st.navigation([st.Page(lambda: bell.ring(a_person(Role(role))), title="x", url_path="x")]).run()


def shown(role: Role) -> str:
    at = AppTest.from_function(page, args=(role.value,)).run()
    return " ".join(h.value for h in at.main.get("html"))


def test_a_database_without_an_answer_says_so_and_takes_no_bell_for_granted(opened, house, monkeypatch):
    def no_answer(*_args):
        raise DatabaseUnavailable("The database did not answer in time.")

    monkeypatch.setattr(type(house.critical), "open_results", no_answer)
    at = AppTest.from_function(page, args=("clinician",)).run()
    assert not at.exception
    (error,) = at.error
    assert error.value.startswith("The database did not answer in time. Whether a critical result waits")


def test_whoever_may_not_tell_is_not_rung_for(opened):
    assert shown(Role.ADMINISTRATOR) == ""
