"""Every room does its main work for somebody without a mouse, at 125 % zoom; the lists and the report have their own journeys."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Watch
from tests.browser.furnished import READ, accession
from tests.browser.keys import press_on, tab_to
from tests.browser.running import PATIENCE_S, Running
from tests.films import a_film

LAST = accession(READ - 1)
expect.set_options(timeout=PATIENCE_S * 1000)


@pytest.fixture
def running(rooms: Running) -> Running:
    return rooms


@pytest.fixture
def enter(running: Running, browser: Browser, watch: Watch) -> Iterator[Callable[[str, str], Page]]:
    """Sign in and walk into a room, by keys."""
    context = browser.new_context(viewport={"width": 1152, "height": 720})
    context.set_default_timeout(PATIENCE_S * 1000)

    def walk(subject: str, room: str) -> Page:
        page = context.new_page()
        watch.add(page)
        page.goto(running.url)
        press_on(page, page.get_by_role("button", name="Sign in"))
        press_on(page, page.locator(f"button[value='{subject}']"))
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()
        press_on(page, page.get_by_role("link", name=room).first)
        there = (
            "" if room == "Usage" else room.lower().replace(" ", "_")
        )  # an administrator begins with usage
        expect(page).to_have_url(f"{running.url}/{there}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        return page

    yield walk
    context.close()
    assert watch.errors == []
    assert watch.foreign(running.provider) == set()


def chart(page: Page, text: str) -> Locator:
    return page.locator(".js-plotly-plot").filter(has_text=text).first


def test_a_film_is_brought_in(enter) -> None:
    """The key leads to the field; what is chosen in the system's own dialog is put in as that dialog would."""
    page = enter("clinician@demo", "Upload")
    tab_to(
        page, page.get_by_role("button", name="Drop DICOM files, a zip of them, or PNG and JPEG films here")
    )
    film = {"name": "film.dcm", "mimeType": "application/dicom", "buffer": a_film("A-BY-KEYS", seed=77)}
    page.locator("input[type=file]").first.set_input_files(film)
    press_on(page, page.get_by_role("button", name="Send 1 file"))
    expect(page.get_by_text("1 of 1 accepted")).to_be_visible()


def test_a_consent_link_is_made(enter) -> None:
    page = enter("clinician@demo", "Consents")
    tab_to(page, page.locator("[data-testid=stMain]").get_by_role("textbox").first)
    page.keyboard.type(LAST)
    page.keyboard.press("Enter")
    press_on(page, page.get_by_role("button", name="Make a link"))
    expect(page.get_by_text("Hand it to the patient now")).to_be_visible()


def test_correlations_are_measured_in_another_way(enter) -> None:
    page = enter("clinician@demo", "Correlations")
    expect(chart(page, "Pearson r, n below it")).to_be_visible()
    tab_to(page, page.get_by_role("radio", name="Pearson r"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(chart(page, "Spearman ρ, n below it")).to_be_visible()


def test_usage_is_shown_for_other_days(enter) -> None:
    page = enter("admin@demo", "Usage")
    days = page.locator(".st-key-days, [data-testid=stButtonGroup]").first.get_by_role("radio")
    tab_to(page, days.first)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(days.nth(1)).to_be_checked()


def test_the_audit_chain_is_verified(enter) -> None:
    page = enter("admin@demo", "Audit trail")
    press_on(page, page.get_by_role("button", name="Verify the chain"))
    expect(page.get_by_text("The chain is whole")).to_be_visible()


def test_the_model_card_is_read(enter) -> None:
    page = enter("admin@demo", "Model")
    press_on(page, page.locator("summary").filter(has_text="Read the whole card"))
    expect(page.get_by_text("Not a medical device, not cleared for clinical use").first).to_be_visible()


def test_waits_are_simulated(enter) -> None:
    page = enter("admin@demo", "Simulator")
    press_on(page, page.get_by_role("button", name="Simulate", exact=True))
    expect(page.get_by_text("Would it help here, and whom would it make wait?")).to_be_visible()
