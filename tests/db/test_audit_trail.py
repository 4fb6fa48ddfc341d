import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from consent.audit import GENESIS, ChainHead, Outcome, verify
from consent.errors import BrokenAuditChain
from db.audit_trail import PgAuditTrail
from db.errors import ChangeRefused
from tests.builders import NOW, an_event


@pytest.fixture
def trail(database):
    return PgAuditTrail(database)


@pytest.fixture
def written(trail):
    """Twelve events, one of them with everything an event can have."""
    for number in range(11):
        trail.record(an_event(detail=f"event {number}"))
    trail.record(
        an_event(
            patient=None,
            purpose="",
            outcome=Outcome.DENIED,
            detail="Grüße, “quotes” and 漢字\n\ttabs",
            recorded_at=(NOW + timedelta(microseconds=123_457)).astimezone(
                timezone(timedelta(hours=5, minutes=45))
            ),
        )
    )
    return trail


@pytest.fixture
def tamper(owner):
    """Change the trail with every right there is, past the trigger too."""
    owner.execute("ALTER TABLE audit_event DISABLE TRIGGER USER")
    yield owner.execute
    owner.execute("ALTER TABLE audit_event ENABLE TRIGGER USER")


def test_numbers_run_from_one_without_a_gap_and_each_holds_the_hash_before_it(written):
    chain = list(written.chain())
    assert [place.sequence for place in chain] == list(range(1, 13))
    assert chain[0].previous_sha256 == GENESIS
    assert [p.previous_sha256 for p in chain[1:]] == [p.sha256 for p in chain[:-1]]


def test_the_whole_trail_verifies_after_a_round_trip(written):
    assert verify(written.chain(), written.head()) == written.head()
    assert written.head().events == 12


def test_an_empty_trail_has_a_head(trail):
    assert trail.head() == ChainHead(0, GENESIS)
    assert verify(trail.chain(), trail.head()) == trail.head()


def test_an_event_comes_back_as_it_was(trail):
    event = an_event(outcome=Outcome.FAILED, detail="reason")
    trail.record(event)
    assert [place.event for place in trail.chain()] == [event]


def test_the_chain_is_read_a_page_at_a_time_and_whole(trail, monkeypatch):
    monkeypatch.setattr("db.audit_trail._PAGE", 5)
    for number in range(13):
        trail.record(an_event(detail=str(number)))
    assert [place.event.detail for place in trail.chain()] == [str(n) for n in range(13)]


def test_many_writers_at_once_make_one_chain(trail):
    def write(name):
        for number in range(20):
            trail.record(an_event(agent=name, detail=str(number)))

    writers = [threading.Thread(target=write, args=[f"writer {n}"]) for n in range(5)]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    assert verify(trail.chain(), trail.head()).events == 100
    chain = list(trail.chain())
    for n in range(5):
        own = [p.event.detail for p in chain if p.event.agent == f"writer {n}"]
        assert own == [str(k) for k in range(20)]


_WRITER = """
import sys
from db.audit_trail import PgAuditTrail
from db.connection import Database
from tests.builders import an_event
trail = PgAuditTrail(Database(sys.argv[1]))
while True:
    trail.record(an_event(agent="writer"))
    print("on record", flush=True)
"""


def test_writers_killed_in_the_middle_leave_a_whole_chain_with_all_they_had_on_record(trail, addresses):
    told = 0
    for _ in range(3):
        command = [sys.executable, "-c", _WRITER, addresses.app_url]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as writer:
            told += sum(bool(writer.stdout.readline()) for _ in range(20))
            writer.kill()
            told += len(writer.stdout.read().splitlines())
    assert verify(trail.chain(), trail.head()).events in range(told, told + 4)


# ── looking something up ──────────────────────────────────────────────────────────────────────────────


def test_the_latest_come_first(written):
    assert [place.sequence for place in written.latest(3)] == [12, 11, 10]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", 4),
        ("admin@", 1),
        ("SIGN rep", 1),
        ("1.2.9", 1),
        ("p-77", 1),
        ("100%", 1),
        ("%", 1),
        ("_", 0),
        ("nobody", 0),
    ],
)
def test_a_search_looks_at_agent_action_entity_patient_and_detail(trail, typed, found):
    trail.record(an_event(agent="admin@demo"))
    trail.record(an_event(action="sign report"))
    trail.record(an_event(entity="study/1.2.9", detail="100% done"))
    trail.record(an_event(patient=replace(an_event().patient, value="P-77")))
    assert len(trail.latest(10, typed)) == found


