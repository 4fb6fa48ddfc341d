import asyncio
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.rows import dict_row

from db.queue import DRAFT_TASK, DRAFTS, READ_TASK, READS, SOON, PgJobQueue, procrastinate_app, retry_stalled
from tests.builders import STUDY_UID, a_study, an_event
from triage.study import Urgency
from triage.urgency import Assessment


@pytest.fixture
def queue(database):
    return PgJobQueue(database)


@pytest.fixture
def jobs(owner):
    """What lies in the queue, the first first."""

    def look():
        with owner.cursor(row_factory=dict_row) as cursor:
            return cursor.execute("SELECT * FROM procrastinate_jobs ORDER BY id").fetchall()

    return look


def work(url) -> list[str]:
    """Run a worker until the queue is empty, and say what it read."""
    done: list[str] = []

    async def until_empty():
        app = procrastinate_app(url)

        @app.task(name=READ_TASK, aliases=[DRAFT_TASK])
        def read(study_uid):
            done.append(study_uid)

        async with app.open_async():
            await app.run_worker_async(wait=False, listen_notify=False, install_signal_handlers=False)

    asyncio.run(until_empty())
    return done


def test_a_worker_gets_the_study_s_uid(queue, addresses):
    queue.read(STUDY_UID, Urgency.ROUTINE)
    done = work(addresses.app_url)
    assert done == [STUDY_UID]


def test_the_most_urgent_is_read_first_then_the_one_that_waited_longest(queue, addresses):
    for uid, urgency in (
        ("a", Urgency.ROUTINE),
        ("b", Urgency.STAT),
        ("c", Urgency.ASAP),
        ("d", Urgency.STAT),
    ):
        queue.read(uid, urgency)
    done = work(addresses.app_url)
    assert done == ["b", "d", "c", "a"]


def test_a_study_that_waits_is_not_queued_twice(queue, jobs):
    queue.read(STUDY_UID, Urgency.ASAP)
    queue.read(STUDY_UID, Urgency.ASAP)
    (job,) = jobs()
    assert (job["task_name"], job["args"], job["priority"]) == ("firstread.read", {"study_uid": STUDY_UID}, 2)
    assert job["queueing_lock"] == job["lock"] == STUDY_UID


@pytest.mark.parametrize(("first", "second", "kept"), [(0, 3, 3), (3, 0, 3), (1, 1, 1)])
def test_a_waiting_study_moves_up_and_never_down(queue, jobs, first, second, kept):
    queue.read(STUDY_UID, Urgency(first))
    queue.read(STUDY_UID, Urgency(second))
    assert [job["priority"] for job in jobs()] == [kept]


def test_many_who_ask_at_once_queue_it_once(queue, jobs):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: queue.read(STUDY_UID, Urgency.ROUTINE), range(16)))
    assert len(jobs()) == 1


def test_a_study_that_is_being_read_can_be_queued_once_more(queue, jobs, owner):
    queue.read(STUDY_UID, Urgency.ROUTINE)
    owner.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    queue.read(STUDY_UID, Urgency.ROUTINE)
    queue.read(STUDY_UID, Urgency.ROUTINE)
    assert [job["status"] for job in jobs()] == ["doing", "todo"]


def test_job_study_and_event_are_committed_together_or_not_at_all(house, jobs):
    def receive(*, fails):
        with house.together():
            house.studies.add_study(a_study(), Assessment(Urgency.ROUTINE, ()), an_event())
            house.jobs.read(STUDY_UID, Urgency.ROUTINE)
            house.jobs.read(STUDY_UID, Urgency.STAT)
            assert jobs() == []
            if fails:
                raise KeyError

    with pytest.raises(KeyError):
        receive(fails=True)
    assert (jobs(), house.studies.find(STUDY_UID)) == ([], None)
    receive(fails=False)
    assert [job["priority"] for job in jobs()] == [3]
    assert house.studies.find(STUDY_UID) is not None


def test_what_is_cancelled_is_not_read(queue, addresses, jobs):
    queue.read(STUDY_UID, Urgency.ROUTINE)
    queue.read("1.2.3", Urgency.ROUTINE)
    queue.cancel(STUDY_UID)
    done = work(addresses.app_url)
    assert done == ["1.2.3"]
    assert [job["status"] for job in jobs()] == ["cancelled", "succeeded"]


