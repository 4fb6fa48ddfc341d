"""Counts and times for the administrator: no names, no patient numbers."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import sqlalchemy
from sqlmodel import Session

from consent.record import Purpose
from db.queue import READS
from db.readings import shown
from triage.critical import ReadBack
from triage.finding import LABELS
from triage.report import Report, Verdict
from triage.study import Urgency
from triage.usage import (
    WORKER_SPEAKS_WITHIN,
    DraftUse,
    Hour,
    Milestone,
    Queue,
    Turnaround,
    Usage,
    words_changed,
)

_HOURS = sqlalchemy.text("""
SELECT hour, sum(received)::int AS received, sum(read)::int AS read, sum(signed)::int AS signed FROM (
    SELECT date_trunc('hour', received_at) AS hour, count(*) AS received, 0 AS read, 0 AS signed
        FROM study WHERE received_at >= :since GROUP BY 1
    UNION ALL SELECT date_trunc('hour', read_at), 0, count(*), 0 FROM reading WHERE read_at >= :since GROUP BY 1
    UNION ALL SELECT date_trunc('hour', signed_at), 0, 0, count(*)
        FROM report WHERE version = 1 AND signed_at >= :since GROUP BY 1
) AS counted GROUP BY hour ORDER BY hour
""")
_TURNAROUNDS = sqlalchemy.text("""
WITH done AS (
    SELECT study.urgency, study.received_at, report.signed_at, way.read_at, way.ranked_at
    FROM report JOIN study USING (study_uid)
    CROSS JOIN LATERAL (
        SELECT min(changed_at) FILTER (WHERE status = 'read') AS read_at,
            min(changed_at) FILTER (WHERE status = 'ranked') AS ranked_at
        FROM status_change WHERE status_change.study_uid = report.study_uid
    ) AS way
    WHERE version = 1 AND report.signed_at >= :since
)
SELECT urgency, milestone, count(*) AS n,
    percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY extract(epoch FROM reached_at - received_at)::float8) AS s
FROM (
    SELECT urgency, received_at, milestone, reached_at
    FROM done CROSS JOIN LATERAL (VALUES ('read', read_at), ('ranked', ranked_at), ('signed', signed_at))
        AS way(milestone, reached_at)
    UNION ALL SELECT urgency, received_at, 'communicated', told_at
    FROM critical_result JOIN study USING (study_uid) CROSS JOIN LATERAL (
        SELECT min(received_at) AS told_at FROM critical_attempt AS attempt
        WHERE attempt.result_id = critical_result.result_id AND read_back = :confirmed AND NOT EXISTS (
            SELECT FROM critical_attempt AS later WHERE later.corrects = attempt.number)
    ) AS told WHERE told_at >= :since
) AS way
WHERE reached_at IS NOT NULL
GROUP BY GROUPING SETS ((urgency, milestone), (milestone))
""")
_DRAFTS = sqlalchemy.text("""
SELECT coalesce(style, '') AS style, signed_by, verdict, count(*) AS n,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY changed::float8 / words) AS changed,
    grouping(style) = 0 AS of_style, grouping(verdict) = 0 AS of_verdict
FROM report LEFT JOIN draft_use USING (study_uid, version)
WHERE version = 1 AND signed_at >= :since
GROUP BY GROUPING SETS ((style, verdict), (style), (signed_by, verdict), (signed_by))
""")
_COUNTS = sqlalchemy.text("""
SELECT
    (SELECT count(*) FROM study WHERE waiting) AS waiting,
    (SELECT count(DISTINCT (patient_value, patient_issuer)) FROM consent JOIN provision USING (consent_id)
        WHERE purpose = :purpose AND NOT permits AND signed_at >= :since) AS refusals,
    (SELECT count(DISTINCT entity) FROM audit_event
        WHERE action = 'move study' AND outcome = 'failed' AND recorded_at >= :since) AS failures,
    (SELECT count(*) FROM quarantine WHERE kept_at >= :since) AS quarantined
""")
_ALONE = sqlalchemy.text("""
SELECT reason, count(DISTINCT study_uid) AS n FROM status_change
    WHERE status = 'unranked' AND changed_at >= :since GROUP BY reason ORDER BY n DESC, reason
