"""A clinician brings a film with its vitals, watches it find its place, reads it and signs."""

import re

from playwright.sync_api import Page, expect

from consent.audit import verify
from tests.browser.conftest import Watch
from tests.browser.running import Running
from tests.fakes import WORDS
from tests.films import a_film, patient_of
from triage.reading import Style
from triage.report import Verdict
from triage.status import Status

ACCESSION = "A-JOURNEY"
expect.set_options(timeout=20_000)


def go(page: Page, title: str) -> None:
    page.get_by_role("link", name=title).first.click()
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()


def upload(page: Page) -> None:
    """Type the bedside, drop two files, send them."""
    go(page, "Upload")
    for label, value in (("SpO₂, %", "88"), ("Respiratory rate, /min", "26"), ("Temperature, °C", "38.6")):
        page.get_by_role("spinbutton", name=label).fill(value)
        page.keyboard.press("Tab")
    expect(page.get_by_text("NEWS2 ≥ 7")).to_be_visible()
    film = {"name": "film.dcm", "mimeType": "application/dicom", "buffer": a_film(ACCESSION, seed=7)}
    broken = {"name": "<b>broken</b>.dcm", "mimeType": "application/dicom", "buffer": b"no film"}
    page.locator("input[type=file]").first.set_input_files([film, broken])
    page.get_by_role("button", name="Send 2 files").click()


def test_a_film_comes_in_finds_its_place_is_read_and_signed(
    running: Running, page: Page, watch: Watch
) -> None:
    running.consent(patient_of(ACCESSION).patient_id)
    running.sign_in(page)

    upload(page)
    expect(page.get_by_text("1 of 2 accepted")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="<b>broken</b>.dcm")).to_contain_text("rejected")
    study_uid = running.house.studies.by_accession(ACCESSION)
    assert study_uid is not None
    assert running.house.studies.vitals(study_uid)[-1].values["spo2_pct"] == 88.0
    expect(page.get_by_text("waiting for AI")).to_be_visible()
    running.work()
    expect(page.get_by_text("read by AI")).to_be_visible()  # by itself, without a reload

    go(page, "Worklist")
    row = page.locator(f"[data-study='{study_uid}']")
    expect(row).to_contain_text("STAT")
    expect(row).to_contain_text("NEWS2 7: emergency response within 30 minutes")
    expect(row).to_contain_text("AI: pleural effusion 84%")
    with page.expect_response(re.compile("/frame")) as fetched:
        row.get_by_role("button", name="Open").click()
    assert fetched.value.status == 200
    assert f"/api/studies/{study_uid}/frame" in fetched.value.url

    expect(page.locator(".viewer[data-shown]")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Pleural effusion 84%.*very likely"))).to_be_visible()
    expect(page.get_by_text(ACCESSION).first).to_be_visible()
    with page.expect_response(re.compile(f"/api/studies/{study_uid}/heatmap.png")) as heat:
        page.get_by_role("button", name="Heatmap", exact=True).click()
    assert heat.value.ok
    expect(page.get_by_text("not where the disease is")).to_be_visible()

    page.get_by_role("button", name="Start from the brief draft").click()
    impression = page.get_by_label("Impression", exact=True)
    expect(impression).to_have_value(WORDS[Style.BRIEF])
    impression.fill("Left pleural effusion.")
    page.get_by_role(
        "button", name="Sign…"
    ).click()  # the last words and the click leave the browser together
    confirm = page.locator(".st-key-confirm")
    expect(confirm).to_contain_text(f"P-{ACCESSION}")
    expect(confirm).to_contain_text("Left pleural effusion.")
    assert running.house.studies.reports(study_uid) == ()
    confirm.get_by_role("button", name="Sign as final").click()
    expect(page.get_by_text("Version 1")).to_be_visible()

    (report,) = running.house.studies.reports(study_uid)
    assert (report.impression, report.verdict) == ("Left pleural effusion.", Verdict.EDITED)
    assert report.signed_by == "clinician@demo"
    assert running.house.studies.entry(study_uid).status is Status.SIGNED
    verify(running.house.audit.chain())
    assert watch.errors == []
    assert watch.foreign(running.provider) == set()
