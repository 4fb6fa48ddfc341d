import contextvars
import logging
import threading
import time

import psycopg
import pytest
from sqlalchemy import URL, text

from db.connection import Database, libpq_url, sqlalchemy_url
from db.errors import ChangeRefused, DatabaseUnavailable
from db.study_store import PgStudyStore
from db.words import PgWordStream
from tests.builders import STUDY_UID, a_study, an_event
from triage.errors import MoveNotAllowed
from triage.ports import House
from triage.reading import Style
from triage.status import Status
from triage.study import Urgency
from triage.urgency import Assessment

ROUTINE = Assessment(Urgency.ROUTINE, ())


@pytest.mark.parametrize(
    "written",
    [
        "postgresql://u:p%40ss@host:5433/name",
        "postgres://u:p%40ss@host:5433/name",
        "postgresql+psycopg://u:p%40ss@host:5433/name",
    ],
)
def test_an_address_may_be_written_in_every_usual_way(written):
    assert sqlalchemy_url(written).drivername == "postgresql+psycopg"
    assert libpq_url(written) == "postgresql://u:p%40ss@host:5433/name"


def test_a_socket_s_folder_may_have_any_name():
    for name in ("/a b+c/d", "/ä&ö=?", "/100%"):
        address = libpq_url(URL.create("postgresql", "u", "p", query={"host": name}).render_as_string())
        assert psycopg.conninfo.conninfo_to_dict(address)["host"] == name
        assert sqlalchemy_url(address).query["host"] == name


@pytest.mark.parametrize("written", ["mysql://u@h/n", "sqlite:///file.db", "nonsense", ""])
def test_any_other_address_is_refused_in_a_sentence(written):
    with pytest.raises(DatabaseUnavailable, match="write it as postgresql://"):
        Database(written)


def test_a_database_that_is_not_there_is_said_so(tmp_path):
    nowhere = PgStudyStore(Database(f"postgresql://u:p@/n?host={tmp_path}"))
    with pytest.raises(DatabaseUnavailable, match="did not answer"):
        nowhere.find(STUDY_UID)


def test_what_fails_together_leaves_nothing_behind(house: House):
    def half():
        with house.together():
            house.studies.add_study(a_study(), ROUTINE, an_event())
            house.studies.move(STUDY_UID, Status.READ, Status.RANKED, "", an_event())

    with pytest.raises(MoveNotAllowed):
        half()
    assert house.studies.find(STUDY_UID) is None
    assert house.audit.head().events == 0


def test_what_was_written_before_is_seen_inside(house: House):
    with house.together():
        house.studies.add_study(a_study(), ROUTINE, an_event())
        assert house.studies.entry(STUDY_UID).status is Status.RECEIVED
        house.studies.move(STUDY_UID, Status.RECEIVED, Status.IDENTIFIED, "", an_event())
        assert house.studies.entry(STUDY_UID).status is Status.IDENTIFIED
    assert house.studies.entry(STUDY_UID).status is Status.IDENTIFIED
    assert house.audit.head().events == 2


def test_an_inner_block_joins_the_outer_one(house: House):
    def outer():
        with house.together():
            with house.together():
                house.studies.add_study(a_study(), ROUTINE, an_event())
            raise KeyError("after the inner block")

    with pytest.raises(KeyError):
        outer()
    assert house.studies.find(STUDY_UID) is None


def test_a_failure_caught_inside_does_not_save_the_other_half(house: House):
    def outer():
        with house.together():
            house.studies.add_study(a_study(), ROUTINE, an_event())
            with pytest.raises(MoveNotAllowed):
                house.studies.move(STUDY_UID, Status.READ, Status.RANKED, "", an_event())

    with pytest.raises(ChangeRefused, match="nothing of it was kept"):
        outer()
    assert house.studies.find(STUDY_UID) is None


def test_writers_take_turns_so_that_what_was_checked_still_holds(house: House, database: Database):
    """The second writer waits at the door until the first is through."""
    order = []

    def second():
        with house.together():
            order.append("second in")

    with house.together():
        waiting = threading.Thread(target=second)
        waiting.start()
        time.sleep(0.2)
        order.append("first out")
    waiting.join()
    assert order == ["first out", "second in"]


def test_readers_and_words_do_not_wait_for_a_writer(house: House, database: Database):
    def beside():
        PgWordStream(database).put(STUDY_UID, Style.BRIEF, "a word")
        assert house.studies.find(STUDY_UID) is None

    with house.together():
        house.studies.add_study(a_study(), ROUTINE, an_event())
        reading = threading.Thread(target=beside)
        reading.start()
        reading.join(timeout=5)
        assert not reading.is_alive()
    assert house.words.get(STUDY_UID) == {Style.BRIEF: "a word"}


def test_another_thread_has_a_transaction_of_its_own(house: House, database: Database):
    seen = []

    def beside():
        with database.session() as session:
            seen.append(session.execute(text("SELECT pg_backend_pid()")).scalar())

    with database.session() as session:
        seen.append(session.execute(text("SELECT pg_backend_pid()")).scalar())
        thread = threading.Thread(target=contextvars.Context().run, args=[beside])
        thread.start()
        thread.join()
    assert len(set(seen)) == 2


def test_connections_are_limited_in_time_and_live_in_utc(database: Database):
    with database.session() as session:
        shown = {
            name: session.execute(text(f"SHOW {name}")).scalar()
            for name in (
                "lock_timeout",
                "statement_timeout",
                "idle_in_transaction_session_timeout",
                "timezone",
            )
        }
    assert shown == {
        "lock_timeout": "20s",
        "statement_timeout": "30s",
        "idle_in_transaction_session_timeout": "10s",
        "timezone": "UTC",
    }


def test_no_error_and_no_log_line_quotes_a_patient(house: House, caplog):
    caplog.set_level(logging.DEBUG)
    canary = "Canary^Quill"
    house.studies.add_study(a_study(accession_number=canary), ROUTINE, an_event())
    with pytest.raises(ChangeRefused) as refused:
        house.studies.add_study(a_study(accession_number=canary, indication=canary), ROUTINE, an_event())
    assert "study_pkey" in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
    assert canary not in caplog.text
    assert canary not in str(refused.value)


def test_it_goes_on_after_the_server_closed_its_connections(house: House, addresses):
    house.studies.find(STUDY_UID)
    with psycopg.connect(addresses.app_url, autocommit=True) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    assert (True,) in ended
    assert house.studies.find(STUDY_UID) is None
