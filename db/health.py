"""Is the database fit to work with?"""

from datetime import timedelta

import sqlalchemy

from db.connection import Database
from db.errors import DatabaseUnavailable, QueueStuck
from db.migrate import head
from db.queue import READS

_REVISION = sqlalchemy.text("SELECT version_num FROM alembic_version")
_TOO_MIGHTY = sqlalchemy.text("""
SELECT has_table_privilege('audit_event', 'UPDATE, DELETE, TRUNCATE, TRIGGER')
    OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
    OR pg_has_role((SELECT relowner FROM pg_class WHERE oid = 'audit_event'::regclass), 'MEMBER')
""")
_OLDEST = sqlalchemy.text("""
SELECT now() - min(happened.at) FROM procrastinate_jobs AS job
JOIN procrastinate_events AS happened ON happened.job_id = job.id AND happened.type = 'deferred'
WHERE job.status = 'todo' AND job.queue_name = :lane
""")


def check(database: Database) -> None:
    """Ask whether the database answers, has the right tables, and protects its audit trail from us.

    Raises: DatabaseUnavailable: with the sentence that says which is not so and what to do.
    """
    with database.session() as session:
        try:
            revision = session.execute(_REVISION).scalar_one_or_none()
        except sqlalchemy.exc.ProgrammingError as e:
            raise DatabaseUnavailable(_NOT_MIGRATED) from e
        if revision != head():
            raise DatabaseUnavailable(_NOT_MIGRATED)
        if session.execute(_TOO_MIGHTY).scalar_one():
            raise DatabaseUnavailable(
                "The database role may change the audit trail; connect as firstread_app, not as owner or superuser."
            )


def check_queue(database: Database, longest: timedelta) -> None:
    """Ask whether somebody works on what is queued.

    Args:
        database: the one that holds the queue.
        longest: how long a film may wait to be looked at before its worker counts as missing; words may take longer.

    Raises: DatabaseUnavailable: no answer. QueueStuck: a job has waited longer.
    """
    with database.session() as session:
        waited = session.execute(_OLDEST, {"lane": READS}).scalar_one()
    if waited is not None and waited > longest:
        minutes = int(waited.total_seconds() // 60)
        raise QueueStuck(
            f"A study has waited {minutes} minutes for its first read; start `firstread worker`."
        )


_NOT_MIGRATED = "The database has not the tables of this version; migrate it as its owner."
