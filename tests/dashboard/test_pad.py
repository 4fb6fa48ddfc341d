"""What the field sends, and when it is meant."""

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import resources
from dashboard.resources import Resources
from dashboard.settings import Settings
from db.sign_in_store import SignInStore
from tests.builders import a_person, a_study
from triage import flow

UID = a_study().study_uid


@pytest.fixture
def at(house, database, tmp_path):
    flow.receive(house, a_study(), None, "test")
    with resources.use(Resources(Settings(tmp_path), house, SignInStore(database))):
        yield AppTest.from_function(page).run()


def page() -> None:
    import streamlit as st

    from dashboard import resources
    from dashboard.pad import Pad
    from tests.builders import a_person, a_study

    pad = Pad(resources.house(), a_person(), a_study().study_uid)
    st.button("typed", on_click=pad.typed)
    st.button("put", on_click=pad.put, args=("A draft.",))
    st.text(pad.revision)
    st.text(str(pad.heard))
    st.text(pad.text)
    st.caption(pad.sentence)


def press(at, name):
    next(b for b in at.button if b.label == name).click().run()
    assert not at.exception
    return at


def types(at, text, revision=None, heard=1):
    """The field has sent its words, as Streamlit keeps them under its key."""
    at.session_state[f"editor-{UID}"] = {
        "said": {"text": text, "revision": revision or at.text[0].value, "heard": heard}
    }
    return press(at, "typed")


def kept(house):
    half = house.half_written.find(UID, a_person().subject)
    return half.text if half else None


def test_what_is_typed_is_in_the_database_and_then_acknowledged(at, house):
    types(at, "Half a sentence", heard=3)
    assert kept(house) == at.text[2].value == "Half a sentence"
    assert at.text[1].value == "3"


def test_typing_never_puts_words_into_the_field_that_is_typed_in(at):
    before = at.text[0].value
    types(at, "Half")
    assert at.text[0].value == before
    press(at, "put")
    assert at.text[0].value != before
    assert at.text[1].value == "0"


def test_words_over_a_text_that_was_replaced_meanwhile_are_not_meant(at, house):
    old = at.text[0].value
    press(at, "put")
    types(at, "Late words", revision=old)
    assert at.text[2].value == "A draft."
    assert kept(house) is None


@pytest.mark.parametrize(
    "sent", [None, {}, {"said": "text"}, {"said": {"text": 1, "revision": "a", "heard": 1}}]
)
def test_what_is_no_message_of_the_field_is_left_alone(at, house, sent):
    if sent is not None:
        at.session_state[f"editor-{UID}"] = sent
    press(at, "typed")
    assert kept(house) is None


def test_words_that_could_not_be_kept_are_not_acknowledged(at, house):
    types(at, "x" * 20_001)
    assert "at most 20,000 letters" in at.caption[0].value
    assert at.text[1].value == "0"
    assert at.text[2].value == "x" * 20_001
