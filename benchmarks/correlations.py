"""How long the correlations and the usage page take with 1,000 and with 1,000,000 studies on file.

    python -m benchmarks.correlations [--sizes 1000,1000000] [--runs 5] [--json] [--write docs/benchmarks.md]

Each size is a database of its own on one embedded PostgreSQL. Studies are spread over a year; every third has no
laboratory values, and one probability in twenty is missing. "Asked again" is what a click on another cell costs: nothing
has changed, so the answer is remembered. A line of numbers is timed over a few thousand studies, by the function that the
triggers call; most lines are written at once.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.page import write

MARK = "## Correlations and usage, 1,000 studies against 1,000,000"
YEAR = 365
_LABELS = (
    "atelectasis", "cardiomegaly", "consolidation", "edema", "effusion", "emphysema", "fibrosis", "hernia",
    "infiltration", "mass", "nodule", "pleural_thickening", "pneumonia", "pneumothorax",
)  # fmt: skip
_TABLES = (
    "study", "vitals", "reading", "measured", "status_change", "report", "audit_event", "consent", "provision",
)  # fmt: skip
_FINDINGS = ", ".join(
    f"jsonb_build_object('code', '{code}', 'probability',"
    f" CASE WHEN random() < 0.95 THEN round(least(1, random() * random() + {i % 3} * ill * 0.2)::numeric, 4) END)"
    for i, code in enumerate(_LABELS)
)
_PROBABILITIES = ", ".join(
    f"CASE WHEN random() < 0.95 THEN round(least(1, random() * random() + {i % 3} * ill * 0.2)::numeric, 4) END"
    for i in range(len(_LABELS))
)
SOME = 2000
_STUDIES = """
INSERT INTO study (study_uid, patient_value, patient_issuer, patient_name, birth_date, sex, accession_number, modality,
    studied_at, received_at, order_priority, indication, simulated, status, status_reason, moved_at, urgency, reasons,
    ai_negative, due_at, levels)
SELECT '1.2.' || n, 'P-' || n / 2, 'Ward ' || n % 7, 'Name^' || n, date '1930-01-01' + (n::bigint * 7919 % 29000)::int,
    CASE n % 2 WHEN 0 THEN 'female' ELSE 'male' END, 'A-' || n, 'DX', at, at, 0, '', true,
    CASE WHEN n % 10 = 0 THEN 'ranked' ELSE 'signed' END, '', at, n % 4, '[]', false, at + interval '1 day', ''
FROM (SELECT n, now() - interval '365 days' * (n::float8 / {size}) AS at FROM generate_series(1, {size}) n) made;
"""
_VITALS = """
INSERT INTO vitals (study_uid, measured_at, measurements, hypercapnic)
SELECT study_uid, received_at, jsonb_build_object('spo2_pct', round(97 - ill * 10 + random() * 3),
    'temperature_c', round((36.5 + ill * 2 + random())::numeric, 1), 'heart_rate_bpm', round(65 + ill * 40 + random() * 20),
    'resp_rate_bpm', round(13 + ill * 12 + random() * 4), 'systolic_mmhg', round(130 + random() * 30),
    'diastolic_mmhg', round(70 + random() * 20)) || CASE WHEN random() < 0.67 THEN jsonb_build_object(
    'glucose_mmol_l', round((5 + random() * 4)::numeric, 1), 'white_cells_g_l', round((6 + ill * 9 + random() * 3)::numeric, 1),
    'crp_mg_l', round((ill * 150 + random() * 20)::numeric, 1), 'lactate_mmol_l', round((0.8 + ill + random())::numeric, 1),
    'ddimer_mg_l', round((random() * 2)::numeric, 2), 'days_since_onset', round(random() * 14)) ELSE '{{}}' END, false
FROM (SELECT study_uid, received_at, abs(hashtext(study_uid)) % 1000 / 1000.0 AS ill FROM study LIMIT {some}) known;
"""
_READINGS = """
INSERT INTO reading (study_uid, findings, pathology_probability, model_id, model_sha256, model_bits, permit_id,
    input_sha256, read_at, seconds, note)
SELECT study_uid, jsonb_build_array({findings}), least(1, ill * 0.7 + random() * 0.3), 'm', 'x', 4, 'p', 'x',
    received_at + interval '20 seconds', '{{}}', ''
FROM (SELECT study_uid, received_at, abs(hashtext(study_uid)) % 1000 / 1000.0 AS ill FROM study LIMIT {some}) known;
INSERT INTO reading (study_uid, findings, pathology_probability, model_id, model_sha256, model_bits, permit_id,
    input_sha256, read_at, seconds, note)
