"""How long the worklist takes with 1,000 and with 1,000,000 studies on file: page, filter, search, and a new arrival.

    python benchmarks/worklist.py [--sizes 1000,1000000] [--runs 60] [--json] [--write docs/benchmarks.md]

Both sizes are databases of one embedded PostgreSQL and take turns question by question, so that whatever else the
machine does weighs on both. "House" is what the screen calls, rows turned into lines included; "SQL" is the bare
statement for the same study UIDs. Half of the studies are open, of 90 days; names repeat as they do in a town.
"""

import argparse
import json
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

if TYPE_CHECKING:
    from db.news import News
    from db.study_store import PgStudyStore
    from db.worklist import PgWorklist

MARK = "## The worklist, 1,000 studies against 1,000,000"
PAGE = 100
GOAL_MS, GOAL_GROWTH = 150, 1.3
_HEAD = "SELECT study_uid FROM study WHERE waiting"
_TAIL = f"ORDER BY due_at, study_uid LIMIT {PAGE}"

# Surnames and first names of three syllables; a low number is drawn more often, as in a town.
_NAME = """
CREATE FUNCTION pg_temp.word(k bigint) RETURNS text LANGUAGE sql AS $$ SELECT initcap(
    (ARRAY['ka','ri','mo','le','sa','tu','be','no','vi','da','fe','go','hi','ju','pa','wo'])[k % 16 + 1] ||
    (ARRAY['lan','mer','son','ter','vik','den','ros','nau','bel','cor','dim','fal','gar','hol','jen','kov'])[k / 16 % 16 + 1] ||
    (ARRAY['','a','er','ov','in','sen','ez','ich','ski','ton','ley','man','berg','dottir','ian','ova'])[k / 256 % 16 + 1]) $$;
"""
_STUDIES = """
INSERT INTO study (study_uid, patient_value, patient_issuer, patient_name, birth_date, sex, accession_number, modality,
    studied_at, received_at, order_priority, indication, simulated, status, status_reason, moved_at, urgency, reasons,
    ai_negative, due_at, levels, claimed_by, claimed_until)
SELECT '1.2.826.' || n, 'P-' || n / 3, 'Ward 7', pg_temp.word((4096 * a * a)::bigint) || '^' || pg_temp.word((512 * b * b)::bigint),
    date '1940-01-01' + (25000 * c)::int, 'female', 'A-' || (1000000 + n), CASE WHEN d < .7 THEN 'DX' WHEN d < .98 THEN 'CR' ELSE 'RF' END,
    at, at, 0, 'Cough.', true,
    CASE WHEN e < .5 THEN 'signed' WHEN e < .85 THEN 'ranked' WHEN e < .95 THEN 'unranked' ELSE 'received' END, '', at,
    level, '["NEWS2 5: urgent review within 1 hour", "ordered routine"]', f < .3, at + make_interval(hours => (ARRAY[504, 168, 24, 0])[level + 1]), 'x',
    CASE WHEN e >= .5 AND n % 2500 = 0 THEN 'clinician@demo' END, CASE WHEN e >= .5 AND n % 2500 = 0 THEN now() + interval '1 day' END
FROM (SELECT n, a, b, c, d, e, f, now() - interval '90 days' * (1 - n::float8 / {size}) AS at,
        CASE WHEN g < .05 THEN 3 WHEN g < .2 THEN 2 WHEN g < .45 THEN 1 ELSE 0 END AS level
    FROM (SELECT n, random() a, random() b, random() c, random() d, random() e, random() f, random() g
        FROM generate_series(1, {size}) n) drawn) made;
"""
_OTHERS = """
INSERT INTO instance (sop_instance_uid, study_uid, series_uid, sha256, rows, columns, view, media_type)
    SELECT study_uid || '.1', study_uid, study_uid || '.2', repeat('a', 64), 2048, 2048, 'PA', 'application/dicom' FROM study;
INSERT INTO vitals (study_uid, measured_at, measurements, hypercapnic)
    SELECT study_uid, received_at, '{"spo2_pct": 93, "resp_rate_bpm": 21, "heart_rate_bpm": 96}', false FROM study;
INSERT INTO consent SELECT 'c-' || patient_value, patient_value, 'Ward 7', 'active', '1', 'x', 'en', 'x', 'x', now() - interval '99 days'
    FROM (SELECT DISTINCT patient_value FROM study) known WHERE hashtext(patient_value) % 4 <> 0;
INSERT INTO provision (consent_id, purpose, permits, starts_at)
    SELECT consent_id, 'ai-reading', hashtext(consent_id) % 9 <> 0, signed_at FROM consent;
UPDATE open_count o SET studies = (SELECT count(*) FROM study WHERE waiting AND study.urgency = o.urgency);
"""
_TABLES = ("study", "instance", "vitals", "consent", "provision")


