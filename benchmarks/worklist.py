"""How long the worklist takes with 1,000 and with 1,000,000 studies on file: page, filter, search, and a new arrival.

    python -m benchmarks.worklist [--sizes 1000,1000000] [--runs 60] [--json] [--write docs/benchmarks.md]

Both sizes are databases of one embedded PostgreSQL and take turns question by question, so that whatever else the
machine does weighs on both. "House" is what the screen calls, rows turned into lines included; "SQL" is the bare
statement for the same study UIDs. Half of the studies are open, of 90 days; names repeat as they do in a town.
"""

import argparse
import json
import math
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from benchmarks.page import figures, write
from benchmarks.worklist_filling import fill

if TYPE_CHECKING:
    from db.connection import Database
    from db.news import News
    from db.study_store import PgStudyStore
    from db.worklist import PgWorklist

MARK = "## The worklist, 1,000 studies against 1,000,000"
PAGE = 100
GOAL_MS, GOAL_GROWTH = 150, 1.3
_HEAD = "SELECT study_uid FROM study WHERE waiting"
_TAIL = f"ORDER BY due_at, study_uid LIMIT {PAGE}"


@dataclass(frozen=True)
class Site:
    """One database with so many studies."""

    size: int
    studies: "PgStudyStore"
    worklist: "PgWorklist"
    news: "News"
    sql: "psycopg.Connection[tuple[Any, ...]]"
    database: "Database"

    def close(self) -> None:
        self.news.close()
        self.sql.close()
        self.database.close()


@dataclass(frozen=True)
class Question:
    """One thing a person asks of the list, by the house and by bare SQL; both are given the same random number."""

    name: str
    house: Callable[[Site, random.Random], object]
    sql: Callable[[Site, random.Random], tuple[str, tuple[object, ...]]] | None = None


def main() -> int:
    asked = options()
    with tempfile.TemporaryDirectory(prefix="firstread-benchmark-") as folder:
        found = measured(Path(folder), asked.sizes, asked.runs)
    if asked.write:
        write(asked.write, MARK, table(found))
    print(json.dumps(found, indent=1) if asked.json else table(found))
    return 0 if kept(found) else 1


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--sizes", type=lambda text: [int(n) for n in text.split(",")], default=[1_000, 1_000_000]
    )
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", type=Path)
    return parser.parse_args()


# ── filling ───────────────────────────────────────────────────────────────────────────────────────────


def measured(home: Path, sizes: list[int], runs: int) -> dict[str, Any]:
    """Fill a database of each size, ask every question in turn, and throw all of it away."""
    from db.embedded import start

    (home / "home").mkdir()
    server, sites = start(home / "home"), list[Site]()
    try:
        for size in sizes:
            sites.append(open_site(server, size))
        found = {question.name: ask(question, sites, runs) for question in questions()}
    finally:
        for site in sites:
            site.close()
        server.stop()
    about = {
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load_average": f"{os.getloadavg()[0]:.1f}",
    }
    return {"sizes": sizes, "runs": runs, "questions": found, **about}


