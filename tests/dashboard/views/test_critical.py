"""The page of critical results, the panel in the reading room and the banner, with a real house behind them."""

from datetime import timedelta

import pytest

from db.errors import DatabaseUnavailable
from tests.builders import NOW, PATIENT_ID, a_person, a_study
from tests.dashboard.views.conftest import labels, said
from tests.triage.test_calling import MARK, told
from triage import calling
from triage.critical import Category, Delivery, Mark, ReadBack
from triage.escalation import state

UID = a_study().study_uid
ADA = a_person(subject="ada", name="Dr. Ada Keller")
WHAT, CATEGORY = f"critical-what-0-{UID}", f"critical-category-0-{UID}"
FIELD = "critical_field_"


@pytest.fixture
def opened_one(house, arrive):
    arrive(a_study())
    return calling.open_result(house, UID, ADA, MARK)


@pytest.fixture
def page(screen, opened_one):
    return screen("critical")


def click(at, label):
    next(b for b in at.button if b.label == label).click().run()
    assert not at.exception, [e.message for e in at.exception]
    return at


def fill(at, *, heard="Dr. Noor Haddad, Ward 7", how="by telephone", outcome=ReadBack.CONFIRMED):
    at.text_input(key=f"{FIELD}received_by").set_value(heard)
    at.selectbox(key=f"{FIELD}method").set_value(how)
    at.radio(key=f"{FIELD}read_back").set_value(outcome.value if outcome else None)
    return click(at, "Record")


def errors(at):
    return [e.value for e in at.error]


# ── the page ──────────────────────────────────────────────────────────────────────────────────────────


def test_without_anything_open_it_says_so_and_no_banner_hangs(screen):
    at = screen("critical")
    assert "Every critical result was told" in said(at)
    assert "Nothing to count in this span" in said(at)
    assert "fr-bell" not in said(screen("worklist"))


def test_what_is_open_is_told_with_word_shape_patient_and_whom_to_call(page, opened_one):
    shown = said(page)
    for words in (
        "Tension pneumothorax, left.",
        "due in 1 h",
        "●",
        "Vale Maren",
        "A-100",
        f"notice {opened_one.short}",
        "To be told now: <b>Ordering clinician</b>",
        "To be heard within minutes",
        "called on <b>Ordering clinician</b>: opened (on the screens)",
    ):
        assert words in shown


def test_people_are_called_by_name_and_not_by_what_they_sign_in_with(page):
    click(page, "Record who heard it")
    fill(page)
    shown = said(page)
    assert "by Dr. Ada Keller, before the report" in shown
    assert "recorded by Dr. Ada Keller" in shown
    assert "by ada" not in shown


def test_what_is_overdue_stands_on_top_and_says_by_how_much(screen, house, opened_one, arrive, clock):
    arrive(a_study(study_uid="1.2.9", accession_number="A-9"))
    calling.open_result(house, "1.2.9", ADA, Mark("Mass, right.", Category.DAYS))
    clock.advance(75 * 60)
    shown = said(screen("critical"))
    assert "◆ </span>overdue by 15 min" in shown
    assert shown.index("Tension pneumothorax") < shown.index("Mass, right.")
    assert "due in 2 d 22 h" in shown


def test_the_form_asks_for_every_fact_and_takes_nothing_for_granted(page, house, opened_one):
    click(page, "Record who heard it")
    assert page.text_input(key=f"{FIELD}told_by").value == "Dr. Ada Keller"
    assert page.radio(key=f"{FIELD}read_back").value is None
    assert page.selectbox(key=f"{FIELD}method").value is None
    fill(page, outcome=None)
    assert errors(page) == ["Say when, how, and what came of it; all of it is part of the record."]
    fill(page, heard=" ")
    assert errors(page) == ["Say what was told, who told it and who heard it."]
    assert page.radio(key=f"{FIELD}read_back").value == ReadBack.CONFIRMED.value
    assert house.critical.result(opened_one.result_id).attempts == ()


def test_told_and_read_back_closes_it_and_it_is_counted(page, house, opened_one, clock):
    clock.advance(300)
    click(page, "Record who heard it")
    fill(page)
    (attempt,) = house.critical.result(opened_one.result_id).attempts
    assert (attempt.received_by, attempt.recorded_by) == ("Dr. Noor Haddad, Ward 7", "ada")
    assert attempt.received_at == NOW + timedelta(minutes=5)
    shown = said(page.run())
    assert "Every critical result was told" in shown
    assert "told in 5 min" in shown
    assert "1 of 1 (100%)" in shown
    assert "21% to 100%" in shown
    assert len(page.get("plotly_chart")) == 2
    assert "fr-bell" not in shown