""")
_ANSWERED = sqlalchemy.text(
    f"SELECT count(*), {', '.join(f'count({code})' for code in LABELS)} FROM measured WHERE read_at >= :since"  # noqa: S608
)
_PEOPLE = sqlalchemy.text("""
SELECT subject, actions FROM (SELECT DISTINCT subject FROM sign_in) AS known
CROSS JOIN LATERAL (
    SELECT count(*) AS actions FROM audit_event WHERE agent = subject AND recorded_at >= :since
) AS counted WHERE actions > 0 ORDER BY actions DESC, subject
""")
_QUEUE = sqlalchemy.text("""
SELECT
    count(*) FILTER (WHERE status = 'todo' AND queue_name = :films) AS films,
    count(*) FILTER (WHERE status = 'todo' AND queue_name <> :films) AS words,
    count(*) FILTER (WHERE status = 'doing') AS busy,
    count(*) FILTER (WHERE status = 'failed') AS failed,
    (SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - :within) AS workers,
    (SELECT extract(epoch FROM now() - max(last_heartbeat))::float8 FROM procrastinate_workers) AS silent_s,
    (SELECT extract(epoch FROM now() - min(happened.at))::float8 FROM procrastinate_jobs AS job
        JOIN procrastinate_events AS happened ON happened.job_id = job.id AND happened.type = 'deferred'
        WHERE job.status = 'todo' AND job.queue_name = :films) AS oldest_s
FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed')
""")
_NOTE_USE = sqlalchemy.text(
    "INSERT INTO draft_use (study_uid, version, words, changed) VALUES (:study_uid, :version, :words, :changed)"
)


def usage(session: Session, since: date) -> Usage:
    """What happened since the beginning of a day, in UTC."""
    moment = {"since": datetime.combine(since, time(), UTC)}
    counts = session.execute(_COUNTS, {**moment, "purpose": Purpose.AI_READING.value}).one()
    by_style, by_reader = _drafts(session.execute(_DRAFTS, moment).all())
    readings, *answered = session.execute(_ANSWERED, moment).one()
    return Usage(
        hours=tuple(Hour(*row) for row in session.execute(_HOURS, moment)),
        waiting=counts.waiting,
        turnarounds=tuple(
            _turnaround(row)
            for row in session.execute(_TURNAROUNDS, {**moment, "confirmed": ReadBack.CONFIRMED.value})
        ),
        by_style=by_style,
        by_reader=by_reader,
        refusals=counts.refusals,
        failures=counts.failures,
        alone={row.reason: row.n for row in session.execute(_ALONE, moment)},
        quarantined=counts.quarantined,
        readings=readings,
        answered=dict(zip(LABELS, answered, strict=True)),
        people={row.subject: row.actions for row in session.execute(_PEOPLE, moment)},
    )


def _turnaround(row: Any) -> Turnaround:
    level = None if row.urgency is None else Urgency(row.urgency)
    return Turnaround(level, Milestone(row.milestone), row.n, *row.s)


def _drafts(rows: Sequence[Any]) -> tuple[dict[str, DraftUse], dict[str, DraftUse]]:
    """What became of drafts by style and by reader; reports without a draft have no style."""
    counts: dict[tuple[bool, str], dict[Verdict, int]] = {}
    changed: dict[tuple[bool, str], float | None] = {}
    for row in rows:
        key = (row.of_style, row.style if row.of_style else row.signed_by)
        if row.of_verdict:
            counts.setdefault(key, {})[Verdict(row.verdict)] = row.n
        else:
            changed[key] = row.changed
    found = {key: DraftUse(verdicts, changed[key]) for key, verdicts in sorted(counts.items())}
    return (
        {name: use for (of_style, name), use in found.items() if of_style and name},
        {name: use for (of_style, name), use in found.items() if not of_style},
    )


def queue(session: Session) -> Queue:
    """How the worker keeps up, now."""
    row = session.execute(_QUEUE, {"films": READS, "within": WORKER_SPEAKS_WITHIN}).one()
    return Queue(row.films, row.words, row.busy, row.failed, row.workers, row.oldest_s, row.silent_s)


def note_use(session: Session, study_uid: str, report: Report) -> None:
    """Count how many words of its draft a report changed, while the draft can still be compared."""
    if report.style is None or report.verdict not in {Verdict.ACCEPTED, Verdict.EDITED}:
        return
    reading = shown(session, study_uid)
    draft = next((d for d in reading.drafts if d.style is report.style), None) if reading else None
    if draft is None:
        return
    was, now = draft.text.split(), report.impression.split()
    use = {"words": max(len(was), len(now), 1), "changed": words_changed(was, now)}
    session.execute(_NOTE_USE, {"study_uid": study_uid, "version": report.version, **use})
