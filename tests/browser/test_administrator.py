"""An administrator checks that nobody changed the record, and sees no patient's study."""

from playwright.sync_api import Page, expect

from consent.audit import verify
from tests.browser.conftest import Watch
from tests.browser.running import Running

expect.set_options(timeout=20_000)


def test_the_chain_is_verified_with_one_button(running: Running, page: Page, watch: Watch) -> None:
    running.receive("A-ADMIN")
    running.sign_in(page, "admin@demo")
    expect(page.get_by_role("heading", name="Usage", level=1)).to_be_visible()
    expect(page.get_by_text("Do we keep up? Studies per day (UTC)")).to_be_visible()
    expect(page.get_by_role("link", name="Worklist")).to_have_count(0)

    page.get_by_role("link", name="Audit trail").first.click()
    page.get_by_role("button", name="Verify the chain").click()
    expect(page.get_by_text("The chain is whole")).to_be_visible()
    head = verify(running.house.audit.chain())
    expect(page.get_by_text(f"The chain is whole: {head.events} events.")).to_be_visible()
    expect(page.get_by_text(head.sha256)).to_be_visible()
    assert watch.errors == []
    assert watch.foreign(running.provider) == set()


def test_a_deep_link_to_a_study_shows_an_administrator_nothing(running: Running, page: Page) -> None:
    running.receive("A-ADMIN-DEEP")
    running.sign_in(page, "admin@demo")
    for address in ("/worklist", "/reading"):
        page.goto(running.url + address)
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()
        page.wait_for_timeout(1500)
        expect(page.get_by_text("A-ADMIN-DEEP")).to_have_count(0)
