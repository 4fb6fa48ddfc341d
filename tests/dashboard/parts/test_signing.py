from streamlit.testing.v1 import AppTest

from tests.builders import a_study


def page() -> None:
    from datetime import UTC

    import streamlit as st

    from dashboard.parts import signing
    from tests.builders import a_study

    def pressed(name: str) -> None:
        st.session_state["pressed"] = name

    signing.editor("{}-1".format)
    signing.about_the_draft("{}-1".format, "So far: edited", lambda: pressed("restore"))
    signing.confirm(
        a_study(),
        UTC,
        "Clear <lungs>.",
        yes="Sign as final",
        on_yes=lambda: pressed("yes"),
        on_no=lambda: pressed("no"),
    )


def test_the_confirmation_restates_whose_report_it_is_and_what_it_says():
    at = AppTest.from_function(page).run()
    shown = "".join(h.value for h in at.get("html"))
    for words in (
        "You take responsibility",
        "Vale Maren",
        "9 Mar 1958",
        a_study().accession_number,
        "21 Nov 2026",
    ):
        assert words in shown
    assert "Clear &lt;lungs&gt;." in shown


def test_both_ways_out_and_the_way_back_are_buttons():
    at = AppTest.from_function(page).run()
    for key, name in (("confirm_yes", "yes"), ("confirm_no", "no"), ("restore-1", "restore")):
        at.button(key=key).click().run()
        assert at.session_state["pressed"] == name


def test_the_field_one_writes_in_is_never_disabled():
    at = AppTest.from_function(page).run()
    assert not at.text_area(key="impression-1").disabled


def test_rejecting_a_draft_asks_why():
    at = AppTest.from_function(page).run()
    assert not at.text_input
    at.toggle(key="rejected-1").set_value(True).run()
    assert at.text_input(key="reason-1").label == "What was wrong with it"
