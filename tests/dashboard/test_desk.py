"""The desk's steps as its buttons take them; a page of two buttons stands for the reading view."""

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import resources
from dashboard.parts import reasons
from dashboard.resources import Resources
from dashboard.settings import Settings
from db.errors import DatabaseUnavailable
from db.sign_in_store import SignInStore
from tests.builders import NOW, a_consent, a_person, a_study, an_event, an_instance
from tests.fakes import ScriptedReader
from triage import flow, signing, writing
from triage.half_written import HalfWritten
from triage.reading import Style
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
    from dashboard.parts import reasons
    from dashboard.parts.impressions import Chosen, Use
    from tests.builders import a_draft, a_person, a_study
    from triage.report import Report, ReportStatus, Verdict

    desk = Desk(resources.house(), a_person(), a_study().study_uid)
    st.button("look", on_click=desk.look)
    if st.button("open"):
        session.open_study(desk.study_uid)
        st.text(desk.look().status)
    st.button("take", on_click=desk.take)
    st.button("release", on_click=desk.release)
    st.button("start", on_click=desk.start_from, args=(a_draft(),))
    st.button("restore", on_click=desk.restore)
    for use in Use:
        st.button(use.value, on_click=desk.use, args=(Chosen(a_draft(), use, "It is not there"),))
    st.button("ask", on_click=desk.ask, args=(False,))
    st.button("ask to amend", on_click=desk.ask, args=(True,))
    st.button("keep", on_click=desk.keep)
    st.button(
        "forget", on_click=lambda: session.forget(*map(desk.key, ("impression", "own", "chip", "amends")))
    )
    st.button("back", on_click=desk.back)
    st.button("sign", on_click=desk.sign)
    st.button("amend", on_click=desk.amend)
    latest = Report(1, ReportStatus.FINAL, "Signed words.", Verdict.UNAIDED, "ada", desk.house.clock.now())
    st.button("begin", on_click=desk.begin_amending, args=(latest,))
    if not desk.confirming:
        st.text_area("words", key=desk.key("impression"), persist_state="session")
        st.text_input("why", key=desk.key("own"), persist_state="session")
        st.pills("wrong", reasons.OF_A_REJECTION, key=desk.key("chip"), persist_state="session")
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


@pytest.fixture
def away(house, monkeypatch):
    """Lets one question to the database go unanswered, and the next ones again be answered."""

    def fail(port, question):
        def no_answer(*_args):
            raise DatabaseUnavailable("The database did not answer in time.")

        monkeypatch.setattr(type(port), question, no_answer)
        return monkeypatch.undo

    return fail


@pytest.mark.parametrize(("port", "question"), [("audit", "record"), ("half_written", "find")])
def test_an_opening_that_broke_off_is_made_good_before_anything_is_written(at, house, away, port, question):
    writing.keep(house, HalfWritten(UID, a_person().subject, "Half."), a_person())
    back = away(getattr(house, port), question)
    next(b for b in at.button if b.label == "open").click().run()
    assert at.exception
    back()
    press(at, "look")
    assert words(at) == "Half."
    assert "view study" in [c.event.action for c in house.audit.chain()]
    assert house.studies.entry(UID).claim.subject == a_person().subject


@pytest.mark.parametrize(
    ("steps", "port", "question"),
    [(["keep"], "half_written", "find"), (["ask"], "half_written", "find"), (["take"], "studies", "entry")],
)
def test_a_step_the_database_does_not_answer_says_so_and_costs_no_word(
    at, house, away, steps, port, question
):
    at.text_area[0].set_value("Mine.").run()
    away(getattr(house, port), question)
    press(at, *steps)
    assert at.caption[0].value == "The database did not answer in time."
    assert words(at) == "Mine."


@pytest.mark.parametrize("question", ["entry", "add_report"])
def test_a_signature_the_database_does_not_answer_is_none_and_costs_no_word(at, house, away, question):
    at.text_area[0].set_value("Mine.")
    press(at, "ask")
    back = away(house.studies, question)
    press(at, "sign")
    assert at.caption[0].value == "The database did not answer in time."
    assert at.text_area[0].value == "Mine."
    back()
    assert house.studies.reports(UID) == ()


@pytest.mark.parametrize("before", [["open"], ["open", "ask"], ["open", "ask", "look"]])
def test_a_film_that_came_after_the_page_was_drawn_is_looked_at_before_the_signature(at, house, before):
    """While it is written or confirmed, and though the page was drawn again under what is confirmed."""
    at.text_area[0].set_value("Mine.")
    press(at, *[step for step in before if step != "look"])
    study = a_study(instances=(an_instance(sop_instance_uid="1.2.77", sha256="f" * 64, view="LATERAL"),))
    flow.receive(house, study, None, "test")
    press(at, *(["look"] if "look" in before else []), "sign" if "ask" in before else "ask")
    assert at.caption[0].value == "A film came since this page was drawn; look at it, then sign."
    assert house.studies.reports(UID) == ()
    press(at, "look", "ask", "sign")
    assert [r.impression for r in house.studies.reports(UID)] == ["Mine."]


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
    press(at, "start")
    at.pills[0].set_value(reasons.OWN).run()
    press(at, button)
    assert at.caption[0].value == "Say in a few words why."


