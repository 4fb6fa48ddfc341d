"""What holds for all of them: each asks who is there before it shows anything."""

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import sign_in
from dashboard.resources import Resources
from tests.builders import NOW, a_study
from tests.dashboard.views.conftest import APP, said

VIEWS = APP.parent / "views"
ALLOWED = {
    "worklist": "clinician",
    "reading": "clinician",
    "upload": "clinician",
    "consents": "clinician",
    "usage": "administrator",
    "audit_trail": "administrator",
    "model": "administrator",
}
OTHER = {"clinician": "administrator", "administrator": "clinician"}


def alone(view: str, opened: Resources, *roles: str) -> AppTest:
    """The view's file run by itself, as a deep link would."""
    at = AppTest.from_file(str(VIEWS / f"{view}.py"))
    claims = {"sub": "x", "name": "X", "roles": list(roles)}
    at.user = {"is_logged_in": True, "sid": sign_in.open_record(opened.sign_ins, claims, NOW)}
    return at.run()


@pytest.mark.parametrize("view", ALLOWED)
def test_the_wrong_role_sees_one_sentence(view, opened, arrive):
    arrive(a_study(accession_number="A-HIDDEN"))
    for roles in ((), (OTHER[ALLOWED[view]],)):
        at = alone(view, opened, *roles)
        assert [e.value.startswith("Your role does not allow you to") for e in at.error] == [True]
        assert said(at) == ""
        assert not at.button
        assert not at.text_input


@pytest.mark.parametrize("view", sorted(p.stem for p in VIEWS.glob("[a-z]*.py")))
def test_nobody_sees_one_sentence(view, opened):
    at = AppTest.from_file(str(VIEWS / f"{view}.py")).run()
    assert [e.value for e in at.error] == ["Sign in first."]
    assert said(at) == ""


def test_each_view_is_small_enough_to_read():
    assert {p.name: n for p in VIEWS.glob("*.py") if (n := len(p.read_text().splitlines())) > 300} == {}
