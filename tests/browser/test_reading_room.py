"""A radiologist writes half a report, the server dies, and no word is lost; then they sign, amend and print."""

import re
import time
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.running import PATIENCE_S, Running
from tests.builders import a_person
from tests.fakes import ScriptedReader
from tests.films import a_heatmap, patient_of
from triage import writing
from triage.half_written import HalfWritten
from triage.permission import Person
from triage.report import ReportStatus

BEGUN, HALF, REST = "Small", "Small effusion on the left", ", no pneumothorax."


def open_study(page: Page, running: Running) -> None:
    """By the report that was begun: the page knows no study, and leads back to it."""
    page.goto(f"{running.url}/reading")
    page.get_by_role("button", name=re.compile("Go on with your report: .*A-ROOM")).click()


def kept(running: Running, study_uid: str, person: Person) -> str:
    half = running.house.half_written.find(study_uid, person.subject)
    return half.text if half else ""


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S / 3
    while not true():
        assert time.monotonic() < deadline, "the words never came"
        time.sleep(0.2)


def test_half_a_report_outlives_the_server_and_is_signed_amended_and_printed(
    running: Running, page: Page
) -> None:
    study_uid = running.receive("A-ROOM")
    running.consent(patient_of("A-ROOM").patient_id)
    running.work(ScriptedReader(running.house.clock, heatmap=a_heatmap()))
    me = a_person()
    writing.keep(running.house, HalfWritten(study_uid, me.subject, BEGUN), me)  # begun on another screen
    running.sign_in(page)

    open_study(page, running)
    field = page.get_by_label("Impression", exact=True)
    expect(field).to_have_value(BEGUN)
    field.press("Control+End")
    page.keyboard.type(HALF.removeprefix(BEGUN))  # no blur, no Enter: only hands that rest
    wait_until(lambda: kept(running, study_uid, me) == HALF)
    expect(field).to_be_focused()
    running.web.kill()
    running.web.start()

    open_study(page, running)
    expect(field).to_have_value(HALF)
    field.press("Control+End")
    page.keyboard.type(REST)
    page.get_by_role("button", name="Sign…").click()  # the last words and the click leave together
    confirm = page.locator(".st-key-confirm")
    for words in ("P-A-ROOM", "9 Mar 1958", "A-ROOM", "20 Nov 2026", HALF + REST):
        expect(confirm).to_contain_text(words)
    confirm.get_by_role("button", name="Sign as final").click()
    expect(page.get_by_text("Version 1")).to_be_visible()

    page.get_by_text("Amend this report").click()
    expect(field).to_have_value(HALF + REST)
    field.fill("Small effusion on the right, no pneumothorax.")
    page.get_by_text("Wrong side or place", exact=True).click()
    page.get_by_role("button", name="Sign…").click()
    expect(confirm.locator("del", has_text="left")).to_be_visible()
    page.get_by_role("button", name="Sign the amendment").click()
    expect(page.get_by_text("Version 2")).to_be_visible()

    with page.expect_download() as saved:
        page.get_by_role("link", name="Report as PDF").click()
    assert saved.value.suggested_filename == "report-A-ROOM-v2.pdf"
    assert saved.value.path().read_bytes().startswith(b"%PDF-")
    first, second = running.house.studies.reports(study_uid)
    assert (first.impression, second.status, second.reason) == (
        HALF + REST,
        ReportStatus.AMENDED,
        "Wrong side or place",
    )
    acts = [place.event.action for place in running.house.audit.chain() if study_uid in place.event.entity]
    assert acts.count("begin report") == 2  # the report, and its amendment; no keystroke
    assert acts[-1] == "export report"
