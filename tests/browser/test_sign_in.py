"""Sign-in and sign-out through a real provider, in a real browser."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from consent.audit import AuditEvent
from dashboard import streamlit_adapter
from tests.browser.conftest import Watch
from tests.browser.running import Running
from tests.films import patient_of

SCREENS = {
    "clinician@demo": ("Worklist", "Reading", "Upload", "Consents", "Correlations"),
    "admin@demo": ("Usage", "Audit trail", "Model", "Correlations"),
}


def test_in_and_out_and_a_stolen_cookie_is_worth_nothing(
    running: Running, page: Page, context: BrowserContext, watch: Watch
) -> None:
    page.goto(f"{running.url}/reading")
    expect(page.get_by_text("A first read for every chest radiograph")).to_be_visible()
    running.sign_in(page)
    expect(page.get_by_text("Dr. Ada Keller")).to_be_visible()
    expect(page.get_by_text("DEMO: invented patients")).to_be_visible()
    stolen = [c for c in context.cookies() if c["name"] == streamlit_adapter.USER_COOKIE]
    assert len(stolen) == 1
    assert stolen[0]["httpOnly"]
    running.sign_out(page)
    context.add_cookies(stolen)  # type: ignore[arg-type]
    page.goto(running.url)
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.get_by_text("Dr. Ada Keller")).to_have_count(0)
    assert watch.errors == []
    assert watch.foreign(running.provider) == set()


def test_who_is_signed_out_elsewhere_loses_every_screen(
    running: Running, page: Page, context: BrowserContext
) -> None:
    """No click is needed: not in another tab of this browser, not when an administrator ends the sign-in."""
    running.receive("A-SECRET")
    running.sign_in(page)
    expect(page.get_by_text("A-SECRET").first).to_be_visible()
    other = context.new_page()
    other.goto(running.url)
    other.get_by_role("button", name="Sign out").wait_for()
    running.sign_out(other)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.get_by_text("A-SECRET")).to_have_count(0)
    other.close()

    running.sign_in(page)
    expect(page.get_by_text("A-SECRET").first).to_be_visible()
    now = running.house.clock.now()
    running.sign_ins.revoke_subject("clinician@demo", now, AuditEvent("admin@demo", "end sign-ins", "x", now))
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    expect(page.get_by_text("A-SECRET")).to_have_count(0)


@pytest.mark.parametrize("subject", SCREENS)
def test_req_17_no_screen_breaks_its_policy_or_asks_a_stranger(
    running: Running, page: Page, watch: Watch, subject: str
) -> None:
    study_uid = running.receive(f"A-{subject[:5]}")
    running.consent(patient_of(f"A-{subject[:5]}").patient_id)
    running.work()
    running.sign_in(page, subject)
    for name in SCREENS[subject]:
        page.get_by_role("link", name=name).click()
        expect(page.locator("[data-testid=stApp]")).to_have_attribute("data-test-script-state", "notRunning")
        expect(page.get_by_text("Something unexpected went wrong")).to_have_count(0)
    if subject == "clinician@demo":
        page.get_by_role("link", name="Worklist").click()
        page.get_by_role("button", name="Open").first.click()
        with page.expect_response(lambda answer: "heatmap.png" in answer.url) as shown:
            page.get_by_role("button", name="Heatmap").click()
        assert shown.value.ok
        assert running.house.studies.find(study_uid) is not None
    assert watch.errors == []
    assert watch.foreign(running.provider) == set()
