"""No room keeps anybody out: axe-core finds nothing serious on any page of ours, light or dark."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from dashboard.patient import link
from tests.browser.conftest import Watch
from tests.browser.furnished import accession
from tests.browser.running import PATIENCE_S, Running
from tests.browser.test_patient import choose, say_birth_date
from tests.films import patient_of

GRAVE = {"serious", "critical"}
NOT_OURS: tuple[str, ...] = ()
"""Selectors of Streamlit's own chrome that axe-core objects to, each with its reason; there is none."""
SETTLED = """() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState !== 'running'
    && !document.querySelector('[data-stale=true], [data-testid=stSkeleton]')
    && document.getAnimations().every(one => one.playState !== 'running' || one.effect.getTiming().iterations > 9)"""
expect.set_options(timeout=30_000)


@pytest.fixture
def running(rooms: Running) -> Running:
    return rooms


@pytest.fixture
def page(running: Running, browser: Browser, watch: Watch) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
    context.set_default_timeout(PATIENCE_S * 1000 / 2)
    made = context.new_page()
    watch.add(made)
    yield made
    context.close()


def grave(page: Page, where: str) -> list[str]:
    """What keeps people out of this page, in the theme that is on and then in the dark one."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(400)
        page.wait_for_function(SETTLED)
        options = {"resultTypes": ["violations"], "iframes": False}
        if scheme == "dark":  # another theme changes colours, and nothing else
            options["runOnly"] = ["color-contrast"]
        left_out = {"exclude": [[selector] for selector in NOT_OURS]} if NOT_OURS else None
        said = Axe().run(page, context=left_out, options=options).response["violations"]
        found += [
            f"{where}, {scheme}: {rule['id']}: {' '.join(map(str, node['target']))} {node['html'][:160]}"
            for rule in said
            if rule["impact"] in GRAVE
            for node in rule["nodes"]
        ]
    page.emulate_media(color_scheme="light")
    return found


def test_the_rooms_of_a_clinician(running: Running, page: Page, watch: Watch) -> None:
    page.goto(running.url)
    page.get_by_role("button", name="Sign in").wait_for()
    found = grave(page, "sign-in")
    running.sign_in(page)
    first = page.get_by_role("button", name=re.compile(f"^Open {accession(0)}"))
    first.wait_for()
    found += grave(page, "worklist")
    first.click()
    expect(page.locator(".viewer[data-shown]")).to_be_visible(timeout=PATIENCE_S * 1000)
    expect(page.get_by_label("Impression", exact=True)).to_be_visible()
    found += grave(page, "reading")
    page.get_by_text("Mark a finding as critical").click()
    page.get_by_role("textbox", name="What is critical").wait_for()
    found += grave(page, "critical form")
    page.get_by_label("Impression", exact=True).fill("No acute finding.")
    page.get_by_role("button", name="Sign…").click()
    page.get_by_role("button", name="Sign as final").wait_for()
    found += grave(page, "signing")
    for title, there in (
        ("Upload", "Patients"),
        ("Consents", "Consents"),
        ("Critical results", "Tension pneumothorax"),
        ("Correlations", "One pair up close"),
    ):
        page.get_by_role("link", name=title).first.click()
        page.get_by_text(there).first.wait_for()
        found += grave(page, title)
    assert found == []
    assert watch.errors == []


def test_the_rooms_of_an_administrator(running: Running, page: Page, watch: Watch) -> None:
    running.sign_in(page, "admin@demo")
    page.get_by_text("Do we keep up, and how fast?").wait_for()
    found = grave(page, "usage")
    for title, there in (
        ("Model", "How good is it, and for whom?"),
        ("Simulator", "Nothing was simulated yet"),
        ("Audit trail", "Verify the chain"),
    ):
        page.get_by_role("link", name=title).first.click()
        page.get_by_text(there).first.wait_for()
        found += grave(page, title)
        if title == "Simulator":
            page.get_by_role("button", name="Simulate", exact=True).click()
            page.get_by_text("Would it help here").wait_for(timeout=PATIENCE_S * 1000)
            found += grave(page, "simulated")
    assert found == []
    assert watch.errors == []


def test_the_pages_of_a_patient(running: Running, phone: Page, watch: Watch) -> None:
    person = patient_of("B-SILENT")
    phone.goto(
        running.url + link.invite(running.house, person.patient_id, person.birth_date, "clinician@demo")
    )
    found = grave(phone, "birth date")
    say_birth_date(phone)
    phone.get_by_role("button", name="Sign and send").wait_for()
    found += grave(phone, "form")
    phone.get_by_role("button", name="Sign and send").click()
    phone.get_by_role("alert").wait_for()
    found += grave(phone, "what is missing")
    for question in (0, 1):
        choose(phone, question, "Yes, I allow it")
    phone.get_by_label("Your full name").fill("Robin Vale")
    phone.get_by_role("button", name="Sign and send").click()
    expect(phone.get_by_role("status")).to_have_text("Thank you. Your answers are saved.")
    found += grave(phone, "receipt")
    phone.get_by_role("button", name="Take back my yes").first.click()
    expect(phone.get_by_text("You took back your yes", exact=True)).to_be_visible()
    found += grave(phone, "taken back")
    phone.context.clear_cookies()
    phone.goto(running.url + "/p/" + "x" * 43)
    phone.get_by_role("heading", level=1).wait_for()
    found += grave(phone, "a link that leads nowhere")
    assert found == []
    assert [e for e in watch.errors if not re.search("422|404|410", e)] == []
