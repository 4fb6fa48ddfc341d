"""A critical finding is signed, nobody can be reached, the next one hears it and repeats it, and it is counted."""

import re

from playwright.sync_api import Locator, Page, expect

from consent.audit import verify
from tests.browser.conftest import Watch
from tests.browser.running import Running
from tests.builders import a_person
from tests.fakes import ScriptedReader
from tests.films import a_heatmap, patient_of
from triage import writing
from triage.critical import ReadBack
from triage.escalation import state
from triage.half_written import HalfWritten

ACCESSION = "A-CRITICAL"
expect.set_options(timeout=20_000)


def tell(page: Page, heard: str, outcome: ReadBack) -> None:
    """From the button to the record with the keyboard alone; everything is said, nothing is assumed."""
    begin = page.get_by_role("button", name="Record who heard it")
    begin.press("Enter")
    who, how = page.get_by_role("textbox", name="Who heard it"), page.get_by_role("combobox", name="How")
    done = page.get_by_role("button", name="Record", exact=True)
    expect(done).to_be_visible()
    expect(begin).to_have_count(0)  # the whole form stands in its place
    tab_to(page, who)
    page.keyboard.type(heard)
    expect(who).to_have_value(heard)
    tab_to(page, how)
    page.keyboard.type("telephone")
    expect(page.get_by_role("option", name="by telephone")).to_be_visible()
    page.keyboard.press("Enter")
    expect(how).to_have_value("by telephone")
    tab_to(page, page.get_by_role("radio", name=ReadBack.CONFIRMED.value))
    page.keyboard.press("Space")
    for _ in range(list(ReadBack).index(outcome)):
        page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name=outcome.value)).to_be_checked()
    tab_to(page, done)
    page.keyboard.press("Enter")


def tab_to(page: Page, target: Locator) -> None:
    """Go on with the tabulator until this is in hand."""
    for _ in range(10):
        page.keyboard.press("Tab", delay=50)  # as a hand does; the page follows the focus
        if target.evaluate("e => e === document.activeElement"):
            return
    raise AssertionError(f"Ten tabs do not lead to {target}.")


def go_on(page: Page) -> None:
    """Open the report this person has begun, as after any break."""
    page.get_by_role("link", name="Reading").first.click()
    page.get_by_role("button", name=re.compile(f"Go on with your report.*{ACCESSION}")).click()


def test_a_critical_finding_is_told_and_counted(running: Running, page: Page, watch: Watch) -> None:
    study_uid = running.receive(ACCESSION)
    running.consent(patient_of(ACCESSION).patient_id)
    running.work(ScriptedReader(running.house.clock, {"pneumothorax": 0.91}, heatmap=a_heatmap()))
    begun = HalfWritten(study_uid, a_person().subject, "Left tension pneumothorax.")
    writing.keep(running.house, begun, a_person())
    running.sign_in(page)

    go_on(page)
    page.get_by_role("button", name="Pneumothorax, within minutes").click()
    expect(page.get_by_role("textbox", name="What is critical")).to_have_value("Pneumothorax")
    found = page.get_by_role("group", name="Found at")
    expect(found).not_to_contain_text("yyyy")
    marked_at = found.inner_text()
    page.goto(running.url)  # a mark is kept as the words are
    go_on(page)
    expect(page.get_by_role("textbox", name="What is critical")).to_have_value("Pneumothorax")
    expect(found).to_have_text(marked_at.replace("\n", ""))
    assert running.house.critical.of_study(study_uid) == ()  # a suggestion opens nothing
    page.get_by_role("button", name="Sign…").press("Enter")
    expect(page.get_by_text("Opens as critical: Pneumothorax, within minutes, found")).to_be_visible()
    page.get_by_role("button", name="Sign as final").click()
    expect(page.get_by_text("Version 1 · final")).to_be_visible()
    (opened,) = running.house.critical.of_study(study_uid)
    assert (opened.what, opened.report_version) == ("Pneumothorax", 1)
    expect(page.get_by_text("Mark another finding as critical")).to_be_visible()
    expect(page.locator("input[value='Pneumothorax']")).to_have_count(
        0
    )  # the fields are empty for the next one
    bell = page.locator(".fr-bell")
    expect(bell).to_contain_text(re.compile("1 critical result.*not told yet"))

    page.get_by_role("link", name="Critical results").first.click()
    expect(page.get_by_role("heading", name="Your report")).to_have_count(0)
    card = page.locator(f".st-key-critical-{opened.short}")
    expect(card).to_contain_text("To be told now: Ordering clinician")
    expect(card).to_contain_text(f"notice {opened.short}")
    tell(page, "Ward 7, nobody answers", ReadBack.UNABLE)
    expect(card).to_contain_text("To be told now: Ward doctor on call")
    expect(card).to_contain_text("escalated, step 1")
    assert not state(running.house.critical.result(opened.result_id), running.house.clock.now()).closed

    tell(page, "Dr. Noor Haddad, Ward 7", ReadBack.CONFIRMED)
    expect(page.get_by_text("Every critical result was told")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("minutes.*1 of 1"))).to_be_visible()
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    expect(bell).to_have_count(0)
    now = state(running.house.critical.result(opened.result_id), running.house.clock.now())
    assert now.read_back is ReadBack.CONFIRMED
    assert now.told is not None
    assert now.told.received_by == "Dr. Noor Haddad, Ward 7"
    verify(running.house.audit.chain())
    assert watch.errors == []
    assert watch.foreign(running.provider) == set()
