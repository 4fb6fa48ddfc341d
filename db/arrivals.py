"""When studies came and how long their readings took: moments and minutes for the simulator, no patient."""

from datetime import datetime

import sqlalchemy
from sqlmodel import Session

from triage.waiting.draws import Observed

MOST = 100_000

_ARRIVED = sqlalchemy.text("""
SELECT extract(epoch FROM received_at)::float / 60 AS at FROM study
    WHERE received_at >= :since ORDER BY received_at DESC LIMIT :most
""")
# A reading is from the first time its signer had the study before them in the hour before the signature; who opened
# it longer ago did something else meanwhile.
_READ = sqlalchemy.text("""
SELECT extract(epoch FROM report.signed_at - min(opened.recorded_at))::float / 60 AS minutes
    FROM report JOIN audit_event AS opened
        ON opened.entity = 'study/' || report.study_uid AND opened.agent = report.signed_by
        AND opened.action IN ('view study', 'claim') AND opened.outcome = 'done'
        AND opened.recorded_at >= :since
        AND opened.recorded_at >= report.signed_at - interval '1 hour' AND opened.recorded_at < report.signed_at
    WHERE report.version = 1 AND report.signed_at >= :since
    GROUP BY report.study_uid, report.signed_at ORDER BY report.signed_at DESC LIMIT :most
""")


def observed(session: Session, since: datetime) -> Observed:
    """What came and what was read from a moment on, the latest hundred thousand of each.

    Args:
        session: to the database.
        since: with its zone.

    Returns: arrivals in minutes from the first of them, ascending; minutes of each reading whose beginning is on
        record.
    """
    asked = {"since": since, "most": MOST}
    at = sorted(row.at for row in session.execute(_ARRIVED, asked))
    minutes = tuple(row.minutes for row in session.execute(_READ, asked))
    return Observed(tuple(moment - at[0] for moment in at), minutes)