def open_site(server: Any, size: int) -> Site:
    """A database of its own with so many studies."""
    from sqlalchemy.engine import make_url

    from db.connection import Database
    from db.migrate import upgrade
    from db.news import News
    from db.study_store import PgStudyStore
    from db.worklist import PgWorklist

    name = f"worklist_{size}"
    with psycopg.connect(server.owner_url, autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE {name}")
    owner_url, app_url = (
        make_url(url).set(database=name).render_as_string(hide_password=False)
        for url in (server.owner_url, server.app_url)
    )
    upgrade(owner_url)
    began = time.perf_counter()
    fill(owner_url, size)
    print(f"{size:,} studies filed in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    database, news = Database(app_url), News(app_url).start()
    news.wait(10)
    sql = psycopg.connect(app_url, autocommit=True)
    return Site(size, PgStudyStore(database), PgWorklist(database), news, sql, database)


# ── asking ────────────────────────────────────────────────────────────────────────────────────────────


def questions() -> list[Question]:
    from triage.listing import Filter, Held, Stage
    from triage.study import Urgency

    def page(make: Callable[[random.Random, int], Filter]) -> Callable[[Site, random.Random], object]:
        return lambda site, rng: site.worklist.page(
            make(rng, site.size), PAGE, None, "clinician@demo", datetime.now(UTC)
        )

    def bare(
        condition: str, *values: Callable[[random.Random, int], object]
    ) -> Callable[[Site, random.Random], Any]:
        statement = f"{_HEAD} AND {condition} {_TAIL}"
        return lambda site, rng: (statement, tuple(value(rng, site.size) for value in values))

    return [
        Question("first page", page(lambda *_: Filter()), bare("true")),
        Question("page in the middle", middle, middle_sql),
        Question("one urgency", page(lambda *_: Filter(urgencies=frozenset({Urgency.STAT}))), bare("urgency = 3")),
        Question(
            "two urgencies, one modality",
            page(lambda *_: Filter(urgencies=frozenset({Urgency.STAT, Urgency.ASAP}), modality="CR")),
            bare("urgency IN (2, 3) AND modality = 'CR'"),
        ),
        Question("for a person, rare modality", page(lambda *_: Filter(stage=Stage.PERSON, modality="RF")), bare("stage = 'person' AND modality = 'RF'")),
        Question("held by me", page(lambda *_: Filter(held=Held.ME)), bare("claimed_by = 'clinician@demo' AND claimed_until > now()")),
        Question("held by nobody", page(lambda *_: Filter(held=Held.NOBODY)), bare("(claimed_by IS NULL OR claimed_until <= now())")),
        Question(
            "arrived in the last day",
            page(lambda *_: Filter(arrived_within=timedelta(days=1))),
            bare("received_at >= now() - interval '1 day' AND due_at >= now() - interval '1 day'"),
        ),
        Question("search: a common name", page(lambda *_: Filter("kalan")), bare("words @@ name_query('kalan')")),
        Question("search: first letters", page(lambda *_: Filter("ka")), bare("words @@ name_query('ka')")),
        Question("search: accession number", page(accession), bare("accession_number LIKE %s", lambda rng, size: f"{accession(rng, size).search}%")),
        Question("search: patient number", page(patient), bare("patient_value = %s", lambda rng, size: patient(rng, size).search)),
        Question("counts of each urgency", lambda site, _: site.worklist.waiting()),
        Question("signed, the latest", lambda site, _: site.studies.finished(25)),
        Question("new arrival: filed, told, on the page", arrival),
    ]  # fmt: skip


def accession(rng: random.Random, size: int) -> Any:
    from triage.listing import Filter

    return Filter(f"A-{1_000_000 + rng.randint(1, size)}")


def patient(rng: random.Random, size: int) -> Any:
    from triage.listing import Filter

    return Filter(f"P-{rng.randint(0, size // 3)}")


def middle(site: Site, rng: random.Random) -> object:
    from triage.listing import Filter
    from triage.worklist import Place

    after = Place(datetime.now(UTC) - timedelta(days=rng.uniform(0, 40)), "")
    return site.worklist.page(Filter(), PAGE, after, "clinician@demo", datetime.now(UTC))


def middle_sql(_site: Site, rng: random.Random) -> tuple[str, tuple[object, ...]]:
    after = datetime.now(UTC) - timedelta(days=rng.uniform(0, 40))
    return f"{_HEAD} AND (due_at, study_uid) > (%s, '') {_TAIL}", (after,)


def arrival(site: Site, rng: random.Random) -> object:
    """File a study that must be looked at within minutes, hear of it, and ask for the first page."""
    from consent.audit import AuditEvent
    from consent.record import PatientId
    from triage.listing import Filter
    from triage.study import Patient, Study, Urgency
    from triage.urgency import Assessment

    now, heard = datetime.now(UTC), site.news.heard
    uid = f"2.25.{rng.getrandbits(60)}"
    study = Study(uid, Patient(PatientId(uid, "Ward 7"), "New^Arrival"), uid, "DX", now, now, Urgency.STAT)
    event = AuditEvent("benchmark", "receive", f"study/{uid}", now)
    site.studies.add_study(study, Assessment(Urgency.STAT, ("ordered stat",)), event)
    deadline = time.perf_counter() + 5
    while site.news.heard == heard and time.perf_counter() < deadline:
        time.sleep(0.0005)
    assert site.news.heard != heard, "nothing was heard of a new study"
    return site.worklist.page(Filter(), PAGE, None, "clinician@demo", now)


def ask(question: Question, sites: list[Site], runs: int) -> dict[str, dict[str, float]]:
    """Milliseconds and rows of one question at each size, in turn; the first runs warm the caches and do not count."""
    ways = ("house", "sql") if question.sql else ("house",)
    taken: dict[str, list[tuple[float, int]]] = {f"{site.size} {way}": [] for site in sites for way in ways}
    for number in range(-5, runs):
        for site in sites:
            for way in ways:
                spent = once(question, site, way, number)
                if number >= 0:
                    taken[f"{site.size} {way}"].append(spent)
    print(f"asked: {question.name}", file=sys.stderr)
    return {
        name: figures([ms for ms, _ in spent])
        | {"rows": round(statistics.mean(rows for _, rows in spent), 1)}
        for name, spent in taken.items()
    }


def once(question: Question, site: Site, way: str, number: int) -> tuple[float, int]:
    """Milliseconds, and how many rows came."""
    rng = random.Random(f"{number} {site.size}")  # noqa: S311
    if way == "house":
        began = time.perf_counter()
        found = question.house(site, rng)
        spent = time.perf_counter() - began
        return spent * 1000, len(found) if isinstance(found, list) else 1
    assert question.sql is not None
    statement, values = question.sql(site, rng)
    began = time.perf_counter()
    rows = site.sql.execute(statement, values or None).fetchall()
    return (time.perf_counter() - began) * 1000, len(rows)


# ── telling ───────────────────────────────────────────────────────────────────────────────────────────


def growth(by: dict[str, dict[str, float]], sizes: list[int]) -> float:
    """The median at the largest size against the smallest: the p95 of two busy cores is their neighbours' noise."""
    return round(by[f"{sizes[-1]} house"]["p50"] / by[f"{sizes[0]} house"]["p50"], 2)


def alike(by: dict[str, dict[str, float]], sizes: list[int]) -> bool:
    """Whether about as many rows came at every size, so that growth is that of the studies on file alone."""
    return math.isclose(by[f"{sizes[0]} house"]["rows"], by[f"{sizes[-1]} house"]["rows"], rel_tol=0.02)


def kept(found: dict[str, Any]) -> bool:
    """Whether every question keeps the goal for the largest size, and that for growth where as many rows came."""
    sizes, asked = found["sizes"], found["questions"].values()
    quick = all(by[f"{sizes[-1]} house"]["p95"] <= GOAL_MS for by in asked)
    return quick and all(growth(by, sizes) < GOAL_GROWTH for by in asked if alike(by, sizes))


def table(found: dict[str, Any]) -> str:
    """The section of docs/benchmarks.md."""
    sizes, by = found["sizes"], found["questions"]
    said = (
        f"`python -m benchmarks.worklist --sizes {','.join(map(str, sizes))} --runs {found['runs']}`; milliseconds, p50 / p95 over "
        f"{found['runs']} runs, pages of {PAGE}, half of the studies open, sizes in turn in one embedded PostgreSQL. "
        f"{found['machine']}, {found['cores']} cores; load average at the end {found['load_average']}. Goal: p95 of the house at most "
        f"{GOAL_MS} ms at the largest size, growth of the median below {GOAL_GROWTH}. "
        "With 1,000 on file most filters find less than a page: growth is told where as many rows came at both sizes."
    )
    columns = [f"{size:,} {name}" for size in sizes for name in ("house", "SQL", "rows")]
    lines = [
        said,
        "",
        f"| | {' | '.join(columns)} | growth |",
        "|---|" + "--:|" * (len(columns) + 1),
    ]
    for name, row in by.items():
        cells = [_cell(row, size, what) for size in sizes for what in ("house", "sql", "rows")]
        grown = growth(row, sizes) if alike(row, sizes) else ""
        lines.append(f"| {name} | {' | '.join(cells)} | {grown} |")
    return "\n".join(lines) + "\n"


def _cell(row: dict[str, dict[str, float]], size: int, what: str) -> str:
    if what == "rows":
        return f"{row[f'{size} house']['rows']:g}"
    cell = row.get(f"{size} {what}")
    return f"{cell['p50']} / {cell['p95']}" if cell else ""


if __name__ == "__main__":
    sys.exit(main())