def test_a_worker_that_has_begun_is_asked_to_stop(queue, jobs, owner):
    queue.read(STUDY_UID, Urgency.ROUTINE)
    owner.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    queue.cancel(STUDY_UID)
    assert [(job["status"], job["abort_requested"]) for job in jobs()] == [("doing", True)]


def test_cancelling_nothing_is_no_error(queue):
    queue.cancel("1.2.3")


def test_after_cancelling_it_can_be_asked_for_again(queue, jobs):
    queue.read(STUDY_UID, Urgency.ROUTINE)
    queue.cancel(STUDY_UID)
    queue.read(STUDY_UID, Urgency.ROUTINE)
    assert [job["status"] for job in jobs()] == ["cancelled", "todo"]


# ── the words wait in lanes apart ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("urgency", "lane"),
    [(Urgency.ROUTINE, DRAFTS), (Urgency.URGENT, DRAFTS), (Urgency.ASAP, SOON), (Urgency.STAT, SOON)],
)
def test_the_words_about_an_urgent_study_wait_in_a_lane_of_their_own(queue, jobs, urgency, lane):
    queue.draft(STUDY_UID, urgency)
    queue.draft(STUDY_UID, urgency)
    (job,) = jobs()
    assert (job["task_name"], job["queue_name"], job["lock"]) == (DRAFT_TASK, lane, STUDY_UID)


def test_a_study_that_becomes_urgent_changes_its_lane_and_never_back(queue, jobs):
    for urgency in (Urgency.ROUTINE, Urgency.STAT, Urgency.URGENT):
        queue.draft(STUDY_UID, urgency)
    assert [(job["priority"], job["queue_name"]) for job in jobs()] == [(3, SOON)]


def test_a_study_can_wait_for_another_look_and_for_words(queue, jobs):
    queue.draft(STUDY_UID, Urgency.ROUTINE)
    queue.read(STUDY_UID, Urgency.ROUTINE)
    assert [(job["task_name"], job["queue_name"]) for job in jobs()] == [
        (DRAFT_TASK, DRAFTS),
        (READ_TASK, READS),
    ]
    queue.cancel(STUDY_UID)
    assert {job["status"] for job in jobs()} == {"cancelled"}


def test_nobody_writes_about_a_study_while_it_is_looked_at(queue, addresses, owner):
    queue.read(STUDY_UID, Urgency.ROUTINE)
    owner.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    queue.draft(STUDY_UID, Urgency.STAT)
    queue.draft("1.2.3", Urgency.ROUTINE)
    assert work(addresses.app_url) == ["1.2.3"]


# ── workers that die ──────────────────────────────────────────────────────────────────────────────────


def recover(url, seconds=30.0):
    async def once():
        app = procrastinate_app(url)
        async with app.open_async():
            return await retry_stalled(app, seconds)

    return asyncio.run(once())


@pytest.fixture
def dead_worker(queue, owner):
    """A worker took the study and was last heard of a minute ago."""
    queue.read(STUDY_UID, Urgency.ROUTINE)
    owner.execute(
        "WITH silent AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute') "
        "RETURNING id) UPDATE procrastinate_jobs SET status = 'doing', worker_id = silent.id FROM silent"
    )


def test_what_a_dead_worker_left_is_queued_again(dead_worker, addresses, jobs):
    assert recover(addresses.app_url) == 1
    assert [(job["status"], job["attempts"]) for job in jobs()] == [("todo", 1)]
    done = work(addresses.app_url)
    assert done == [STUDY_UID]


def test_a_worker_that_still_speaks_keeps_its_study(dead_worker, addresses, jobs):
    assert recover(addresses.app_url, seconds=3600) == 0
    assert [job["status"] for job in jobs()] == ["doing"]


def test_a_dead_worker_s_study_that_waits_again_is_read_once(dead_worker, queue, addresses, jobs):
    queue.read(STUDY_UID, Urgency.STAT)
    assert recover(addresses.app_url) == 0
    assert [job["status"] for job in jobs()] == ["failed", "todo"]
    done = work(addresses.app_url)
    assert done == [STUDY_UID]


def test_the_worker_needs_no_rights_but_the_application_s(queue, addresses):
    queue.read(STUDY_UID, Urgency.ROUTINE)
    with psycopg.connect(addresses.app_url) as connection:
        assert connection.execute("SELECT count(*) FROM procrastinate_jobs").fetchone() == (1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DROP TABLE procrastinate_jobs")