SELECT study_uid, '[]', 0.5, 'm', 'x', 4, 'p', 'x', received_at + interval '20 seconds', '{{}}', ''
FROM study WHERE study_uid NOT IN (SELECT study_uid FROM reading);
"""
# The lines themselves, written at once: what {some} of them take the way they are really made is timed apart.
_MEASURED = """
INSERT INTO measured
SELECT study_uid, patient_issuer, sex, studied_at, received_at, 18 + abs(hashtext(patient_value)) % 75,
    round((36.5 + ill * 2 + random())::numeric, 1), round(97 - ill * 10 + random() * 3), round(65 + ill * 40 + random() * 20),
    round(13 + ill * 12 + random() * 4), lab * round((5 + random() * 4)::numeric, 1), lab * round((6 + ill * 9 + random() * 3)::numeric, 1),
    lab * round((ill * 150 + random() * 20)::numeric, 1), lab * round((random() * 2)::numeric, 2),
    lab * round((0.8 + ill + random())::numeric, 1), lab * round(random() * 14), round(130 + random() * 30),
    round(70 + random() * 20), round(least(1, ill * 0.7 + random() * 0.3)::numeric, 4), {probabilities}
FROM (SELECT *, abs(hashtext(study_uid)) % 1000 / 1000.0 AS ill, CASE WHEN random() < 0.67 THEN 1 END AS lab FROM study) known;
"""
_OTHERS = """
INSERT INTO status_change (study_uid, status, changed_at, agent, reason)
SELECT study_uid, step, received_at + make_interval(secs => after * (1 + random())), 'worker',
    CASE step WHEN 'unranked' THEN 'No consent on file allows AI reading.' ELSE '' END
FROM study, (VALUES ('read', 20), ('ranked', 21), ('unranked', 25)) AS way(step, after)
WHERE step <> 'unranked' OR abs(hashtext(study_uid)) % 20 = 0;
INSERT INTO report (study_uid, version, status, impression, verdict, signed_by, signed_at, style, reason, taken_on, signer)
SELECT study_uid, 1, 'final', 'Text.', (ARRAY['accepted', 'edited', 'rejected'])[1 + abs(hashtext(study_uid)) % 3],
    'reader-' || abs(hashtext(study_uid)) % 20, received_at + interval '5 hours' * random(),
    (ARRAY['brief', 'bullet', 'comprehensive'])[1 + abs(hashtext(study_uid)) % 3], '', '[]', ''
FROM study WHERE status = 'signed';
INSERT INTO draft_use SELECT study_uid, 1, 40, abs(hashtext(study_uid)) % 12 FROM report WHERE verdict <> 'rejected';
INSERT INTO audit_event SELECT row_number() OVER (), 'reader-' || n % 20, 'open study', 'study/' || n, now() - interval
    '365 days' * (n::float8 / {size}), NULL, NULL, '', CASE WHEN n % 100 = 0 THEN 'failed' ELSE 'done' END, '', '', ''
    FROM generate_series(1, {size}) n;
INSERT INTO sign_in SELECT 's-' || n, 'reader-' || n, '', '[]', now(), now() FROM generate_series(0, 19) n;
INSERT INTO consent SELECT 'c-' || patient_value || patient_issuer, patient_value, patient_issuer, 'active', '1', 'x', 'en',
    'x', 'x', now() - interval '400 days' FROM (SELECT DISTINCT patient_value, patient_issuer FROM study) known;
