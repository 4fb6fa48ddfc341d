"""Counts for the administrator and numbers for the correlations: no names, no patient numbers."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy
from sqlmodel import Session, col, select

from consent.record import PatientId
from db.tables import ReadingRow
from triage.correlation import Measured
from triage.study import Patient
from triage.usage import Day, Usage
from triage.vitals import Vitals

_DAYS = sqlalchemy.text("""
SELECT day, sum(received)::int AS received, sum(read)::int AS read, sum(signed)::int AS signed FROM (
    SELECT (received_at AT TIME ZONE 'UTC')::date AS day, 1 AS received, 0 AS read, 0 AS signed
        FROM study WHERE received_at >= :since
    UNION ALL SELECT (read_at AT TIME ZONE 'UTC')::date, 0, 1, 0 FROM reading WHERE read_at >= :since
    UNION ALL SELECT (signed_at AT TIME ZONE 'UTC')::date, 0, 0, 1
        FROM report WHERE version = 1 AND signed_at >= :since
) AS counted GROUP BY day ORDER BY day
""")
_SIGNED = sqlalchemy.text("""
SELECT extract(epoch FROM report.signed_at - study.received_at)::float AS seconds, verdict
    FROM report JOIN study USING (study_uid) WHERE version = 1 AND signed_at >= :since ORDER BY signed_at
""")
_COUNTS = sqlalchemy.text("""
SELECT
    (SELECT count(*) FROM study WHERE waiting) AS waiting,
    (SELECT count(DISTINCT (patient_value, patient_issuer)) FROM consent JOIN provision USING (consent_id)
        WHERE purpose = 'ai-reading' AND NOT permits AND signed_at >= :since) AS refusals,
    (SELECT count(DISTINCT entity) FROM audit_event
        WHERE action = 'move study' AND outcome = 'failed' AND recorded_at >= :since) AS failures,
    (SELECT count(*) FROM quarantine WHERE kept_at >= :since) AS quarantined
""")
_PEOPLE = sqlalchemy.text("""
SELECT agent, count(*) AS actions FROM audit_event
    WHERE recorded_at >= :since AND agent IN (SELECT subject FROM sign_in)
    GROUP BY agent ORDER BY actions DESC, agent
""")
_MEASURED = sqlalchemy.text("""
SELECT study.study_uid, study.birth_date, study.studied_at, answer.findings, answer.pathology_probability
FROM study
JOIN LATERAL (
    SELECT findings, pathology_probability FROM reading
    WHERE reading.study_uid = study.study_uid AND hidden_at IS NULL ORDER BY number DESC LIMIT 1
) AS answer ON true
ORDER BY study.received_at, study.study_uid
""")

READ = select(ReadingRow.study_uid).where(col(ReadingRow.hidden_at).is_(None))
"""The studies whose reading may be looked at."""


def usage(session: Session, since: date) -> Usage:
    """What happened since the beginning of a day, in UTC."""
    moment = {"since": datetime.combine(since, time(), UTC)}
    signed = session.execute(_SIGNED, moment).all()
    verdicts: dict[str, int] = {}
    for row in signed:
        verdicts[row.verdict] = verdicts.get(row.verdict, 0) + 1
    counts = session.execute(_COUNTS, moment).one()
    return Usage(
        days=_days(session.execute(_DAYS, moment).all()),
        waiting=counts.waiting,
        turnaround_s=tuple(row.seconds for row in signed),
        verdicts=verdicts,
        refusals=counts.refusals,
        failures=counts.failures,
        quarantined=counts.quarantined,
        people={row.agent: row.actions for row in session.execute(_PEOPLE, moment)},
    )


def _days(rows: Sequence[Any]) -> tuple[Day, ...]:
    """Every day from the first to the last on which anything happened; a quiet one counts nothing."""
    if not rows:
        return ()
    known = {row.day: Day(row.day, row.received, row.read, row.signed) for row in rows}
    span = range((rows[-1].day - rows[0].day).days + 1)
    every = (rows[0].day + timedelta(days=n) for n in span)
    return tuple(known.get(day, Day(day, 0, 0, 0)) for day in every)


def measured(session: Session, stood: Mapping[str, Vitals | None]) -> list[Measured]:
    """One set of numbers for every study whose reading may be looked at; `stood` says how its patient did."""
    return [_numbers(row, stood.get(row.study_uid)) for row in session.execute(_MEASURED)]


def _numbers(row: Any, vitals: Vitals | None) -> Measured:
    values = dict(vitals.values) if vitals else {}
    age = Patient(PatientId("", ""), birth_date=row.birth_date).age_at(row.studied_at.date())
    if age is not None:
        values["age"] = float(age)
    probabilities = {f["code"]: f["probability"] for f in row.findings if f["probability"] is not None}
    if row.pathology_probability is not None:
        probabilities["pathology"] = row.pathology_probability
    return Measured(values, probabilities)
