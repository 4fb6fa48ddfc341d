"""One suite, two stores: what the fake in memory keeps, PostgreSQL keeps, and nothing on file can be changed."""

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings

from db.critical_store import PgCriticalStore
from db.errors import ChangeRefused
from db.study_store import PgStudyStore
from tests.builders import NOW, STUDY_UID, a_critical_result, a_study, an_attempt, an_event
from tests.fakes import MemoryCriticalStore
from tests.triage.test_escalation import results
from triage.critical import Cause, Delivery, Notice, ReadBack
from triage.errors import UnknownResult
from triage.escalation import state
from triage.report import Report, ReportStatus, Verdict
from triage.study import Urgency
from triage.urgency import Assessment

ID = "c" * 32
OPENED = Notice("0", "Ordering clinician", Cause.OPENED, NOW)
REPORT = Report(1, ReportStatus.FINAL, "Pneumothorax.", Verdict.UNAIDED, "clinician@demo", NOW)
FAILED = Delivery("0", "mail", sent=False, at=NOW, reason="The mail server did not answer.")
TABLES = ("critical_result", "critical_attempt", "critical_notice", "critical_delivery")


@pytest.fixture
def pg(database):
    PgStudyStore(database).add_study(a_study(), Assessment(Urgency.STAT, ()), an_event())
    PgStudyStore(database).add_report(STUDY_UID, REPORT, an_event())
    return PgCriticalStore(database)


@pytest.fixture(params=["memory", "postgresql"])
def store(request):
    return MemoryCriticalStore() if request.param == "memory" else request.getfixturevalue("pg")


# ── the contract ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("version", [None, 1])
def test_a_result_comes_back_as_it_was_opened(store, version):
    given_one = a_critical_result(report_version=version)
    store.open(given_one, an_event())
    assert store.result(ID) == given_one
    assert store.of_study(STUDY_UID) == (given_one,)
    assert store.of_study("1.2.3") == ()


def test_an_unknown_result_is_said_so(store):
    with pytest.raises(UnknownResult):
        store.result(ID)


def test_everything_recorded_comes_back_in_its_order(store):
    store.open(a_critical_result(), an_event())
    store.add_notice(ID, OPENED, an_event())
    store.add_attempt(ID, an_attempt(read_back=ReadBack.UNABLE), an_event())
    store.add_notice(ID, replace(OPENED, step="1", cause=Cause.UNREACHED), an_event())
    store.add_attempt(ID, an_attempt(), an_event())
    store.add_delivery(ID, FAILED, an_event())
    store.add_delivery(ID, replace(FAILED, sent=True, reason=""), an_event())
    found = store.result(ID)
    assert [replace(a, number=0) for a in found.attempts] == [
        an_attempt(read_back=ReadBack.UNABLE),
        an_attempt(),
    ]
    assert found.attempts[0].number < found.attempts[1].number
    assert [n.step for n in found.notices] == ["0", "1"]
    assert found.notices[0] == OPENED
    assert [d.sent for d in found.deliveries] == [False, True]
    assert found.deliveries[0] == FAILED


def test_only_what_nobody_heard_is_open(store):
    for letter, read_back in (("a", ReadBack.CONFIRMED), ("b", ReadBack.UNABLE), ("c", None)):
        store.open(a_critical_result(result_id=letter * 32), an_event())
        if read_back:
            store.add_attempt(letter * 32, an_attempt(read_back=read_back), an_event())
    assert [r.result_id[0] for r in store.open_results()] == ["b", "c"]


def test_a_corrected_telling_opens_it_again_and_a_correction_of_that_closes_it(store):
    store.open(a_critical_result(), an_event())
    store.add_attempt(ID, an_attempt(), an_event())
    assert store.open_results() == []
    for read_back, left in ((ReadBack.UNABLE, 1), (ReadBack.CONFIRMED, 0)):
        last = store.result(ID).attempts[-1].number
        wrong = an_attempt(read_back=read_back, corrects=last, reason="The wrong ward.")
        store.add_attempt(ID, wrong, an_event())
        assert len(store.open_results()) == left


def test_an_entry_is_corrected_once(store):
    store.open(a_critical_result(), an_event())
    store.add_attempt(ID, an_attempt(), an_event())
    again = an_attempt(corrects=store.result(ID).attempts[0].number, reason="Misspelt.")
    store.add_attempt(ID, again, an_event())
    with pytest.raises(ChangeRefused):
        store.add_attempt(ID, again, an_event())
    assert len(store.result(ID).attempts) == 2


