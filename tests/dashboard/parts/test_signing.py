import pytest
from streamlit.testing.v1 import AppTest

from tests.builders import a_study


def page() -> None:
    from datetime import UTC

    import streamlit as st

    from dashboard.parts import signing
    from tests.builders import NOW, a_study
    from triage.doubt import Doubt
    from triage.half_written import Begun

    def pressed(name: object) -> None:
        st.session_state["pressed"] = str(name)

    signing.begun_by_others(
        [Begun("1.2", "0f2a", NOW, NOW), Begun("1.2", "7b", NOW, NOW)], UTC, {"0f2a": "<tom>"}
    )
    signing.about_the_draft(
        "{}-1".format,
        "So far: edited",
        on_restore=lambda: pressed("restore"),
        on_change=lambda: pressed("changed"),
    )
    false = Doubt("Pneumothorax.", "pneumothorax is unlikely", critical=True)
    mild = Doubt("Old <scars>.", "strange", critical=False)
    mine = Doubt("An effusion.", "effusion is unlikely", critical=True)
    signing.unsupported([false, mild, mine], [false], [mine.sentence], lambda d: pressed(d.sentence))
    signing.confirm(
        a_study(),
        UTC,
        "Clear <lungs>.",
        yes="Sign as final",
        on_yes=lambda: pressed("yes"),
        on_no=lambda: pressed("no"),
        about=["Ada signs: <edited>."],
        before=("Cloudy lungs.", "Changed against the draft"),
    )


@pytest.fixture
def at():
    made = AppTest.from_function(page).run()
    assert not made.exception
    return made


def shown(at):
    return "".join(h.value for h in at.get("html"))


def test_the_confirmation_restates_whose_report_it_is_and_what_it_says(at):
    for words in (
        "You take responsibility",
        "Vale Maren",
        "P-1001",
        "9 Mar 1958",
        a_study().accession_number,
        "21 Nov 2026",
        "Clear &lt;lungs&gt;.",
        "Ada signs: &lt;edited&gt;.",
        "Changed against the draft",
        "Cloudy</del>",
    ):
        assert words in shown(at)


@pytest.mark.parametrize(
    ("key", "name"),
    [("confirm_yes", "yes"), ("confirm_no", "no"), ("restore-1", "restore"), ("take-on-0", "Pneumothorax.")],
)
def test_every_way_on_is_a_button(at, key, name):
    at.button(key=key).click().run()
    assert at.session_state["pressed"] == name


def test_only_what_blocks_asks_for_an_answer(at):
    assert [b.key for b in at.button if b.key.startswith("take-on")] == ["take-on-0"]
    assert "Signing is blocked" in shown(at)
    assert "You answer for it." in shown(at)
    assert "Old &lt;scars&gt;." in shown(at)
    assert "It does not block signing." in shown(at)


def test_a_reason_is_one_click_and_ones_own_words_are_asked_for_beside_it(at):
    assert not at.text_input
    at.pills(key="chip-1").set_value("It is not there").run()
    assert at.session_state["pressed"] == "changed"
    assert at.text_input(key="own-1").label == "What exactly"


def test_who_else_has_begun_is_said_and_nothing_of_it(at):
    assert "also begun by &lt;tom&gt; (21 Nov 2026, 08:00 UTC)" in shown(at)
