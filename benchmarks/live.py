"""How long until a reader sees it: a new study, and a finished first read, from the write to the row in the browser.

    python -m benchmarks.live [--sizes 1000,1000000] [--runs 20] [--json] [--write docs/benchmarks.md]

The server, the gate, the database and the browser are the true ones, all on this machine; somebody has the worklist
open, searched for one ward's orders, and touches nothing. The clock starts before the study or the read is filed.
"""

import argparse
import json
import os
import platform
import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.house import a_browser, a_house
from benchmarks.page import figures, write

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.running import Running

MARK = "## The open worklist, from the write to the screen"
GOAL_S = 2.0
WARD = "LIVE"
SHOWN = """([uid, words]) => {
    const rows = root => [...root.querySelectorAll('*')].flatMap(one => [
        ...(one.dataset?.study === uid ? [one] : []), ...(one.shadowRoot ? rows(one.shadowRoot) : [])]);
    return rows(document).some(row => row.innerText.includes(words));
}"""
"""Asked with every picture the browser draws: Playwright's own waiting looks twice a second only."""
NEW, READ = "a new study", "a finished first read, its finding in the row"


def main() -> int:
    asked = options()
    with a_browser() as browser:
        found = {str(size): one_size(browser, size, asked.runs) for size in asked.sizes}
    if asked.write:
        write(asked.write, MARK, table(found, asked.runs))
    print(json.dumps(found, indent=1) if asked.json else table(found, asked.runs))
    return 0 if kept(found) else 1


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--sizes", type=lambda text: [int(n) for n in text.split(",")], default=[1_000, 1_000_000]
    )
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", type=Path)
    return parser.parse_args()


def one_size(browser: "Browser", size: int, runs: int) -> dict[str, dict[str, float]]:
    """Milliseconds until a row shows what was filed, with so many studies on file."""
    with a_house(studies=size) as running:
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        running.sign_in(page)
        search(running, page)
        spent: dict[str, list[float]] = {NEW: [], READ: []}
        for number in range(1, runs + 1):
            arrival, read = once(running, page, number)
            spent[NEW].append(arrival)
            spent[READ].append(read)
        page.context.close()
    print(f"watched with {size:,} on file", file=sys.stderr)
    return {name: figures(taken) | {"most": round(max(taken), 1)} for name, taken in spent.items()}


def search(running: "Running", page: "Page") -> None:
    """Look for one ward's orders, as a reader would, and wait until the list shows the first of them."""
    from tests.films import patient_of

    running.consent(patient_of(WARD).patient_id)
    first = running.receive(f"{WARD}-000", patient_of(WARD))
    page.locator("[data-study]").first.wait_for()
    page.keyboard.press("/")
    page.keyboard.type(WARD)
    page.keyboard.press("Enter")
    page.locator(f"[data-study='{first}']").wait_for()


def once(running: "Running", page: "Page", number: int) -> tuple[float, float]:
    """File a study and then its first read; -> milliseconds until the row is there, and until it names the finding.

    Each begins at a moment of its own within the second at which the list looks anew.
    """
    from tests.fakes import ScriptedReader
    from tests.films import patient_of
    from triage import flow

    moment = random.Random(number)  # noqa: S311 - a moment, not a secret
    time.sleep(moment.random())
    began = time.perf_counter()
    uid = running.receive(f"{WARD}-{number:03}", patient_of(WARD), seed=number)
    page.wait_for_function(SHOWN, arg=[uid, ""], polling="raf")
    arrival = time.perf_counter() - began
    time.sleep(moment.random())
    began = time.perf_counter()
    flow.first_read(running.house, ScriptedReader(running.house.clock, {"pneumothorax": 0.9}), uid)
    page.wait_for_function(SHOWN, arg=[uid, "neumothorax"], polling="raf")
    return arrival * 1000, (time.perf_counter() - began) * 1000


def kept(found: dict[str, dict[str, dict[str, float]]]) -> bool:
    """Say whether everything was on the screen in time, at every size and every time."""
    return all(row["most"] <= GOAL_S * 1000 for rows in found.values() for row in rows.values())


def table(found: dict[str, dict[str, dict[str, float]]], runs: int) -> str:
    """The section of docs/benchmarks.md."""
    sizes = ",".join(found)
    said = (
        f"`python -m benchmarks.live --sizes {sizes} --runs {runs}`; milliseconds, p50 / p95 / longest of {runs}, from before "
        "the film is taken in, or its read is written, to the row in headless Chromium. "
        f"{platform.machine()}, {os.cpu_count()} cores for server, database and browser together; load average at the end "
        f"{os.getloadavg()[0]:.1f}. Goal: {GOAL_S:g} s."
    )
    head = " | ".join(f"{int(size):,} on file" for size in found)
    rows = [
        f"| {name} | " + " | ".join(_cell(rows[name]) for rows in found.values()) + " |"
        for name in (NEW, READ)
    ]
    return "\n".join([said, "", f"| | {head} |", "|---|" + "--:|" * len(found), *rows])


def _cell(row: dict[str, float]) -> str:
    return f"{row['p50']:.0f} / {row['p95']:.0f} / {row['most']:.0f}"


if __name__ == "__main__":
    raise SystemExit(main())