def kept(house):
    return house.half_written.find(UID, a_person().subject)


def test_a_rejected_draft_goes_on_counting_as_what_ones_words_began_from(at, house):
    press(at, "start")
    at.text_area[0].set_value("Pleural effusion, very likely. More.").run()
    press(at, "reject")
    assert kept(house).as_drafted == "Pleural effusion, very likely."


@pytest.mark.parametrize("button", ["start", "accept", "reject"])
def test_every_step_is_in_the_database_at_once(at, house, button):
    assert kept(house) is None
    press(at, button)
    assert kept(house).style is Style.BRIEF


def test_a_draft_taken_in_one_click_stands_before_its_signature(at, house, clock):
    house.consents.sign(a_consent(), an_event())
    flow.first_read(house, ScriptedReader(clock), UID)
    press(at, "accept")
    assert not at.text_area
    assert words(at) == "Pleural effusion, very likely."
    assert house.studies.reports(UID) == ()


def test_a_rejected_draft_leaves_the_field_to_ones_own_words(at, house):
    at.text_area[0].set_value("Mine.")
    press(at, "start", "reject")
    assert words(at) == "Mine."
    assert (kept(house).rejected, kept(house).reason) == (True, "It is not there")
    press(at, "ask", "sign")
    (report,) = house.studies.reports(UID)
    assert (report.impression, report.verdict, report.reason) == (
        "Mine.",
        Verdict.REJECTED,
        "It is not there",
    )


def test_a_report_begun_elsewhere_is_there_when_the_study_is_opened(at, house):
    half = HalfWritten(
        UID,
        a_person().subject,
        "Half.",
        Style.BRIEF,
        "A draft.",
        "Aside.",
        rejected=True,
        reason="Wrong side or place: left",
    )
    writing.keep(house, half, a_person())
    press(at, "open")
    assert words(at) == "Half."
    assert (at.pills[0].value, at.text_input[0].value) == ("Wrong side or place", "left")
    press(at, "restore")
    assert words(at) == "Aside."


def test_what_is_confirmed_is_what_is_signed_though_the_fields_are_gone(at, house):
    at.text_area[0].set_value("Mine.")
    press(at, "ask")
    assert not at.text_area
    assert words(at) == "Mine."
    press(at, "sign")
    assert [(r.impression, r.verdict) for r in house.studies.reports(UID)] == [("Mine.", Verdict.UNAIDED)]
    assert words(at) == ""


def test_back_brings_every_field_as_it_was(at):
    press(at, "start")
    at.text_area[0].set_value("Mine.")
    at.text_input[0].set_value("Why.")
    at.pills[0].set_value("It is not there")
    press(at, "ask", "back")
    assert (at.text_area[0].value, at.text_input[0].value, at.pills[0].value) == (
        "Mine.",
        "Why.",
        "It is not there",
    )


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


def test_an_amendment_over_a_version_nobody_here_has_seen_is_told_once_and_costs_no_word(at, house):
    signing.sign(house, UID, a_person(), "First.", style=None)
    press(at, "begin")
    at.text_area[0].set_value("First, more.")
    at.text_input[0].set_value("More.").run()
    press(at, "keep")
    signing.amend(house, UID, a_person(subject="tom"), "Not first.", "Wrong.", version=1)
    press(at, "forget", "open")  # another browser: what these words began from came back with them
    press(at, "begin", "ask to amend")
    assert "signed version 2 since you began" in at.caption[0].value
    assert (words(at), at.text_input[0].value) == ("First, more.", "More.")
    press(at, "ask to amend")
    signing.amend(house, UID, a_person(subject="tom"), "Still not.", "Again.", version=2)
    press(at, "amend")
    assert "signed version 3 since you began" in at.caption[0].value
    assert len(house.studies.reports(UID)) == 3
    press(at, "ask to amend", "amend")
    assert house.studies.reports(UID)[-1].impression == "First, more."


def test_an_amendment_carries_its_reason(at, house):
    signing.sign(house, UID, a_person(), "First.", style=None)
    press(at, "begin")
    at.text_area[0].set_value("Second.")
    at.text_input[0].set_value("Typing error.").run()
    press(at, "ask to amend", "amend")
    assert [(r.impression, r.reason) for r in house.studies.reports(UID)] == [
        ("First.", ""),
        ("Second.", "Typing error."),
    ]
