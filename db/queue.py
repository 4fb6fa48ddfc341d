"""Work for another process: jobs in the same database, queued in the same transaction as their study."""

import sqlalchemy
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status
from sqlmodel import Session

from db.connection import Database, libpq_url
from triage.study import Urgency

READ_TASK = "firstread.read"
"""The worker registers its function under this name; its one argument is study_uid."""

_RAISE = sqlalchemy.text("""
UPDATE procrastinate_jobs SET priority = greatest(priority, :priority)
WHERE queueing_lock = :study_uid AND task_name = :task AND status = 'todo'
""")
_UNFINISHED = sqlalchemy.text("""
SELECT id FROM procrastinate_jobs
WHERE queueing_lock = :study_uid AND task_name = :task AND status IN ('todo', 'doing') ORDER BY id
""")


def procrastinate_app(url: str) -> App:
    """The queue as a worker sees it; it registers `READ_TASK` and runs."""
    return App(connector=PsycopgConnector(conninfo=libpq_url(url)))


async def retry_stalled(app: App, seconds: float) -> int:
    """Queue again what a worker left behind when it died.

    Args:
        app: the worker's, open.
        seconds: how long a worker may be silent before it counts as dead.

    Returns: how many jobs were queued again. One whose study is queued already is given up instead.
    """
    again = 0
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=seconds):
        try:
            await app.job_manager.retry_job(job)
            again += 1
        except ConnectorException:
            # Its queueing lock is taken: the same study waits anyway, and only one read of it is wanted.
            await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=False)
    return again


class PgJobQueue:
    """The queue as the way of a study sees it; see triage.ports.JobQueue."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # Never opened: every job travels on the connection of the transaction it belongs to.
        self._app = App(connector=SyncPsycopgConnector())

    def read(self, study_uid: str, urgency: Urgency) -> None:
        """Ask a worker for the first read of a study.

        A study that waits already is not queued twice, but moves up when it has become more urgent. While a worker
        has it, one more read can be queued: what changed meanwhile has to be looked at.
        """
        wanted = {"study_uid": study_uid, "task": READ_TASK, "priority": int(urgency)}
        with self._database.session() as session:
            try:
                with session.begin_nested():
                    self._defer(session, study_uid, urgency)
            except AlreadyEnqueued:
                session.execute(_RAISE, wanted)

    def cancel(self, study_uid: str) -> None:
        """Take back a read that has not started, and ask a worker that has begun to stop."""
        with self._database.session() as session:
            for job in (
                session.execute(_UNFINISHED, {"study_uid": study_uid, "task": READ_TASK}).scalars().all()
            ):
                self._app.job_manager.cancel_job_by_id(job, abort=True, connection=_driver(session))

    def _defer(self, session: Session, study_uid: str, urgency: Urgency) -> None:
        self._app.configure_task(
            READ_TASK,
            lock=study_uid,
            queueing_lock=study_uid,
            priority=int(urgency),
            connection=_driver(session),
        ).defer(study_uid=study_uid)


def _driver(session: Session) -> object:
    return session.connection().connection.driver_connection