INSERT INTO provision (consent_id, purpose, permits, starts_at) SELECT consent_id, 'ai-reading', true, signed_at FROM consent;
"""


def main() -> int:
    asked = options()
    with tempfile.TemporaryDirectory(prefix="firstread-benchmark-") as folder:
        from db.embedded import start

        server = start(Path(folder))
        try:
            rows = {size: timed(server.app_url, server.owner_url, size, asked.runs) for size in asked.sizes}
        finally:
            server.stop()
    found = {"runs": asked.runs, "machine": machine(), "sizes": rows}
    if asked.write:
        write(asked.write, MARK, table(found))
    print(json.dumps(found, indent=1) if asked.json else table(found))
    return 0


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    sizes = {"type": lambda text: [int(n) for n in text.split(",")], "default": [1_000, 1_000_000]}
    parser.add_argument("--sizes", **sizes)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", type=Path)
    return parser.parse_args()


# ── filling ───────────────────────────────────────────────────────────────────────────────────────────


def timed(app_url: str, owner_url: str, size: int, runs: int) -> dict[str, Any]:
    """One database of so many studies, filled, asked and dropped."""
    from sqlalchemy.engine import make_url

    from db import migrate
    from db.connection import Database
    from db.figures import PgFigures

    name = f"figures_{size}"
    owner, app = (
        make_url(url).set(database=name).render_as_string(hide_password=False) for url in (owner_url, app_url)
    )
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    migrate.upgrade(owner)
    per_line_us = fill(owner, size)
    database = Database(app)
    try:
        answers = {question: clock(ask, runs) for question, ask in questions(PgFigures(database)).items()}
    finally:
        database.close()
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    return {"line_us": per_line_us, "questions": answers}


def fill(owner_url: str, size: int) -> float:
    """Returns: microseconds that one line of numbers takes, made in bulk."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("SELECT setseed(0.4)")
        for name in _TABLES:
            connection.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
        for statement in (_STUDIES, _VITALS, _READINGS, _MEASURED, _OTHERS):
            shape = {"size": size, "some": SOME, "findings": _FINDINGS, "probabilities": _PROBABILITIES}
            for one in statement.format(**shape).split(";\n"):
                if one.strip():
                    say(f"{size}: {one.split('(')[0].split()[2]}")
                    connection.execute(one)
        some = [uid for (uid,) in connection.execute("SELECT DISTINCT study_uid FROM vitals")]
        for name in _TABLES:
            connection.execute(f"VACUUM ANALYZE {name}")
        began_at = time.perf_counter()
        connection.execute("SELECT keep_measured(%s)", [some])
        spent = time.perf_counter() - began_at
        say(f"{size}: {len(some)} lines kept in {spent:.1f} s")
    return spent / len(some) * 1e6


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


# ── asking ────────────────────────────────────────────────────────────────────────────────────────────


def questions(figures: Any) -> dict[str, Callable[[], object]]:
    from dashboard.cohort import SAMPLE, associations
    from dashboard.resampling import SEED
    from triage.correlation import Cohort

    now = datetime.now(UTC)
    everybody, lately = Cohort(), Cohort(since=now.date() - timedelta(days=30))

    def whole(cohort: Cohort) -> Callable[[], object]:
        later = (
            now + timedelta(hours=hours) for hours in count(1)
        )  # what was answered an hour ago is asked anew
        return lambda: associations(figures, cohort, next(later))

    def usage(days: int) -> Callable[[], object]:
        since: date = now.date() - timedelta(days=days - 1)
        return lambda: figures.usage(since)

    return {
        "correlations, all studies: sums and ranks": lambda: figures.counted(everybody, now),
        f"correlations: a sample of {SAMPLE:,}": lambda: figures.sample(everybody, now, SAMPLE, SEED),
        "correlations, all studies: the page": whole(everybody),
        "correlations, the last 30 days: the page": whole(lately),
        "correlations: asked again, a click": lambda: associations(figures, lately, now),
        "usage, 7 days": usage(7),
        "usage, 30 days": usage(30),
        "usage, 90 days": usage(90),
        "queue": figures.queue,
    }


def clock(ask: Callable[[], object], runs: int) -> dict[str, float]:
    """Seconds of each run, the first one apart: it fills the caches."""
    spent = []
    for _ in range(runs + 1):
        began_at = time.perf_counter()
        ask()
        spent.append(time.perf_counter() - began_at)
        say(f"  {spent[-1]:.3f} s")
    return {"first": spent[0], "median": statistics.median(spent[1:]), "slowest": max(spent[1:])}


# ── telling ───────────────────────────────────────────────────────────────────────────────────────────


def machine() -> str:
    about = Path("/proc/cpuinfo")
    names = [
        line.split(":")[1].strip() for line in about.read_text().splitlines() if line.startswith("model name")
    ]
    load = os.getloadavg()[0]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores; load average at the end {load:.1f}"


def table(found: dict[str, Any]) -> str:
    sizes = found["sizes"]
    head = "".join(f" {size:,}: median | slowest |" for size in sizes)
    typed = f"python -m benchmarks.correlations --sizes {','.join(map(str, sizes))} --runs {found['runs']}"
    made = "; ".join(f"{row['line_us']:.0f} µs at {size:,}" for size, row in sizes.items())
    lines = [
        f"`{typed}`; seconds, {found['runs']} runs after a first. {found['machine']}. A line of numbers, made in bulk: {made}.",
        "",
        f"| question |{head}",
        f"|---|{'--:|' * 2 * len(sizes)}",
    ]
    for question in next(iter(sizes.values()))["questions"]:
        cells = (row["questions"][question] for row in sizes.values())
        lines.append(
            f"| {question} | " + " | ".join(f"{c['median']:.3f} | {c['slowest']:.3f}" for c in cells) + " |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