@dataclass(frozen=True)
class Site:
    """One database with so many studies."""

    size: int
    studies: "PgStudyStore"
    worklist: "PgWorklist"
    news: "News"
    sql: "psycopg.Connection[tuple[Any, ...]]"


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
        write(asked.write, table(found))
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
    server = start(home / "home")
    try:
        sites = [open_site(server, size) for size in sizes]
        found = {question.name: ask(question, sites, runs) for question in questions()}
        for site in sites:
            site.news.close()
            site.sql.close()
    finally:
        server.stop()
    return {"sizes": sizes, "runs": runs, "questions": found, **machine()}


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
    return Site(size, PgStudyStore(database), PgWorklist(database), news, sql)


def fill(owner_url: str, size: int) -> None:
    """File so many studies at once: without the indexes, which are made at the end as they were."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("SELECT setseed(0.5)")
        owner.execute("SET maintenance_work_mem = '512MB'")
        owner.execute(_NAME)
        made = owner.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'study' AND indexname <> 'study_pkey'"
        ).fetchall()
        for name, _ in made:
            owner.execute(f"DROP INDEX {name}")
        for name in _TABLES:
            owner.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
        owner.execute(_STUDIES.format(size=size))
        for statement in _OTHERS.split(";\n"):
            owner.execute(statement)
        for name in _TABLES:
            owner.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")
        for _, definition in made:
            owner.execute(definition)
        owner.execute("VACUUM ANALYZE")


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
    """Milliseconds of one question at each size, in turn; the first runs warm the caches and do not count."""
    taken: dict[str, list[float]] = {f"{site.size} {way}": [] for site in sites for way in ("house", "sql")}
    for number in range(-5, runs):
        for site in sites:
            for way in ("house", "sql"):
                spent = once(question, site, way, number)
                if spent is not None and number >= 0:
                    taken[f"{site.size} {way}"].append(spent)
    print(f"asked: {question.name}", file=sys.stderr)
    return {name: figures(spent) for name, spent in taken.items() if spent}


def once(question: Question, site: Site, way: str, number: int) -> float | None:
    rng = random.Random(f"{number} {site.size}")  # noqa: S311
    if way == "house":
        began = time.perf_counter()
        question.house(site, rng)
    elif question.sql is None:
        return None
    else:
        statement, values = question.sql(site, rng)
        began = time.perf_counter()
        site.sql.execute(statement, values or None).fetchall()
    return (time.perf_counter() - began) * 1000


def figures(spent: list[float]) -> dict[str, float]:
    ordered = sorted(spent)
    at = min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))
    return {"p50": round(statistics.median(ordered), 1), "p95": round(ordered[at], 1)}


# ── telling ───────────────────────────────────────────────────────────────────────────────────────────


def growth(by: dict[str, dict[str, float]], sizes: list[int]) -> float:
    """The median at the largest size against the smallest: the p95 of two busy cores is their neighbours' noise."""
    return round(by[f"{sizes[-1]} house"]["p50"] / by[f"{sizes[0]} house"]["p50"], 2)


def kept(found: dict[str, Any]) -> bool:
    """Whether every question keeps the goal for the largest size."""
    return all(by[f"{found['sizes'][-1]} house"]["p95"] <= GOAL_MS for by in found["questions"].values())


def machine() -> dict[str, Any]:
    load = f"{os.getloadavg()[0]:.1f}"
    return {"machine": platform.machine(), "cores": os.cpu_count(), "load_average": load}


def table(found: dict[str, Any]) -> str:
    """The section of docs/benchmarks.md."""
    sizes, by = found["sizes"], found["questions"]
    said = (
        f"`python benchmarks/worklist.py --sizes {','.join(map(str, sizes))} --runs {found['runs']}`; milliseconds, p50 / p95 over "
        f"{found['runs']} runs, pages of {PAGE}, half of the studies open, sizes in turn in one embedded PostgreSQL. "
        f"{found['machine']}, {found['cores']} cores; load average at the end {found['load_average']}. Goal: p95 of the house at most "
        f"{GOAL_MS} ms at the largest size, growth of the median below {GOAL_GROWTH}."
    )
    columns = [f"{size:,} {name}" for size in sizes for name in ("house", "SQL")]
    lines = [
        MARK,
        "",
        said,
        "",
        f"| | {' | '.join(columns)} | growth |",
        "|---|" + "--:|" * (len(columns) + 1),
    ]
    for name, row in by.items():
        cells = [row.get(f"{size} {way}") for size in sizes for way in ("house", "sql")]
        texts = [f"{cell['p50']} / {cell['p95']}" if cell else "" for cell in cells]
        lines.append(f"| {name} | {' | '.join(texts)} | {growth(row, sizes)} |")
    return "\n".join(lines) + "\n"


def write(path: Path, section: str) -> None:
    """Put the section into the page, in the place of an older one."""
    old = path.read_text(encoding="utf-8") if path.exists() else "# Benchmarks\n"
    before, mark, rest = old.partition(MARK)
    after = rest[rest.index("\n## ") + 1 :] if mark and "\n## " in rest else ""
    path.write_text(before.rstrip() + "\n\n" + section + ("\n" + after if after else ""), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
