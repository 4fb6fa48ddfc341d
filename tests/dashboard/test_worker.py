"""The worker reads what waits, survives a model that fails, a worker that died and a database that went away."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from procrastinate import RetryStrategy
from procrastinate.exceptions import ConnectorException

from consent.record import PatientId, Purpose
from dashboard import worker
from dashboard.notices.letter import NotSent
from dashboard.settings import Settings, SettingsError
from dashboard.worker import Careful, NoReader, load, work
from db.audit_trail import PgAuditTrail
from db.errors import StorageError
from db.queue import DRAFTS
from tests.builders import a_consent, a_patient, a_person, a_study, an_event
from tests.fakes import ScriptedReader
from tests.triage.test_calling import MARK
from triage import calling, flow
from triage.errors import UnreadableFilm
from triage.reading import Style
from triage.status import Status
from triage.study import Urgency

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0
DYING = """
import os, signal, sys, time
from dashboard import wiring, worker
from dashboard.settings import Settings
from db.connection import Database
from tests.fakes import ScriptedReader
from pathlib import Path

url, home, moment = sys.argv[1:]
settings = Settings(Path(home), database_url=url, files_url=home + "/files")
house = wiring.open_house(settings, Database(url))

def die():
    os.kill(os.getpid(), signal.SIGKILL)

worker.work(url, house, ScriptedReader(house.clock, **{moment: die}))
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """The same machinery with shorter patience."""
    monkeypatch.setattr(worker, "HEARTBEAT_S", 0.5)
    monkeypatch.setattr(worker, "SILENT_S", 2.0)
    monkeypatch.setattr(worker, "RECOVER_EVERY_S", 0.3)
    monkeypatch.setattr(worker, "POLL_S", 0.2)


@pytest.fixture
def consented(house):
    house.consents.sign(a_consent(), an_event())
    return house


def work_until(reached, addresses, house, reader, **more):
    """Work in this process, and be asked to stop, as its parent would, when something is reached."""
    done = threading.Event()

    def watch():
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and not done.wait(0.05):
            with suppress(StorageError):
                if reached():
                    break
        if not done.is_set():
            os.kill(os.getpid(), signal.SIGTERM)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        work(addresses.app_url, house, reader, **more)
    finally:
        done.set()
        watcher.join()


def status(house, uid):
    return house.studies.entry(uid).status


def test_a_study_is_read_ranked_and_drafted_and_then_the_worker_stops(consented, addresses):
    flow.receive(consented, a_study(), None, "ada")
    uid = a_study().study_uid
    work_until(
        lambda: (r := consented.studies.reading(uid)) is not None and len(r.drafts) == len(Style),
        addresses,
        consented,
        ScriptedReader(consented.clock),
    )
    assert status(consented, uid) is Status.RANKED


def test_the_most_urgent_is_read_first(consented, addresses):
    for number, priority in enumerate([Urgency.ROUTINE, Urgency.STAT, Urgency.URGENT, Urgency.STAT]):
        flow.receive(consented, a_study(study_uid=f"1.2.{number + 1}", order_priority=priority), None, "ada")
    reader = ScriptedReader(consented.clock)
    work_until(lambda: len(reader.drafted) == 4 * len(Style), addresses, consented, reader)
    assert reader.read_uids == ["1.2.2", "1.2.4", "1.2.3", "1.2.1"]


def finished(house, reader, count):
    return lambda: len(reader.drafted) == count * len(Style)


def test_every_study_gets_its_place_before_words_are_finished_about_any(consented, addresses):
    uids = [f"1.2.{number}" for number in range(4)]
    for uid in uids:
        flow.receive(consented, a_study(study_uid=uid), None, "ada")
    reader = ScriptedReader(consented.clock)
    placed_at_the_first_word = []

    def wait_for_the_places():
        deadline = time.monotonic() + PATIENCE_S / 2
        while any(status(consented, uid) is not Status.RANKED for uid in uids):
            if time.monotonic() > deadline:
                return
            time.sleep(0.05)
        placed_at_the_first_word.append(True)

    reader.while_writing = wait_for_the_places
    work_until(finished(consented, reader, 4), addresses, consented, reader)
    assert len(placed_at_the_first_word) == 4 * len(Style)