def test_an_entry_of_another_result_is_not_corrected(store):
    for letter in "cd":
        store.open(a_critical_result(result_id=letter * 32), an_event())
    store.add_attempt(ID, an_attempt(), an_event())
    number = store.result(ID).attempts[0].number
    with pytest.raises(ChangeRefused):
        store.add_attempt("d" * 32, an_attempt(corrects=number, reason="Mine."), an_event())


def test_a_step_is_called_once_and_sent_once(store):
    store.open(a_critical_result(), an_event())
    store.add_notice(ID, OPENED, an_event())
    with pytest.raises(ChangeRefused):
        store.add_notice(ID, OPENED, an_event())
    sent = replace(FAILED, sent=True, reason="")
    store.add_delivery(ID, sent, an_event())
    with pytest.raises(ChangeRefused):
        store.add_delivery(ID, sent, an_event())
    store.add_delivery(ID, replace(sent, channel="webhook"), an_event())
    with pytest.raises(ChangeRefused):
        store.add_delivery(ID, replace(sent, step="7"), an_event())


def test_what_was_opened_since_a_moment(store):
    for letter, minutes in (("a", 0), ("b", 30)):
        at = NOW + timedelta(minutes=minutes)
        store.open(a_critical_result(result_id=letter * 32, opened_at=at), an_event())
    assert [r.result_id[0] for r in store.opened_since(NOW)] == ["a", "b"]
    assert [r.result_id[0] for r in store.opened_since(NOW + timedelta(minutes=1))] == ["b"]


# ── PostgreSQL alone ──────────────────────────────────────────────────────────────────────────────────


@given(results())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_database_calls_open_what_the_domain_calls_open(pg, owner, result):
    """The question in SQL and the walk through the table agree on every history that can be recorded."""
    for table in reversed(TABLES):
        owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER; DELETE FROM {table}")  # noqa: S608
        owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    pg.open(result, an_event())
    numbers = {}
    for attempt in result.attempts:
        corrects = numbers.get(attempt.corrects)
        pg.add_attempt(ID, replace(attempt, corrects=corrects), an_event())
        numbers[attempt.number] = pg.result(ID).attempts[-1].number
    end = NOW + timedelta(days=30)
    assert (pg.open_results() == []) == state(result, end).closed == state(pg.result(ID), end).closed


@pytest.fixture
def filed(pg):
    pg.open(a_critical_result(report_version=1), an_event())
    pg.add_attempt(ID, an_attempt(), an_event())
    pg.add_notice(ID, OPENED, an_event())
    pg.add_delivery(ID, FAILED, an_event())
    return pg


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE {} SET result_id = 'x'",
        "DELETE FROM {}",
        "TRUNCATE {} CASCADE",
        "DROP TABLE {}",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
    ],
)
def test_the_application_can_change_nothing_on_file(filed, addresses, table, change):
    with psycopg.connect(addresses.app_url) as app:
        assert app.execute(f"SELECT count(*) FROM {table}").fetchone() == (1,)  # noqa: S608
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(change.format(table))


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("change", ["UPDATE {} SET result_id = 'x'", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_a_slip_of_the_owners_hand_is_stopped_as_well(filed, owner, table, change):
    with pytest.raises(psycopg.errors.RaiseException, match="never changed or removed"):
        owner.execute(change.format(table))


def test_the_machine_opens_nothing_and_records_nothing(pg):
    """Past every check of ours, the table itself refuses a loop in the worker's name (ADR-0022)."""
    with pytest.raises(ChangeRefused, match="critical_result"):
        pg.open(a_critical_result(opened_by="worker"), an_event())
    pg.open(a_critical_result(), an_event())
    with pytest.raises(ChangeRefused, match="critical_attempt"):
        pg.add_attempt(ID, an_attempt(recorded_by="worker"), an_event())


@pytest.mark.parametrize(
    "lacking",
    [
        {"told_by": " "},
        {"received_by": ""},
        {"received_at": NOW + timedelta(hours=9)},
        {"reason": "For no entry."},
    ],
)
def test_an_entry_without_its_facts_is_refused_by_the_table_too(pg, lacking):
    pg.open(a_critical_result(), an_event())
    with pytest.raises(ChangeRefused):
        pg.add_attempt(ID, an_attempt(**lacking), an_event())


def test_a_result_follows_a_report_that_exists(pg):
    with pytest.raises(ChangeRefused, match="critical_result_report"):
        pg.open(a_critical_result(report_version=2), an_event())
