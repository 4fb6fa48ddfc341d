"""A patient on a phone says no, and the model never runs; says yes, and takes it back with one tap."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from consent.wording import CURRENT, wording
from dashboard.patient import link
from tests.browser.conftest import Watch
from tests.browser.running import Running
from tests.fakes import ScriptedReader
from tests.films import patient_of
from triage.status import Status

TEXT = wording(CURRENT, "en")


def come(running: Running, page: Page, accession: str) -> str:
    """A patient with a film on file opens their link and says when they were born; answers the study."""
    person = patient_of(accession)
    study_uid = running.receive(accession, person)
    page.goto(
        running.url + link.invite(running.house, person.patient_id, person.birth_date, "clinician@demo")
    )
    say_birth_date(page)
    return study_uid


def say_birth_date(page: Page) -> None:
    for label, value in (("Day", "9"), ("Month", "3"), ("Year", "1958")):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Continue").click()


def choose(page: Page, question: int, answer: str) -> None:
    page.get_by_role("group", name=TEXT.questions[question].question).get_by_label(answer).check()


def draw(page: Page) -> None:
    """Draw a wave on the board with a finger."""
    board = page.locator("canvas")
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    assert box
    page.mouse.move(box["x"] + 30, box["y"] + 60)
    page.mouse.down()
    for step in range(20):
        page.mouse.move(box["x"] + 30 + 12 * step, box["y"] + 60 + (20 if step % 4 < 2 else -20))
    page.mouse.up()


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_a_patient_refuses_and_the_model_never_runs(running: Running, phone: Page, watch: Watch) -> None:
    study_uid = come(running, phone, "A-REFUSE")
    expect(phone.get_by_role("heading", level=1, name=TEXT.title)).to_be_visible()
    assert fits(phone)
    assert phone.locator("input:checked").count() == 0
    phone.get_by_role("button", name="Sign and send").click()
    expect(phone.get_by_role("alert")).to_contain_text("Something is still missing")
    choose(phone, 0, "No, I do not allow it")
    choose(phone, 1, "No, I do not allow it")
    phone.get_by_label("Your full name").fill("Alex Vale")
    draw(phone)
    phone.get_by_role("button", name="Sign and send").click()
    expect(phone.get_by_role("status")).to_have_text("Thank you. Your answers are saved.")
    expect(phone.get_by_text("You said no", exact=True)).to_have_count(2)
    expect(phone.get_by_role("img", name="Drawn signature")).to_be_visible()
    reader = ScriptedReader(running.house.clock)
    running.work(reader)
    assert study_uid not in reader.read_uids
    assert running.house.studies.entry(study_uid).status is Status.UNRANKED
    assert running.house.studies.reading(study_uid) is None
    assert watch.foreign() == set()
    assert [
        e for e in watch.errors if "422" not in e
    ] == []  # the browser itself reports a form that lacks something


def test_a_patient_allows_and_one_tap_takes_it_back(running: Running, phone: Page, watch: Watch) -> None:
    study_uid = come(running, phone, "A-ALLOW")
    choose(phone, 0, "Yes, I allow it")
    choose(phone, 1, "No, I do not allow it")
    phone.get_by_label("Your full name").fill("Robin Vale")
    phone.get_by_role("button", name="Sign and send").click()
    expect(phone.get_by_text("You said yes", exact=True)).to_be_visible()
    running.work()
    assert running.house.studies.reading(study_uid) is not None
    phone.get_by_role("button", name="Take back my yes").click()
    expect(phone.get_by_text("You took back your yes", exact=True)).to_be_visible()
    assert running.house.studies.reading(study_uid) is None
    with phone.expect_download() as saved:
        phone.get_by_role("link", name="Save the receipt as text").click()
    receipt = Path(saved.value.path()).read_text("utf-8")
    assert "taken back on" in receipt
    assert saved.value.suggested_filename.endswith(".txt")
    assert watch.errors == []


@pytest.fixture
def plain(browser: Browser, running: Running):
    """A phone whose browser runs no scripts and likes the dark."""
    context = browser.new_context(
        viewport={"width": 320, "height": 640}, java_script_enabled=False, color_scheme="dark"
    )
    yield context.new_page()
    context.close()


def test_without_scripts_in_the_dark_on_a_small_phone_in_russian(running: Running, plain: Page) -> None:
    person = patient_of("A-PLAIN")
    running.receive("A-PLAIN", person)
    plain.goto(
        running.url + link.invite(running.house, person.patient_id, person.birth_date, "clinician@demo")
    )
    plain.get_by_role("link", name="Русский").click()
    for label, value in (("День", "9"), ("Месяц", "3"), ("Год", "1958")):
        plain.get_by_label(label, exact=True).fill(value)
    plain.get_by_role("button", name="Продолжить").click()
    expect(plain.locator("canvas")).to_be_hidden()
    for question in wording(CURRENT, "ru").questions:
        plain.get_by_role("group", name=question.question).get_by_label(question.refuse).check()
    plain.get_by_label("Имя и фамилия").fill("Мария Иванова")
    plain.get_by_role("button", name="Подписать").click()
    expect(plain.get_by_role("status")).to_have_text("Спасибо. Ваши ответы сохранены.")
    assert re.search(r"/p/[\w-]{43}\?done=signed$", plain.url)
