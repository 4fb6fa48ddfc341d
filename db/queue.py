"""Work for another process: jobs in the same database, queued in the same transaction as their study."""

from contextlib import suppress

import sqlalchemy
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status
from sqlmodel import Session

from db.connection import Database, libpq_url
from triage.study import Urgency

READ_TASK, DRAFT_TASK = "firstread.read", "firstread.draft"
"""The worker registers its functions under these names; their one argument is study_uid."""
NOTIFY_TASK = "firstread.notify"
"""Sends one notice of a critical result; its arguments are result_id and step."""

READS, DRAFTS, SOON, NOTICES = "default", "drafts", "drafts soon", "notices"
"""The lanes in which jobs wait; `SOON` is for the impressions of studies from ASAP on, so that a worker can keep a
place free for them."""

_RAISE = sqlalchemy.text("""
UPDATE procrastinate_jobs SET priority = :priority, queue_name = :lane
WHERE queueing_lock = :name AND status = 'todo' AND priority < :priority
""")
_UNFINISHED = sqlalchemy.text("""
SELECT id FROM procrastinate_jobs
WHERE queueing_lock IN (:read, :draft) AND status IN ('todo', 'doing') ORDER BY id
""")


def procrastinate_app(url: str) -> App:
    """The queue as a worker sees it; it registers its tasks and runs."""
    return App(connector=PsycopgConnector(conninfo=libpq_url(url), min_size=1, max_size=8))


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
        """Ask a worker to look at a study and give it its place.

        A study that waits already is not queued twice, but moves up when it has become more urgent. While a worker
        has it, one more read can be queued: what changed meanwhile has to be looked at.
        """
        self._queue(READ_TASK, study_uid, urgency, READS)

    def draft(self, study_uid: str, urgency: Urgency) -> None:
        """Ask a worker for the impressions of a study; they start once nothing else is done to it."""
        self._queue(DRAFT_TASK, study_uid, urgency, SOON if urgency >= Urgency.ASAP else DRAFTS)

    def notify(self, result_id: str, step: str) -> None:
        """Ask a worker to send one notice of a critical result; a step that is queued already is not queued twice."""
        with self._database.session() as session, suppress(AlreadyEnqueued), session.begin_nested():
            self._app.configure_task(
                NOTIFY_TASK,
                lock=f"{result_id} {step}",  # a step that waits for its next try must not hold up the others
                queueing_lock=f"{result_id} {step}",
                queue=NOTICES,
                connection=_driver(session),
            ).defer(result_id=result_id, step=step)

    def cancel(self, study_uid: str) -> None:
        """Take back what has not started, and ask a worker that has begun to stop."""
        names = {"read": _name(READ_TASK, study_uid), "draft": _name(DRAFT_TASK, study_uid)}
        with self._database.session() as session:
            for job in session.execute(_UNFINISHED, names).scalars().all():
                self._app.job_manager.cancel_job_by_id(job, abort=True, connection=_driver(session))

    def _queue(self, task: str, study_uid: str, urgency: Urgency, lane: str) -> None:
        name = _name(task, study_uid)
        with self._database.session() as session:
            try:
                with (
                    session.begin_nested()
                ):  # the savepoint is made when the connection is asked for inside it
                    self._app.configure_task(
                        task,
                        lock=study_uid,
                        queueing_lock=name,
                        priority=int(urgency),
                        queue=lane,
                        connection=_driver(session),
                    ).defer(study_uid=study_uid)
            except AlreadyEnqueued:
                session.execute(_RAISE, {"name": name, "priority": int(urgency), "lane": lane})


def _name(task: str, study_uid: str) -> str:
    """What must not be queued twice; the study alone keeps one worker's hands off what another is doing to it."""
    return study_uid if task == READ_TASK else f"{study_uid} {task}"


def _driver(session: Session) -> object:
    return session.connection().connection.driver_connection