def test_an_urgent_study_does_not_wait_behind_the_words_about_routine_ones(consented, addresses):
    for number in range(worker.LANES[DRAFTS] + 2):
        flow.receive(consented, a_study(study_uid=f"1.2.{number}"), None, "ada")
    reader, overtook = ScriptedReader(consented.clock, {}), []
    arrived = threading.Event()

    def words_take_long():
        if not arrived.is_set():
            arrived.set()
            urgent = a_study(study_uid="1.3.1", order_priority=Urgency.STAT)
            flow.receive(consented, urgent, None, "ada")
        deadline = time.monotonic() + PATIENCE_S / 2
        while ("1.3.1", Style.BRIEF) not in reader.drafted and time.monotonic() < deadline:
            time.sleep(0.05)
        overtook.append(("1.3.1", Style.BRIEF) in reader.drafted)

    reader.while_writing = words_take_long
    work_until(finished(consented, reader, worker.LANES[DRAFTS] + 3), addresses, consented, reader)
    assert all(overtook)


def test_a_film_that_fails_fails_alone(consented, addresses):
    for number in range(3):
        flow.receive(consented, a_study(study_uid=f"1.2.{number}"), None, "ada")
    reader = ScriptedReader(consented.clock)

    def fail_at_the_second():
        if reader.read_uids[-1] == "1.2.1":
            raise UnreadableFilm("The film is blank.")

    reader.meanwhile = fail_at_the_second
    work_until(finished(consented, reader, 2), addresses, consented, reader)
    assert [status(consented, f"1.2.{n}") for n in range(3)] == [
        Status.RANKED,
        Status.UNRANKED,
        Status.RANKED,
    ]


def test_who_withdraws_while_the_study_waits_is_not_read_and_the_others_are(consented, addresses):
    other = PatientId("P-2", "Ward 7")
    consented.consents.sign(a_consent(other, consent_id="consent-2"), an_event())
    flow.receive(consented, a_study(study_uid="1.2.1"), None, "ada")
    flow.receive(consented, a_study(study_uid="1.2.2", patient=a_patient(patient_id=other)), None, "ada")
    at = consented.clock.now()
    consented.consents.withdraw(a_study().patient.patient_id, Purpose.AI_READING, at, an_event())
    reader = ScriptedReader(consented.clock)
    work_until(finished(consented, reader, 1), addresses, consented, reader)
    assert reader.read_uids == ["1.2.2"]
    assert status(consented, "1.2.1") is Status.UNRANKED


def test_who_withdraws_before_the_words_gets_none(consented, addresses):
    flow.receive(consented, a_study(), None, "ada")
    flow.find_place(consented, ScriptedReader(consented.clock), a_study().study_uid)
    at = consented.clock.now()
    consented.consents.withdraw(a_study().patient.patient_id, Purpose.AI_READING, at, an_event())
    reader = ScriptedReader(consented.clock)
    work_until(
        lambda: status(consented, a_study().study_uid) is Status.UNRANKED, addresses, consented, reader
    )
    assert reader.drafted == []
    assert consented.studies.reading(a_study().study_uid) is None


def test_without_a_consent_the_model_never_sees_the_film(house, addresses):
    flow.receive(house, a_study(), None, "ada")
    reader = ScriptedReader(house.clock)
    work_until(lambda: status(house, a_study().study_uid) is Status.UNRANKED, addresses, house, reader)
    assert reader.read_uids == []


def test_without_a_model_every_study_goes_to_a_person_with_the_reason(consented, addresses):
    flow.receive(consented, a_study(), None, "ada")
    work_until(
        lambda: status(consented, a_study().study_uid) is Status.UNRANKED,
        addresses,
        consented,
        NoReader("The weights are missing."),
    )
    assert consented.studies.entry(a_study().study_uid).status_reason == "The weights are missing."


