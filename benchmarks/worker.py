"""Studies a minute, one at a time against together, and how long an urgent study waits that arrives in the middle.

    python -m benchmarks.worker [--studies 8] [--rounds 2] [--cache DIR] [--json] [--write docs/benchmarks.md]

The whole house is at work: queue, consent, film store, model, fact check, embedded PostgreSQL. Both ways take turns in
one process, so that whatever else the machine does weighs on both. The films are simulated.
"""

import argparse
import atexit
import json
import os
import platform
import shutil
import signal
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from itertools import count
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.page import write

if TYPE_CHECKING:
    from triage.ports import House, ImageReader
    from triage.study import Urgency

MARK = "## The worker, one at a time against together"
CASES = (("effusion", "left"), ("pneumothorax", "right"), ("opacity", "right"), ("none", None))
PATIENCE_S = 900.0
_numbers = count(1)
_PLACED = "SELECT count(*) FROM study WHERE status = 'ranked' AND study_uid = ANY(%s)"
_DRAFTED = """SELECT count(*) FROM (SELECT number FROM reading JOIN draft ON draft.reading = reading.number
    WHERE study_uid = ANY(%s) GROUP BY number HAVING count(*) = 3) AS done"""


@dataclass(frozen=True)
class Site:
    """A house with nobody in it but the studies of this benchmark."""

    url: str
    house: "House"
    reader: "ImageReader"
    films: tuple[str, ...]


def main() -> int:
    asked = options()
    home = tempfile.mkdtemp(prefix="firstread-benchmark-")
    atexit.register(
        shutil.rmtree, home, ignore_errors=True
    )  # before the database, which stops first for that
    site = open_site(Path(home), asked.cache)
    warm(site)
    rounds = []
    for number in range(asked.rounds):
        print(f"round {number + 1} of {asked.rounds}", file=sys.stderr)
        rounds.append(compared({**alone(site, asked.studies), **together(site, asked.studies)}))
    found = {"studies": asked.studies, "rounds": rounds, **middle(rounds), **machine()}
    if asked.write:
        write(asked.write, MARK, table(found))
    print(json.dumps(found, indent=1) if asked.json else table(found))
    return 0


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    home = Path(os.environ.get("FIRSTREAD_HOME", "~/.firstread")).expanduser()
    parser.add_argument("--studies", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--cache", type=Path, default=home / "model")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", type=Path)
    return parser.parse_args()


# ── the house ─────────────────────────────────────────────────────────────────────────────────────────


def open_site(home: Path, cache: Path) -> Site:
    from dashboard import wiring, worker
    from dashboard.settings import Settings
    from db.connection import Database
    from engine.reader import load_reader
    from engine.settings import Settings as ModelSettings

    settings = Settings(home, files_url=str(home / "files"))
    url = wiring.database_url(settings)
    house = wiring.open_house(settings, Database(url))
    reader = load_reader(ModelSettings(), cache, lambda step, _: print(step, file=sys.stderr))
    worker._give_back()  # noqa: SLF001 - as the worker does before its first film
    return Site(url, house, reader, tuple(house.files.save(film) for film in films()))


def films() -> list[bytes]:
    from PIL import Image

    from engine.simulated.lesions import simulated_film

    made = []
    for i, (kind, side) in enumerate(CASES):
        buffer = BytesIO()
        Image.fromarray(simulated_film(kind, side, 0.8, i)[0]).save(buffer, format="PNG")
        made.append(buffer.getvalue())
    return made


def receive(site: Site, urgency: "Urgency") -> str:
    """Let one study arrive whose patient said yes."""
    from consent.audit import AuditEvent
    from consent.record import Consent, ConsentState, PatientId, Provision, Purpose, Signature
    from triage import flow
    from triage.study import Instance, Patient, Study
    from triage.vitals import Vitals

    number, at = next(_numbers), datetime.now(UTC)
    uid, who = f"2.25.{number}", PatientId(f"B-{number}", "benchmark")
    yes = Provision(f"c-{number}", Purpose.AI_READING, permits=True, starts_at=at)
    words = sha256(b"benchmark").hexdigest()
    consent = Consent(
        f"c-{number}", who, ConsentState.ACTIVE, "1", words, "en", Signature("B", words, at), (yes,)
    )
    site.house.consents.sign(consent, AuditEvent("benchmark", "sign consent", f"patient/{number}", at, who))
    film = Instance(
        f"{uid}.1.1", f"{uid}.1", site.films[number % len(site.films)], 512, 512, "PA", "image/png"
    )
    study = Study(uid, Patient(who), f"A-{number}", "DX", at, at, urgency, instances=(film,), simulated=True)
    flow.receive(site.house, study, Vitals(at, {"spo2_pct": 97.0, "temperature_c": 37.2}), "benchmark")
    return uid


def warm(site: Site) -> None:
    """The first forward repacks the weights; it is not what a read costs."""
    from triage import flow
    from triage.study import Urgency

    uid = receive(site, Urgency.ROUTINE)
    flow.first_read(site.house, site.reader, uid)
    site.house.jobs.cancel(uid)


# ── both ways ─────────────────────────────────────────────────────────────────────────────────────────


