"""Sign-in and sign-out through a real provider, in a real browser."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Watch
from tests.browser.running import Running


def test_a_clinician_signs_in_and_out(running: Running, page: Page, watch: Watch) -> None:
    page.goto(running.url)
    expect(page.get_by_text("A first read for every chest radiograph")).to_be_visible()
    running.sign_in(page)
    expect(page.get_by_text("Dr. Ada Keller")).to_be_visible()
    running.sign_out(page)
    assert watch.errors == []
    assert watch.foreign(running.provider) == set()