def test_an_unforeseen_failure_of_the_model_goes_to_a_person_too(consented, addresses):
    flow.receive(consented, a_study(), None, "ada")
    broken = ScriptedReader(consented.clock, unreadable=ZeroDivisionError("a patient's value"))
    work_until(
        lambda: status(consented, a_study().study_uid) is Status.UNRANKED,
        addresses,
        consented,
        Careful(broken),
    )
    reason = consented.studies.entry(a_study().study_uid).status_reason
    assert "ZeroDivisionError" in reason
    assert "patient's value" not in reason


def test_what_the_reader_says_itself_is_passed_on(consented, addresses):
    flow.receive(consented, a_study(), None, "ada")
    refusing = ScriptedReader(consented.clock, unreadable=UnreadableFilm("The film is blank."))
    work_until(
        lambda: status(consented, a_study().study_uid) is Status.UNRANKED,
        addresses,
        consented,
        Careful(refusing),
    )
    assert consented.studies.entry(a_study().study_uid).status_reason == "The film is blank."


@pytest.mark.parametrize(
    ("moment", "left_at"), [("meanwhile", Status.CONSENTED), ("while_writing", Status.RANKED)]
)
def test_what_a_killed_worker_left_is_finished_by_the_next(consented, addresses, tmp_path, moment, left_at):
    flow.receive(consented, a_study(), None, "ada")
    uid = a_study().study_uid
    dead = subprocess.run(
        [sys.executable, "-c", DYING, addresses.app_url, str(tmp_path), moment],
        cwd=ROOT,
        timeout=PATIENCE_S,
        check=False,
    )
    assert dead.returncode == -signal.SIGKILL
    assert status(consented, uid) is left_at
    work_until(
        lambda: (r := consented.studies.reading(uid)) is not None and len(r.drafts) == len(Style),
        addresses,
        consented,
        ScriptedReader(consented.clock),
    )
    assert status(consented, uid) is Status.RANKED
    assert len(consented.studies.reading(uid).drafts) == len(Style)


def test_a_database_that_goes_away_is_waited_for(consented, addresses):
    uid = a_study().study_uid

    def cut_then_bring_a_study():
        time.sleep(1.0)
        with psycopg.connect(addresses.app_url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database() AND usename = current_user"
            )
        time.sleep(1.0)
        with suppress(StorageError):
            flow.receive(consented, a_study(), None, "ada")
        if consented.studies.find(uid) is None:
            flow.receive(consented, a_study(), None, "ada")

    threading.Thread(target=cut_then_bring_a_study, daemon=True).start()
    work_until(
        lambda: consented.studies.find(uid) is not None and status(consented, uid) is Status.RANKED,
        addresses,
        consented,
        ScriptedReader(consented.clock),
    )
    assert status(consented, uid) is Status.RANKED


def test_a_model_that_cannot_be_loaded_is_named_and_the_work_goes_on(tmp_path, monkeypatch):
    monkeypatch.setenv("FIRSTREAD_MODEL", str(tmp_path))  # a folder without a model
    said = []
    reader = load(Settings(tmp_path), said.append)
    assert isinstance(reader, NoReader)
    assert "Every study goes to a person" in said[-1]


def test_a_setting_of_the_model_that_nobody_knows_stops_the_start(tmp_path, monkeypatch):
    monkeypatch.setenv("FIRSTREAD_PRECISION", "three and a half")
    with pytest.raises(SettingsError, match="FIRSTREAD_PRECISION"):
        load(Settings(tmp_path), lambda _said: None)


def test_the_trail_is_whole_after_all_that(consented, addresses, database):
    from consent.audit import verify

    flow.receive(consented, a_study(), None, "ada")
    work_until(
        lambda: status(consented, a_study().study_uid) is Status.RANKED,
        addresses,
        consented,
        ScriptedReader(consented.clock),
    )
    assert verify(PgAuditTrail(database).chain()).events > 5


def test_a_critical_result_calls_its_people_one_after_the_other_without_being_asked(
    consented, addresses, clock, monkeypatch
):
    """Opened by a person; from then on the worker's own look at the clock calls, and its queue sends, each step once."""
    monkeypatch.setattr(worker, "CALL_EVERY_S", 0.1)
    flow.receive(consented, a_study(), None, "ada")
    opened = calling.open_result(consented, a_study().study_uid, a_person(), MARK)
    sent = []

    def send(result_id, step):
        sent.append((result_id, step))
        if step == "0":
            clock.advance(15 * 60)

    work_until(lambda: len(sent) >= 2, addresses, consented, ScriptedReader(clock), send=send)
    assert sent == [(opened.result_id, "0"), (opened.result_id, "1")]
    called = [n.to for n in consented.critical.result(opened.result_id).notices]
    assert called == ["Ordering clinician", "Ward doctor on call"]


