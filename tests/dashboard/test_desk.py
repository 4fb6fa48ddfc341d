"""The desk's steps as its buttons take them; a page of two buttons stands for the reading view."""

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import resources
from dashboard.resources import Resources
from dashboard.settings import Settings
from db.sign_in_store import SignInStore
from tests.builders import NOW, a_person, a_study, an_event
from triage import flow, signing
from triage.report import Verdict
from triage.worklist import Claim

UID = a_study().study_uid


@pytest.fixture
def at(house, database, tmp_path):
    flow.receive(house, a_study(), None, "test")
    with resources.use(Resources(Settings(tmp_path), house, SignInStore(database))):
        yield AppTest.from_function(page).run()


def page() -> None:
    import streamlit as st

    from dashboard import resources, session
    from dashboard.desk import Desk
    from tests.builders import a_draft, a_person, a_study
    from triage.report import Report, ReportStatus, Verdict

    desk = Desk(resources.house(), a_person(), a_study().study_uid)
    if st.button("open"):
        session.open_study(desk.study_uid)
        st.text(desk.look().status)
    st.button("take", on_click=desk.take)
    st.button("release", on_click=desk.release)
    st.button("start", on_click=desk.start_from, args=(a_draft(),))
    st.button("restore", on_click=desk.restore)
    st.button("ask", on_click=desk.ask, args=(False,))
    st.button("ask to amend", on_click=desk.ask, args=(True,))
    st.button("back", on_click=desk.back)
    st.button("sign", on_click=desk.sign)
    st.button("amend", on_click=desk.amend)
    latest = Report(1, ReportStatus.FINAL, "Signed words.", Verdict.UNAIDED, "ada", desk.house.clock.now())
    st.button("begin", on_click=desk.begin_amending, args=(latest,))
    if not desk.confirming:
        st.text_area("words", key=desk.key("impression"), persist_state="session")
        st.text_input("why", key=desk.key("reason"), persist_state="session")
        st.toggle("wrong", key=desk.key("rejected"), persist_state="session")
    st.caption(desk.sentence)
    st.text(desk.text)


def press(at, *names):
    for name in names:
        next(b for b in at.button if b.label == name).click().run()
        assert not at.exception
    return at


def words(at):
    return at.text[-1].value


def test_opening_puts_the_look_on_record_and_takes_the_study(at, house):
    press(at, "open")
    assert house.studies.entry(UID).claim == Claim(a_person().subject, NOW + timedelta(minutes=20))
    assert [c.event.action for c in house.audit.chain()][-2:] == ["view study", "claim"]


def test_a_study_somebody_holds_is_looked_at_and_left_with_them(at, house):
    theirs = Claim("tom", NOW + timedelta(minutes=5))
    house.studies.claim(UID, theirs, an_event())
    press(at, "open")
    assert house.studies.entry(UID).claim == theirs
    press(at, "take")
    assert at.caption[0].value == "Another reader holds this study until 08:05 UTC."


def test_a_refused_step_leaves_a_sentence_and_the_next_one_clears_it(at, house):
    house.studies.claim(UID, Claim("tom", NOW + timedelta(minutes=5)), an_event())
    press(at, "release")
    assert at.caption[0].value
    house.studies.claim(UID, None, an_event(agent="tom"))
    press(at, "take")
    assert at.caption[0].value == ""


def test_a_draft_taken_twice_never_counts_as_the_persons_own_words(at):
    press(at, "start", "start", "restore")
    assert words(at) == ""


def test_words_set_aside_and_the_draft_change_places(at):
    at.text_area[0].set_value("Mine.").run()
    press(at, "start")
    assert words(at) == "Pleural effusion, very likely."
    press(at, "restore")
    assert words(at) == "Mine."
    press(at, "restore")
    assert words(at) == "Pleural effusion, very likely."


@pytest.mark.parametrize("button", ["ask", "ask to amend"])
def test_what_is_lacking_is_said_before_the_second_step(at, button):
    press(at, button)
    assert at.caption[0].value == "A report needs an impression before it can be signed."
    at.text_area[0].set_value("Mine.")
    at.toggle[0].set_value(True).run()
    press(at, button)
    assert at.caption[0].value == "Say in a few words why."


def test_what_is_confirmed_is_what_is_signed_though_the_fields_are_gone(at, house):
    at.text_area[0].set_value("Mine.")
    press(at, "ask")
    assert not at.text_area
    assert words(at) == "Mine."
    press(at, "sign")
    assert [(r.impression, r.verdict) for r in house.studies.reports(UID)] == [("Mine.", Verdict.UNAIDED)]
    assert words(at) == ""


def test_back_brings_every_field_as_it_was(at):
    at.text_area[0].set_value("Mine.")
    at.text_input[0].set_value("Why.")
    at.toggle[0].set_value(True)
    press(at, "ask", "back")
    assert (at.text_area[0].value, at.text_input[0].value, at.toggle[0].value) == ("Mine.", "Why.", True)


def test_a_signature_that_is_refused_costs_no_word(at, house):
    at.text_area[0].set_value("Mine.")
    press(at, "ask")
    signing.sign(house, UID, a_person(subject="tom"), "Theirs.", style=None)
    press(at, "sign")
    assert at.caption[0].value == "This report is signed; amend it instead."
    assert at.text_area[0].value == "Mine."


def test_an_amendment_starts_from_what_is_signed_and_never_over_ones_words(at):
    press(at, "begin")
    assert words(at) == "Signed words."
    at.text_area[0].set_value("Mine.").run()
    press(at, "begin")
    assert words(at) == "Mine."


def test_an_amendment_carries_its_reason(at, house):
    signing.sign(house, UID, a_person(), "First.", style=None)
    at.text_area[0].set_value("Second.")
    at.text_input[0].set_value("Typing error.").run()
    press(at, "ask to amend", "amend")
    assert [(r.impression, r.reason) for r in house.studies.reports(UID)] == [
        ("First.", ""),
        ("Second.", "Typing error."),
    ]
