"""`firstread audit verify` sees an edit, a removal and a cut-off tail."""

import json

import psycopg
import pytest

from consent.audit import AuditEvent
from dashboard import cli
from dashboard.evaluation_trail import NAME, EvaluationTrail
from db.audit_trail import PgAuditTrail
from tests.builders import NOW, an_event


@pytest.fixture
def verify(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FIRSTREAD_HOME", str(tmp_path))

    def run():
        code = cli.main(["audit", "verify", "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def trail(addresses, database, monkeypatch):
    monkeypatch.setenv("FIRSTREAD_DATABASE_URL", addresses.app_url)
    made = PgAuditTrail(database)
    for number in range(5):
        made.record(an_event(detail=f"act {number}"))
    return made


def test_a_whole_trail_is_ok_with_its_count_and_head(verify, trail):
    assert verify() == (0, {"ok": True, "events": 5, "head": trail.head().sha256})


def test_it_may_grow_between_two_looks(verify, trail):
    verify()
    trail.record(an_event())
    assert verify()[1] == {"ok": True, "events": 6, "head": trail.head().sha256}


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        ("UPDATE audit_event SET detail = 'nothing' WHERE sequence = 3", "Event 3"),
        ("DELETE FROM audit_event WHERE sequence = 2", "Event 2"),
        ("DELETE FROM audit_event WHERE sequence = 5", "ends at event 4"),
    ],
)
def test_a_change_behind_our_back_is_found_and_named(verify, trail, addresses, harm, says):
    with psycopg.connect(addresses.owner_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE audit_event DISABLE TRIGGER USER")
        owner.execute(harm)
    code, answer = verify()
    assert code == 1
    assert answer["ok"] is False
    assert says in answer["reason"]


def test_a_tail_cut_off_together_with_its_head_is_found_by_the_head_kept_outside(verify, trail, addresses):
    assert verify()[0] == 0
    with psycopg.connect(addresses.owner_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE audit_event DISABLE TRIGGER USER")
        owner.execute("DELETE FROM audit_event WHERE sequence = 5")
        owner.execute(
            "UPDATE audit_head SET events = 4, sha256 = (SELECT sha256 FROM audit_event WHERE sequence = 4)"
        )
    code, answer = verify()
    assert code == 1
    assert "the head kept outside counts 5" in answer["reason"]


def test_a_kept_head_that_was_garbled_is_no_traceback(verify, trail, tmp_path):
    (tmp_path / "audit-head-database.json").write_text("not json")
    code, answer = verify()
    assert (code, answer["ok"]) == (1, False)


def test_where_there_is_no_database_the_evaluation_trail_is_walked(verify, tmp_path):
    assert verify()[1]["events"] == 0
    EvaluationTrail(tmp_path).record(AuditEvent("ada", "read for evaluation", "film/1", NOW))
    assert verify()[1] == {"ok": True, "events": 1, "head": EvaluationTrail(tmp_path).head().sha256}


def evaluated(home, number=1):
    for n in range(number):
        EvaluationTrail(home).record(AuditEvent("ada", "read for evaluation", f"film/{n}", NOW))


def test_a_first_database_after_films_were_evaluated_is_no_alarm(
    verify, addresses, database, tmp_path, monkeypatch
):
    evaluated(tmp_path, 3)
    assert verify()[0] == 0
    monkeypatch.setenv("FIRSTREAD_DATABASE_URL", addresses.app_url)
    PgAuditTrail(database).record(an_event())
    code, answer = verify()
    assert (code, answer["ok"], answer["events"]) == (0, True, 1)
    assert answer["evaluation"] == {"ok": True, "events": 3, "head": EvaluationTrail(tmp_path).head().sha256}
    assert verify()[0] == 0


def test_a_change_to_the_evaluation_trail_is_found_beside_a_database(verify, trail, tmp_path):
    evaluated(tmp_path, 2)
    assert verify()[0] == 0
    (tmp_path / NAME).unlink()
    code, answer = verify()
    assert (code, answer["ok"], answer["evaluation"]["ok"]) == (1, False, False)
    assert "the head kept outside counts 2" in answer["reason"]
    assert answer["events"] == 5


def test_the_kept_head_is_replaced_in_one_step(verify, trail, tmp_path):
    verify()
    kept = tmp_path / "audit-head-database.json"
    before = kept.stat().st_ino
    verify()
    assert kept.stat().st_ino != before, "it was written over: a power cut would leave half of it"
    assert [p.name for p in tmp_path.glob("audit-head*")] == [kept.name]