@pytest.mark.parametrize(
    "failure", [NotSent("The mail server did not answer.", passing=True), ZeroDivisionError()]
)
def test_a_notice_that_could_not_be_sent_is_tried_again_and_holds_up_no_other(
    consented, addresses, clock, monkeypatch, failure
):
    retried = worker.NOTICE_ATTEMPTS.retry_exceptions
    sooner = RetryStrategy(max_attempts=3, wait=1, retry_exceptions=retried)
    monkeypatch.setattr(worker, "NOTICE_ATTEMPTS", sooner)
    flow.receive(consented, a_study(), None, "ada")
    opened = calling.open_result(consented, a_study().study_uid, a_person(), MARK)
    clock.advance(15 * 60)
    calling.call_next(consented)
    tries = []

    def send(_result_id, step):
        tries.append(step)
        if step == "0" and tries.count("0") == 1:
            raise failure

    work_until(lambda: tries.count("0") == 2, addresses, consented, ScriptedReader(clock), send=send)
    assert tries == ["0", "1", "0"]
    assert len(consented.critical.result(opened.result_id).notices) == 2


@pytest.mark.usefixtures("own_database")
def test_a_queue_that_refuses_for_a_while_ends_no_calling(consented, addresses, clock, owner, monkeypatch):
    monkeypatch.setattr(worker, "CALL_EVERY_S", 0.1)
    flow.receive(consented, a_study(), None, "ada")
    opened = calling.open_result(consented, a_study().study_uid, a_person(), MARK)
    owner.execute(
        "ALTER TABLE procrastinate_jobs ADD CONSTRAINT closed CHECK (args ->> 'step' <> '1') NOT VALID"
    )
    clock.advance(15 * 60)
    with pytest.raises(ConnectorException):
        calling.call_next(consented)

    def reopen():
        time.sleep(2.0)
        owner.execute("ALTER TABLE procrastinate_jobs DROP CONSTRAINT closed")

    threading.Thread(target=reopen, daemon=True).start()
    sent = []
    work_until(
        lambda: "1" in sent,
        addresses,
        consented,
        ScriptedReader(clock),
        send=lambda _result_id, step: sent.append(step),
    )
    assert [n.step for n in consented.critical.result(opened.result_id).notices] == ["0", "1"]


def test_a_permission_that_runs_out_takes_the_answer_away_whatever_fails_meanwhile(
    house, addresses, clock, monkeypatch
):
    monkeypatch.setattr(worker, "RUN_OUT_EVERY_S", 0.1)
    house.consents.sign(a_consent(ends_at=clock.now() + timedelta(hours=1)), an_event())
    flow.receive(house, a_study(), None, "ada")
    uid, ask, failures = a_study().study_uid, type(house.studies).run_out, []
    flow.first_read(house, ScriptedReader(clock), uid)
    clock.advance(3600)

    def fails_first(*asked):
        if not failures:
            failures.append(asked)
            raise StorageError("The database did not answer in time.")
        return ask(*asked)

    monkeypatch.setattr(type(house.studies), "run_out", fails_first)
    work_until(lambda: house.studies.reading(uid) is None, addresses, house, ScriptedReader(clock))
    assert len(failures) == 1
    assert status(house, uid) is Status.UNRANKED


def test_no_part_of_the_worker_ends_unseen():
    """A lane, the recovery of what a dead worker left, and the calls: when one ends, all begin anew."""

    async def ends() -> None:
        raise ConnectorException

    async def watched() -> None:
        still = asyncio.create_task(asyncio.sleep(60))
        try:
            await worker._until_asked(threading.Event(), [still, asyncio.create_task(ends())])
        finally:
            still.cancel()

    with pytest.raises(ConnectorException):
        asyncio.run(watched())
