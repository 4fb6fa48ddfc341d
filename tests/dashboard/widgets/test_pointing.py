from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from dashboard.widgets.pointing import pointer

    st.text(str(pointer("p")))


def test_nothing_is_pointed_at_before_a_click():
    at = AppTest.from_function(page).run()
    assert not at.exception
    assert at.text[0].value == "None"
    assert len(at.get("bidi_component")) == 1