def alone(site: Site, studies: int) -> dict[str, float]:
    """One study after the other, each up to its third impression, in the order of arrival."""
    from triage import flow
    from triage.study import Urgency

    waiting = [receive(site, Urgency.ROUTINE) for _ in range(studies)]
    began_at, placed = time.perf_counter(), []
    for uid in waiting:
        flow.find_place(site.house, site.reader, uid)
        placed.append(time.perf_counter() - began_at)
        flow.first_read(site.house, site.reader, uid)
        site.house.jobs.cancel(uid)
    spent = time.perf_counter() - began_at
    return {"alone_s": spent / studies, "alone_last_place_s": placed[-1], "texts": texts(site, waiting)}


def together(site: Site, studies: int) -> dict[str, float]:
    """The worker as it runs; an urgent study comes when the words about the others are being written."""
    from dashboard import worker
    from triage.study import Urgency

    waiting = [receive(site, Urgency.ROUTINE) for _ in range(studies)]
    moments: dict[str, float] = {}
    watching = threading.Thread(target=watch, args=(site, waiting, moments, Urgency.STAT))
    watching.start()
    worker.work(site.url, site.house, worker.Careful(site.reader))
    watching.join()
    urgent, began_at = moments["urgent"], moments["began"]
    return {
        "together_s": (moments["all_drafted"] - began_at) / (studies + 1),
        "together_last_place_s": moments["all_placed"] - began_at,
        "urgent_place_s": moments["urgent_placed"] - urgent,
        "urgent_impressions_s": moments["urgent_drafted"] - urgent,
        "other_texts": texts(site, waiting),
    }


def texts(site: Site, studies: list[str]) -> dict[str, str]:
    """What the model wrote, before any check, by film and style."""
    readings = filter(None, map(site.house.studies.reading, studies))
    return {f"{r.input_sha256} {d.style}": d.raw for r in readings for d in r.drafts}


def watch(site: Site, waiting: list[str], moments: dict[str, float], stat: "Urgency") -> None:
    """Note when things happen, bring the urgent study, and ask the worker to stop.

    It looks through a connection of its own, at counts alone: loading studies here would take the interpreter from the
    words that are being measured.
    """
    import psycopg

    def wait(name: str, question: str, studies: list[str]) -> None:
        while connection.execute(question, [studies]).fetchone() != (len(studies),):
            if time.perf_counter() - moments["began"] > PATIENCE_S:
                break
            time.sleep(0.05)
        moments[name] = time.perf_counter()

    moments["began"] = time.perf_counter()
    with psycopg.connect(site.url.replace("+psycopg", ""), autocommit=True) as connection:
        wait("all_placed", _PLACED, waiting)
        urgent = receive(site, stat)
        moments["urgent"] = time.perf_counter()
        wait("urgent_placed", _PLACED, [urgent])
        wait("urgent_drafted", _DRAFTED, [urgent])
        wait("all_drafted", _DRAFTED, waiting)
    os.kill(os.getpid(), signal.SIGTERM)


# ── the page ──────────────────────────────────────────────────────────────────────────────────────────


def compared(found: dict[str, Any]) -> dict[str, float]:
    """Count the texts that are other bytes together than alone, and leave the texts themselves out."""
    alone_, beside = found.pop("texts"), found.pop("other_texts")
    return {
        **found,
        "texts": len(beside),
        "other_bytes": sum(alone_[key] != raw for key, raw in beside.items()),
    }


def middle(rounds: list[dict[str, float]]) -> dict[str, float]:
    """Medians over the rounds, and the ratio of the two ways in the same round."""
    found = {key: round(median(r[key] for r in rounds), 2) for key in rounds[0]}
    return {**found, "ratio": round(median(r["alone_s"] / r["together_s"] for r in rounds), 2)}


def held_mib(what: str) -> int:
    """Of this process, which is the worker and the one who watches it; what making the model ready took is given back."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith(what))


def machine() -> dict[str, object]:
    import torch

    fast = torch.cpu._is_avx512_bf16_supported()  # noqa: SLF001 - torch offers no public question
    load = os.getloadavg()[0]
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, AVX512-BF16 {'yes' if fast else 'no'}",
        "load_at_the_end": round(load, 1),
        "resident_mib": held_mib("VmRSS"),
        "peak_mib": held_mib("VmHWM"),
    }


def table(found: dict[str, object]) -> str:
    per_minute = {way: 60 / found[f"{way}_s"] for way in ("alone", "together")}
    about = (
        "medians over the rounds, simulated films, the whole house with its database. "
        f"{found['machine']}; load average at the end {found['load_at_the_end']}."
    )
    return "\n".join(
        [
            f"`python -m benchmarks.worker --studies {found['studies']} --rounds {len(found['rounds'])}`; {about}",
            "",
            "| | one at a time | together |",
            "|---|--:|--:|",
            f"| studies a minute, three impressions each | {per_minute['alone']:.1f} | {per_minute['together']:.1f} |",
            f"| the last of {found['studies']} has its place after, s | {found['alone_last_place_s']} | {found['together_last_place_s']} |",
            f"| an urgent study in the middle has its place after, s | | {found['urgent_place_s']} |",
            f"| … and its three impressions after, s | | {found['urgent_impressions_s']} |",
            "",
            (
                f"Together against one at a time, in the same round: {found['ratio']}. Of {found['texts']} different texts "
                f"{found['other_bytes']} were other bytes together than alone. Held afterwards: {found['resident_mib']} MiB, at most "
                f"{found['peak_mib']} since the process began (making the model ready included)."
            ),
            "",
            "Six seconds for three impressions are the goal of a study alone (the first table above). An urgent study that comes",
            "while others are written about has its place at once and shares the steps of the language model with them.",
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