# ── what the application's role may not do ────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("UPDATE audit_event SET agent = 'somebody else'", "permission denied for table audit_event"),
        ("DELETE FROM audit_event", "permission denied for table audit_event"),
        ("TRUNCATE audit_event", "permission denied for table audit_event"),
        ("DROP TABLE audit_event", "must be owner of table audit_event"),
        ("ALTER TABLE audit_event DISABLE TRIGGER ALL", "must be owner of table audit_event"),
        ("DROP TRIGGER audit_event_stays ON audit_event", "must be owner of relation audit_event"),
        ("ALTER TABLE audit_event OWNER TO firstread_app", "must be owner of table audit_event"),
        (
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE sql AS ''",
            "permission denied",
        ),
        ("SET session_replication_role = replica", "permission denied to set parameter"),
        ("DELETE FROM audit_head", "permission denied for table audit_head"),
        ("INSERT INTO audit_head VALUES (2, 0, '')", "permission denied for table audit_head"),
        ("UPDATE status_change SET agent = 'somebody else'", "permission denied for table status_change"),
        ("DELETE FROM status_change", "permission denied for table status_change"),
        ("UPDATE report SET impression = 'something else'", "permission denied for table report"),
        ("DELETE FROM report", "permission denied for table report"),
        ("UPDATE study SET patient_value = 'somebody else'", "permission denied for table study"),
        ("UPDATE reading SET findings = '[]'", "permission denied for table reading"),
        ("DELETE FROM reading", "permission denied for table reading"),
        ("UPDATE provision SET permits = true", "permission denied for table provision"),
        ("DELETE FROM consent", "permission denied for table consent"),
        ("CREATE TABLE beside (a int)", "permission denied for schema public"),
        ("COPY (SELECT 1) TO PROGRAM 'true'", "permission denied to COPY"),
    ],
)
def test_the_application_s_role_is_refused(addresses, written, statement, refusal):
    with (
        psycopg.connect(addresses.app_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match=refusal),
    ):
        connection.execute(statement)
    assert verify(written.chain(), written.head()).events == 12


def test_the_application_cannot_become_the_owner(addresses, owner):
    with (
        psycopg.connect(addresses.app_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied to set role"),
    ):
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(owner.info.user)))


def test_a_slip_of_the_owner_s_hand_is_stopped_too(owner, written):
    for statement in ("UPDATE audit_event SET agent = ''", "DELETE FROM audit_event", "TRUNCATE audit_event"):
        with pytest.raises(psycopg.errors.RaiseException, match="never changed or removed"):
            owner.execute(statement)


# ── what nobody may do unnoticed ──────────────────────────────────────────────────────────────────────

_COPY = (
    "INSERT INTO audit_event SELECT {sequence}, 'intruder', action, entity, recorded_at, patient_value, "
    "patient_issuer, purpose, outcome, detail, previous_sha256, sha256 FROM audit_event WHERE sequence = 5"
)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET agent = 'somebody else' WHERE sequence = 5",
        "UPDATE audit_event SET detail = detail || ' ' WHERE sequence = 1",
        "UPDATE audit_event SET recorded_at = recorded_at + interval '1 microsecond' WHERE sequence = 7",
        "UPDATE audit_event SET patient_value = NULL, patient_issuer = NULL WHERE sequence = 3",
        "UPDATE audit_event SET outcome = 'done' WHERE sequence = 12",
        "DELETE FROM audit_event WHERE sequence = 1",
        "DELETE FROM audit_event WHERE sequence = 6",
        _COPY.format(sequence=13),
        _COPY.format(sequence=0),
        _COPY.format(sequence=-4),
        "UPDATE audit_event SET sequence = CASE sequence WHEN 4 THEN 1005 ELSE 1004 END WHERE sequence IN (4, 5)",
    ],
    ids=lambda statement: statement[:60],
)
def test_an_edit_a_deletion_an_insertion_is_found(written, tamper, statement):
    tamper(statement)
    with pytest.raises(BrokenAuditChain):
        verify(written.chain(), written.head())


def test_two_events_in_each_other_s_place_are_found(written, tamper):
    tamper("UPDATE audit_event SET sequence = -4 WHERE sequence = 4")
    tamper("UPDATE audit_event SET sequence = 4 WHERE sequence = 5")
    tamper("UPDATE audit_event SET sequence = 5 WHERE sequence = -4")
    with pytest.raises(BrokenAuditChain, match="Event 4 was changed"):
        verify(written.chain())


def test_a_cut_off_tail_is_found_by_the_head_kept_apart(written, tamper):
    known = written.head()
    tamper("DELETE FROM audit_event WHERE sequence > 9")
    assert verify(written.chain()).events == 9
    with pytest.raises(BrokenAuditChain, match="ends at event 9; the head kept outside counts 12"):
        verify(written.chain(), written.head())
    tamper("UPDATE audit_head SET events = 9, sha256 = (SELECT sha256 FROM audit_event WHERE sequence = 9)")
    with pytest.raises(BrokenAuditChain):
        verify(written.chain(), known)


def test_a_trail_rewritten_from_the_middle_is_found_by_an_older_head(written, tamper, database):
    known = written.head()
    tamper("DELETE FROM audit_event WHERE sequence > 9")
    tamper("UPDATE audit_head SET events = 9, sha256 = (SELECT sha256 FROM audit_event WHERE sequence = 9)")
    for number in range(5):
        written.record(an_event(detail=f"invented {number}"))
    assert verify(written.chain(), written.head()).events == 14
    with pytest.raises(BrokenAuditChain, match="differs from the head kept outside"):
        verify(written.chain(), known)


def test_a_head_turned_back_stops_writing_instead_of_forking(written, addresses):
    """The application may move the head forward; turned back, the next number is taken."""
    with psycopg.connect(addresses.app_url, autocommit=True) as connection:
        connection.execute("UPDATE audit_head SET events = 3")
    with pytest.raises(ChangeRefused, match="audit_event_pkey"):
        written.record(an_event())
