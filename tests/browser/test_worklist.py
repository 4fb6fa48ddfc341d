"""A clinician works the list with the keyboard alone while studies arrive, at 125 % zoom."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from consent.record import PatientId
from tests.browser.conftest import Watch
from tests.browser.running import PATIENCE_S, Running
from tests.builders import a_patient, a_study, an_event
from triage import flow
from triage.permission import Person, Role
from triage.study import Urgency

TOM = Person("tom@demo", "Dr. Tomas Okoye", frozenset({Role.CLINICIAN}))
expect.set_options(timeout=20_000)


@pytest.fixture
def keyboard(browser: Browser, watch: Watch) -> Iterator[Page]:
    """A screen of 1440 by 900 at 125 %, and nobody at the mouse."""
    made = browser.new_context(viewport={"width": 1152, "height": 720})
    made.set_default_timeout(PATIENCE_S * 1000 / 3)
    page = made.new_page()
    watch.add(page)
    yield page
    made.close()


def arrive(
    running: Running, number: int, priority: Urgency = Urgency.ROUTINE, *, order: str = "A-KEYS"
) -> str:
    """A study of this journey, `number` minutes after the first."""
    at = running.house.clock.now() - timedelta(hours=2) + timedelta(minutes=number)
    uid = f"2.25.77{number:02}"
    patient = a_patient(patient_id=PatientId(f"P-KEYS-{number}", "Ward 7"), name="Keys^Robin")
    study = a_study(
        study_uid=uid,
        accession_number=f"{order}-{number:02}",
        patient=patient,
        received_at=at,
        studied_at=at,
        order_priority=priority,
    )
    assert flow.receive(running.house, study, None, "test")
    return uid


def row(page: Page, uid: str) -> Locator:
    return page.locator(f"[data-study='{uid}']")


def top(page: Page, uid: str) -> float:
    box = row(page, uid).bounding_box()
    assert box is not None
    return box["y"]


def holder(running: Running, uid: str) -> str | None:
    claim = running.house.studies.entry(uid).claim
    return claim.subject if claim else None


def until(answers: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not answers():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def find_by_keys(page: Page, words: str, first: str) -> None:
    """Search, and come back to the list."""
    page.keyboard.press("/")
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    expect(page.locator("[data-study]")).to_have_count(14)
    page.keyboard.press("Escape")
    expect(row(page, first)).to_be_focused()


def claim_release_assign_by_keys(running: Running, page: Page, uid: str) -> None:
    mine = row(page, uid)
    page.keyboard.press("c")
    until(lambda: holder(running, uid) == "clinician@demo")
    expect(mine).to_contain_text("you · ")
    expect(mine).to_be_focused()
    page.keyboard.press("r")
    until(lambda: holder(running, uid) is None)
    expect(mine).to_contain_text("nobody")
    page.keyboard.press("a")
    page.keyboard.press("ArrowDown")
    until(lambda: holder(running, uid) == TOM.subject)
    expect(mine).to_contain_text(TOM.name)


def test_the_list_is_worked_by_keys_alone_and_stays_under_the_hand_while_studies_arrive(
    running: Running, keyboard: Page, watch: Watch
) -> None:
    now, press = running.house.clock.now(), keyboard.keyboard.press
    running.sign_ins.open("sid-of-tom", TOM, now, an_event(recorded_at=now))
    uids = [arrive(running, number) for number in range(14)]
    other = arrive(running, 30, order="B-OTHER")
    running.sign_in(keyboard)
    expect(row(keyboard, other)).to_be_attached()  # so that it can be seen when the search is through
    find_by_keys(keyboard, "A-KEYS", uids[0])
    for key in "jjjk":
        press(key)
    mine = row(keyboard, uids[2])
    expect(mine).to_be_focused()

    before = top(keyboard, uids[2])
    new = arrive(running, 20, Urgency.STAT)
    expect(row(keyboard, new)).to_be_attached()
    assert keyboard.locator("[data-study]").first.get_attribute("data-study") == new
    expect(mine).to_be_focused()
    expect(mine).to_have_attribute("aria-selected", "true")
    assert abs(top(keyboard, uids[2]) - before) < 2
    claim_release_assign_by_keys(running, keyboard, uids[2])

    press("/")
    press("End")
    keyboard.keyboard.type("-0")  # half a word, while another study arrives
    other = arrive(running, 21, Urgency.STAT)
    expect(row(keyboard, other)).to_be_attached()
    search = keyboard.locator(".st-key-worklist_search input")
    expect(search).to_be_focused()
    expect(search).to_have_value("A-KEYS-0")
    press("Escape")
    expect(row(keyboard, other)).to_have_count(0)  # now it is searched: only the first ten remain
    expect(mine).to_be_focused()

    press("?")
    expect(keyboard.get_by_role("dialog", name="Keys of the worklist")).to_be_visible()
    press("Escape")
    press("j")
    expect(row(keyboard, uids[3])).to_be_focused()
    press("Enter")
    expect(keyboard.get_by_text("A-KEYS-03").first).to_be_visible()
    until(lambda: holder(running, uids[3]) == "clinician@demo")
    assert [e for e in watch.errors if "404" not in e] == []  # this journey's films are not on file