def test_unable_to_reach_leaves_it_open_and_names_the_next(page, house, opened_one):
    click(page, "Record who heard it")
    fill(page, outcome=ReadBack.UNABLE)
    shown = said(page)
    assert "To be told now: <b>Ward doctor on call</b>" in shown
    assert "escalated, step 1" in shown
    assert "Dr. Ada Keller tried Dr. Noor Haddad, Ward 7 by telephone" in shown


def test_a_message_does_for_no_result_of_minutes(page):
    click(page, "Record who heard it")
    fill(page, how="by secure message")
    assert errors(page) == ["A result of the category minutes is told by voice: in person or by a call."]
    click(page, "Cancel")
    assert "Record who heard it" in labels(page)
    assert not page.error


def test_an_entry_that_was_wrong_is_corrected_and_still_stands_there(screen, house, opened_one):
    calling.record(house, opened_one.result_id, ADA, told(house, received_by="Dr. N. Hadad"))
    at = screen("critical")
    click(at, "Correct the entry about Dr. N. Hadad")
    at.text_input(key=f"{FIELD}reason").set_value("Misspelt.")
    at.text_input(key=f"{FIELD}received_by").set_value("Dr. Noor Haddad")
    at.radio(key=f"{FIELD}read_back").set_value(ReadBack.CONFIRMED.value)
    click(at, "Record the correction")
    shown = said(at)
    assert "<s>Dr. Ada Keller told Dr. N. Hadad" in shown
    assert "(corrected by a later entry)" in shown
    assert "corrects an earlier entry: Misspelt." in shown
    assert state(house.critical.result(opened_one.result_id), NOW).closed


def test_a_notice_that_could_not_be_sent_is_not_swallowed(screen, house, opened_one):
    failed = Delivery("0", "mail", sent=False, at=NOW, reason="The mail server did not answer.")
    calling.note_delivery(house, opened_one, failed)
    shown = said(screen("critical"))
    assert "Notice by mail not sent: The mail server did not answer." in shown
    assert "1 notice could not be sent" in shown


def test_an_administrator_sees_how_they_are_told_and_no_patient(screen, house, opened_one, clock):
    clock.advance(2 * 3600)
    shown = said(screen("critical", subject="robin", role="administrator"))
    assert "0 of 1 (0%)" in shown
    for hidden in ("Vale", "Tension", "A-100", opened_one.short, "fr-bell"):
        assert hidden not in shown


def looks(house):
    return [e for c in house.audit.chain() if (e := c.event).action == "view critical result"]


def test_a_look_at_named_patients_is_on_record_once_a_visit(screen, house, opened_one, arrive, clock):
    at = screen("critical")
    click(at.run(), "Record who heard it")
    (look,) = looks(house)
    assert (look.agent, look.patient, look.detail) == ("ada", PATIENT_ID, opened_one.result_id)
    arrive(a_study(study_uid="1.2.9", accession_number="A-9"))
    second = calling.open_result(house, "1.2.9", ADA, Mark("Mass, right.", Category.DAYS))
    at.run()
    assert [look.detail for look in looks(house)] == [opened_one.result_id, second.result_id]
    at.switch_page("views/worklist.py").run()
    at.switch_page("views/critical.py").run()
    assert len(looks(house)) == 4


def test_what_was_told_lately_is_looked_at_too_and_an_administrator_looks_at_nobody(
    screen, house, opened_one
):
    calling.record(house, opened_one.result_id, ADA, told(house))
    screen("critical", subject="robin", role="administrator")
    assert looks(house) == []
    screen("critical")
    assert len(looks(house)) == 1


def test_words_from_outside_stay_words(screen, house, arrive):
    arrive(a_study())
    calling.open_result(house, UID, ADA, Mark("<img src=x onerror=alert(1)>", Category.DAYS))
    assert "<img" not in said(screen("critical"))
    assert "&lt;img src=x" in said(screen("critical"))


def test_without_an_answer_of_the_database_the_page_says_so_in_a_sentence(
    screen, opened_one, house, monkeypatch
):
    def no_answer(*_args):
        raise DatabaseUnavailable("The database did not answer in time.")

    monkeypatch.setattr(type(house.critical), "open_results", no_answer)
    at = screen("critical")
    assert not at.exception
    assert "The database did not answer in time." in errors(at)


# ── the banner ────────────────────────────────────────────────────────────────────────────────────────


def test_the_banner_hangs_on_every_screen_of_who_may_tell(screen, opened_one, clock):
    assert "<b>1 critical result</b> not told yet" in said(screen("worklist"))
    clock.advance(61 * 60)
    late = said(screen("upload"))
    assert "fr-late" in late
    assert "the first has waited 1 min too long" in late
