"""How long a reader waits for a film: from the click, and from the first visit, in headless Chromium without a GPU.

    python -m benchmarks.viewer [--rows 3000] [--rounds 5] [--json] [--write docs/benchmarks.md]

The server, the gate, the routes and the browser are the true ones, all on this machine; WebGL is drawn by software
(SwiftShader), as no graphics card is assumed. The films are made of noise on a smooth chest, which packs badly.
"""

import argparse
import json
import os
import platform
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from benchmarks.house import a_browser, a_house
from benchmarks.page import write

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.running import Running

MARK = "## The viewer, from the click to the film"
GOAL_S = 1.5
ROWS = {
    "decode_cold_s": "server: film to packed frame, the child started for it, s",
    "decode_s": "server: the same in a waiting child, s",
    "frame_mb": "the packed frame, MB",
    "first_visit_s": "first visit: asking for the viewer's code to film on screen, s",
    "component_s": "of it, from the component's start to film on screen, s (goal ≤ 1.5)",
    "reload_s": "code kept by the browser: asking for it to film on screen, s",
    "click_s": "another study: click to film on screen, s (goal ≤ 1.5)",
    "again_s": "a study seen before: click to film on screen, s",
}


def main() -> int:
    asked = options()
    found: dict[str, object] = {"rows": asked.rows, "columns": columns(asked.rows), "rounds": asked.rounds}
    found["load_before"] = round(os.getloadavg()[0], 1)
    found |= decoding(a_dx(asked.rows, 0, "A-DECODE"), asked.rounds)
    with a_house("tests.browser.viewer_server:app") as running, a_browser() as browser:
        rounds = [one_round(running, browser, number, asked.rows) for number in range(asked.rounds)]
        found |= {key: round(median(r[key] for r in rounds), 2) for key in rounds[0]}
        found |= {"browser": browser.version, "load": round(os.getloadavg()[0], 1)}
    if asked.write:
        write(asked.write, MARK, table(found))
    print(json.dumps(found, indent=1) if asked.json else table(found))
    return 0


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", type=Path)
    return parser.parse_args()


def columns(rows: int) -> int:
    return rows * 5 // 6


def a_dx(rows: int, days_ago: int, accession: str) -> bytes:
    from engine.simulated.dx import Order, dx_file
    from tests.films import a_chest, patient_of
    from triage.study import Urgency

    smooth = Image.fromarray(a_chest(days_ago)).resize((columns(rows), rows), Image.Resampling.BICUBIC)
    grain = np.random.default_rng(days_ago).normal(0, 0.004, (rows, columns(rows)))
    film = np.clip(np.asarray(smooth) + grain, 0, 1).astype(np.float32)
    at = datetime(2026, 11, 20, 9, tzinfo=UTC) - timedelta(days=days_ago)
    order = Order(patient_of("A-VIEWER"), accession, at, "PA", Urgency.ROUTINE, "")
    return dx_file(film, order, pixel_mm=0.14, described="benchmark")


def decoding(film: bytes, rounds: int) -> dict[str, float]:
    from engine.dicom import quarantine

    cold, warm, packed = [], [], b""
    for _ in range(rounds):
        quarantine.close()
        for times in (cold, warm):
            started = time.perf_counter()
            packed = quarantine.film_frame(film)
            times.append(time.perf_counter() - started)
    quarantine.close()
    return {
        "decode_cold_s": round(median(cold), 2),
        "decode_s": round(median(warm), 2),
        "frame_mb": round(len(packed) / 1e6, 1),
    }


def one_round(running: "Running", browser: "Browser", number: int, rows: int) -> dict[str, float]:
    """Two films nobody has asked for yet, and a browser that knows nothing."""
    receive(running, number, rows)
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(120_000)
    page = context.new_page()
    running.sign_in(page)
    first, component = wait_for_film(page)
    page.reload()
    again, _ = wait_for_film(page)
    found = {"first_visit_s": first, "component_s": component, "reload_s": again}
    found |= {"click_s": click(page), "again_s": (click(page), click(page))[1]}
    context.close()
    return found


def receive(running: "Running", number: int, rows: int) -> None:
    """The latest study of the one patient is what the screen opens with; the one before is the next."""
    from dashboard import intake

    for place in (1, 0):
        days = 1000 - 2 * number + place
        accession = f"A-{number}-{place}"
        (taken,) = intake.take_file(running.house, "film.dcm", a_dx(rows, days, accession), agent="benchmark")
        if not taken.study_uid:
            raise SystemExit(taken.reason)


def wait_for_film(page: "Page") -> tuple[float, float]:
    """From asking for the code, and from the component's start, to the film on the screen."""
    page.locator(".viewer[data-shown]").wait_for()
    told = page.evaluate(
        """() => {
            const [film] = performance.getEntriesByName("firstread-first-film");
            const code = performance.getEntriesByType("resource").find(e => e.name.endsWith("viewer.js"));
            return [film.startTime + film.duration - code.startTime, film.duration];
        }"""
    )
    return told[0] / 1000, told[1] / 1000


def click(page: "Page") -> float:
    """From the click on another study to its film on the screen, as the browser's own clock has it."""
    return page.evaluate(
        """() => new Promise(resolve => {
            const name = "firstread-first-film";
            const before = performance.getEntriesByName(name).length;
            const button = [...document.querySelectorAll("button")].find(b => b.innerText === "Another study");
            const started = performance.now();
            const look = () => {
                const films = performance.getEntriesByName(name);
                if (films.length === before) return requestAnimationFrame(look);
                const film = films.at(-1);
                resolve((film.startTime + film.duration - started) / 1000);
            };
            button.click();
            look();
        })"""
    )


def table(found: dict[str, object]) -> str:
    what = (
        f"`python -m benchmarks.viewer --rows {found['rows']} --rounds {found['rounds']}`; medians. A DX film of "
        f"{found['columns']} × {found['rows']} pixels, 12 bits, uncompressed. {platform.machine()}, {os.cpu_count()} cores "
        f"for server, database and browser together; headless Chromium {found['browser']}, WebGL by software; load "
        f"average {found['load_before']} at the start, {found['load']} at the end."
    )
    rows = (f"| {words} | {found[key]} |" for key, words in ROWS.items())
    return "\n".join([what, "", "| | |", "|---|--:|", *rows])


if __name__ == "__main__":
    raise SystemExit(main())
