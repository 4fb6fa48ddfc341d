"""Take the pictures of the README from the real demo, with the real model: `make screens`."""

import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

OUT = Path(__file__).with_name("screens")
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PATIENCE_MS = 60_000
ALL_READ_MS = 20 * 60_000  # two dozen studies, three impressions each, on two cores


@contextmanager
def demo(port: int) -> Iterator[dict[str, Any]]:
    """The demo in a home of its own, from its first line to a clean stop."""
    firstread = str(Path(sys.executable).with_name("firstread"))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        started = subprocess.Popen(
            [firstread, "demo", "--no-browser", "--json", "--port", str(port)],
            env={"PATH": "/usr/bin:/bin", "HOME": home, "FIRSTREAD_HOME": home},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield json.loads(_answer(started))
        finally:
            started.send_signal(signal.SIGTERM)
            started.wait(timeout=60)


def _answer(started: "subprocess.Popen[str]") -> str:
    text = ""
    for line in started.stdout or ():
        text += line
        try:
            json.loads(text)
        except ValueError:
            continue
        return text
    raise RuntimeError("The demo did not start; run `make demo` and read what it says.")


def sign_in(page: Page, url: str, subject: str) -> None:
    page.goto(url)
    page.get_by_role("button", name="Sign in").click()
    page.locator(f"button[value='{subject}']").click()
    page.get_by_role("button", name="Sign out").wait_for(timeout=PATIENCE_MS)


def go(page: Page, title: str) -> None:
    page.get_by_role("link", name=title).first.click()
    page.wait_for_timeout(2000)  # the page that is left shows its own heading until then
    page.get_by_role("heading", level=1).wait_for(timeout=PATIENCE_MS)
    page.wait_for_timeout(4000)


def shoot(page: Page, name: str, **more: Any) -> None:
    page.screenshot(path=OUT / f"{name}.png", **more)


def shoot_whole(page: Page, name: str) -> None:
    """All of a room, as on a screen that is as high as it: rooms scroll inside the page."""
    height = page.locator("[data-testid=stMain]").evaluate("main => main.scrollHeight")
    page.set_viewport_size({"width": DESK["width"], "height": height})
    page.wait_for_timeout(3000)
    shoot(page, name)
    page.set_viewport_size(DESK)


def clinician(browser: Browser, url: str, scheme: str, suffix: str = "") -> None:
    """The worklist when everything is read, and one study."""
    page = browser.new_page(viewport=DESK, color_scheme=scheme)
    page.set_default_timeout(PATIENCE_MS)
    sign_in(page, url, "clinician@demo")
    rows = page.locator("[data-study]")
    rows.first.wait_for()
    unread = rows.filter(has_text=re.compile("waiting for AI|AI is reading"))
    expect(unread).to_have_count(0, timeout=ALL_READ_MS)
    shoot(page, f"worklist{suffix}")
    open_study(page, "DEMO-2004")
    page.get_by_label("Heatmap", exact=True).click()
    page.get_by_role("button", name="Accept as it stands").wait_for(timeout=ALL_READ_MS)
    page.wait_for_timeout(3000)
    shoot(page, f"reading{suffix}")
    if not suffix:
        page.get_by_text("Evidence, sentence by sentence").first.click()
        page.wait_for_timeout(1500)
        shoot_whole(page, "reading_whole")
    page.close()


def open_study(page: Page, accession: str) -> None:
    page.get_by_placeholder("Accession, patient number or name").fill(accession)
    page.keyboard.press("Enter")
    page.get_by_role("button", name=f"Open {accession}").click()
    page.locator(".viewer[data-shown]").wait_for(timeout=PATIENCE_MS)
    page.wait_for_timeout(4000)


def rooms(browser: Browser, url: str) -> None:
    """A report with a critical finding is signed, nobody has heard of it yet; then the other rooms."""
    page = browser.new_page(viewport=DESK)
    page.set_default_timeout(PATIENCE_MS)
    sign_in(page, url, "clinician@demo")
    open_study(page, "DEMO-2001")
    page.get_by_label("Impression", exact=True).fill("Right pneumothorax.")
    page.get_by_text("Mark a finding as critical").click()
    page.get_by_role("textbox", name="What is critical").fill("Right pneumothorax")
    page.keyboard.press("Tab")
    page.get_by_text("within minutes", exact=True).last.click()
    page.wait_for_timeout(2000)
    page.get_by_role("button", name="Sign…").click()
    page.get_by_role("button", name="Sign as final").click()
    page.get_by_text("Version 1 · final").wait_for()
    for title in ("Critical results", "Correlations", "Upload"):
        go(page, title)
        shoot(page, title.lower().replace(" ", "_"))
    go(page, "Consents")
    page.locator("[data-testid=stMain]").get_by_role("textbox").first.fill("DEMO-2001")
    page.keyboard.press("Enter")
    page.get_by_text("Signed forms, the latest first").wait_for()
    page.wait_for_timeout(1000)
    shoot(page, "consents")
    page.close()


def narrow(browser: Browser, url: str) -> None:
    page = browser.new_page(viewport=PHONE, device_scale_factor=2)
    page.set_default_timeout(PATIENCE_MS)
    sign_in(page, url, "clinician@demo")
    page.locator("[data-study]").first.wait_for()
    page.wait_for_timeout(4000)
    shoot(page, "worklist_narrow")
    page.close()


def administrator(browser: Browser, url: str) -> None:
    page = browser.new_page(viewport=DESK)
    page.set_default_timeout(PATIENCE_MS)
    sign_in(page, url, "admin@demo")
    for title in ("Usage", "Model"):
        go(page, title)
        shoot(page, title.lower())
    shoot_whole(page, "model_whole")
    simulator(page)
    go(page, "Audit trail")
    page.get_by_role("button", name="Verify the chain").click()
    page.wait_for_timeout(4000)
    shoot(page, "audit_trail")
    page.close()


def simulator(page: Page) -> None:
    """The answer, from its question on."""
    go(page, "Simulator")
    page.get_by_role("button", name="Simulate", exact=True).click()
    question = page.get_by_role("heading", name="Would it help here, and whom would it make wait?")
    question.wait_for(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Download as CSV").wait_for()
    page.wait_for_timeout(3000)  # the bars grow
    question.evaluate("title => { title.style.scrollMarginTop = '6rem'; title.scrollIntoView() }")
    page.wait_for_timeout(1000)
    shoot(page, "simulator")


def patient(browser: Browser, door: dict[str, str]) -> None:
    page = browser.new_page(viewport=PHONE, device_scale_factor=2)
    page.goto(door["url"])
    year, month, day = door["birth_date"].split("-")
    for name, value in (("day", day), ("month", month), ("year", year)):
        page.locator(f"input[name={name}]").fill(value)
    page.locator("form button[type=submit]").last.click()
    page.wait_for_timeout(1500)
    shoot(page, "consent")
    for question, answer in ((0, "yes"), (1, "no")):
        page.get_by_role("group").nth(question).get_by_label(re.compile(answer, re.IGNORECASE)).first.check()
    page.get_by_label("Your full name").fill("Robin Vale")
    page.get_by_role("button", name="Sign and send").click()
    page.get_by_role("status").wait_for()
    page.screenshot(path=OUT / "receipt.png", full_page=True)
    page.close()


def main() -> None:
    """Start, look at everything, stop."""
    OUT.mkdir(exist_ok=True)
    with demo(8790) as ready, sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        clinician(browser, ready["url"], "light")
        clinician(browser, ready["url"], "dark", "_dark")
        narrow(browser, ready["url"])
        rooms(browser, ready["url"])
        administrator(browser, ready["url"])
        if ready["patient"]:
            patient(browser, ready["patient"])
        browser.close()


if __name__ == "__main__":
    main()
