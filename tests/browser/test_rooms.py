"""Every room opens and answers one touch; a report is signed without a mouse, and nothing runs off a small screen."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Watch
from tests.browser.furnished import READ, accession
from tests.browser.keys import tab_to
from tests.browser.running import PATIENCE_S, Running

LAST = accession(READ - 1)
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
MAGNIFIED = {"viewport": {"width": 1152, "height": 720}}
"""A screen of 1440 by 900 at 125 %."""
ROOMS = {
    "clinician@demo": ("worklist", "upload", "consents", "critical", "correlations"),
    "admin@demo": ("usage", "critical", "audit_trail", "model", "simulator", "correlations"),
}
Seat = Callable[..., Page]
expect.set_options(timeout=PATIENCE_S * 1000)


@pytest.fixture
def running(rooms: Running) -> Running:
    return rooms


@pytest.fixture(scope="module")
def known(rooms: Running, browser: Browser) -> Any:
    """What the browser of a clinician keeps who signed in once for all of this file."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_S * 1000)
    rooms.sign_in(context.new_page())
    kept = context.storage_state()
    context.close()
    return kept


@pytest.fixture
def seat(browser: Browser, known: Any, watch: Watch) -> Iterator[Seat]:
    """A screen of some size with the clinician before it."""
    made = []

    def sit(**size: Any) -> Page:
        context = browser.new_context(storage_state=known, **size)
        context.set_default_timeout(PATIENCE_S * 1000 / 2)
        made.append(context)
        page = context.new_page()
        watch.add(page)
        return page

    yield sit
    for context in made:
        context.close()


def fits(page: Page) -> bool:
    """Whether nothing of the page, nor of what scrolls in it, lies beside the screen."""
    return bool(
        page.evaluate(
            """() => [document.documentElement, document.querySelector('[data-testid=stMain]')]
                .every(one => one.scrollWidth <= one.clientWidth)"""
        )
    )


def open_last(page: Page) -> None:
    """With one tap, which selects the line as well."""
    page.get_by_role("button", name=re.compile(f"^Open {LAST}")).click()
    expect(page.get_by_label("Impression", exact=True)).to_be_visible()


def test_correlations_and_consents_answer(running: Running, seat: Seat, watch: Watch) -> None:
    page = seat(viewport={"width": 1440, "height": 900})
    page.goto(running.url)
    page.get_by_role("link", name="Correlations").first.click()
    drawn = page.locator(".js-plotly-plot")
    expect(drawn.filter(has_text="Pearson r, n below it").first).to_contain_text("Association, not cause")
    page.get_by_text("Spearman ρ", exact=True).first.click()
    expect(drawn.filter(has_text="Spearman ρ, n below it").first).to_be_visible()
    expect(drawn.filter(has_text="Does SpO₂ go with").first).to_be_visible()
    saved = page.context.request.get(running.url + "/api/correlations.csv?permitted=1")
    assert saved.text().startswith('"# Association, not cause.')

    figure = drawn.filter(has_text="Pearson").or_(drawn.filter(has_text="Spearman")).first
    figure.hover()
    with page.expect_download() as picture:
        figure.locator("[data-title*='png' i]").click()
    assert picture.value.path().read_bytes().startswith(b"\x89PNG")

    page.get_by_role("link", name="Consents").first.click()
    page.get_by_role("textbox").first.fill(LAST)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Signed forms, the latest first")).to_be_visible()
    page.get_by_role("button", name="Make a link").click()
    expect(page.get_by_text("Hand it to the patient now")).to_be_visible()
    assert watch.errors == []
    assert watch.foreign() == set()


def test_the_simulator_and_the_model_answer(running: Running, page: Page, watch: Watch) -> None:
    running.sign_in(page, "admin@demo")
    page.get_by_role("link", name="Simulator").first.click()
    page.get_by_role("button", name="Simulate", exact=True).click()
    expect(page.get_by_text("Would it help here, and whom would it make wait?")).to_be_visible()
    expect(page.locator(".st-key-sim_change .js-plotly-plot")).to_contain_text("diseased")
    page.get_by_role("link", name="Model").first.click()
    page.get_by_text("Read the whole card").click()
    expect(page.get_by_text(re.compile("not a medical device")).first).to_be_visible()
    assert watch.errors == []
    assert watch.foreign(running.provider) == set()


def test_on_a_phone_nothing_runs_off_the_screen(running: Running, seat: Seat, watch: Watch) -> None:
    page = seat(**PHONE)
    page.goto(running.url)
    page.get_by_role("button", name=re.compile(f"^Open {LAST}")).wait_for()
    assert fits(page)
    open_last(page)
    assert fits(page)
    assert watch.errors == []


@pytest.mark.parametrize("size", [PHONE, MAGNIFIED], ids=["phone", "125 %"])
@pytest.mark.parametrize("subject", ["clinician@demo", "admin@demo"])
def test_no_room_runs_off_a_small_screen(
    running: Running, browser: Browser, subject: str, size: dict[str, Any]
) -> None:
    context = browser.new_context(**size)
    context.set_default_timeout(PATIENCE_S * 1000)
    page = context.new_page()
    running.sign_in(page, subject)
    too_wide = []
    for room in ROOMS[subject]:
        page.goto(f"{running.url}/{room}")
        page.get_by_role("heading", level=1).wait_for()
        page.wait_for_timeout(1500)  # charts find their width
        if not fits(page):
            too_wide.append(room)
    context.close()
    assert too_wide == []  # no word on errors: by a room's address Streamlit first looks for itself below it


def test_a_report_is_signed_without_a_mouse_at_125_percent(
    running: Running, seat: Seat, watch: Watch
) -> None:
    page = seat(**MAGNIFIED)
    page.goto(running.url)
    page.locator("[data-study]").first.wait_for()
    page.keyboard.press("/")
    page.keyboard.type(LAST)
    page.keyboard.press("Enter")
    expect(page.locator("[data-study]")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("[data-study]")).to_be_focused()
    page.keyboard.press("Enter")
    impression = page.get_by_label("Impression", exact=True)
    tab_to(page, impression)
    assert fits(page)
    page.keyboard.type("No acute finding.")
    tab_to(page, page.get_by_role("button", name="Sign…"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Sign as final"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Version 1")).to_be_visible()
    uid = running.house.studies.by_accession(LAST)
    assert uid is not None
    (report,) = running.house.studies.reports(uid)
    assert report.impression == "No acute finding."
    assert watch.errors == []
