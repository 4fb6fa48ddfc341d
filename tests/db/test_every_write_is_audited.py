"""Lock 3: each way to change something adds one event, in the same transaction, and nothing without it."""

import inspect
from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest
from psycopg import sql

from consent.audit import AuditEvent, verify
from consent.record import Purpose
from db.audit_trail import PgAuditTrail
from db.consent_store import PgConsentStore
from db.critical_store import PgCriticalStore
from db.errors import ChangeRefused
from db.half_written import PgHalfWrittenReports
from db.sign_in_store import SignInStore
from db.study_store import PgStudyStore
from db.worklist import PgWorklist
from tests.builders import (
    NOW,
    PATIENT_ID,
    STUDY_UID,
    a_consent,
    a_critical_result,
    a_draft,
    a_person,
    a_reading,
    a_study,
    an_attempt,
    an_event,
    an_instance,
    vitals,
)
from triage import ports
from triage.critical import Cause, Delivery, Notice
from triage.half_written import HalfWritten
from triage.listing import Filter, SavedView
from triage.report import Report, ReportStatus, Verdict
from triage.status import Status
from triage.stores import Invitation, Quarantined
from triage.study import Urgency
from triage.urgency import Assessment
from triage.worklist import Claim

PLACE = Assessment(Urgency.STAT, ("because",))
REPORT = Report(1, ReportStatus.FINAL, "Normal.", Verdict.UNAIDED, "clinician@demo", NOW)
LINK = Invitation("f" * 64, PATIENT_ID, None, NOW + timedelta(hours=24), 5, used=False)
OTHER_LINK = Invitation("e" * 64, PATIENT_ID, None, NOW + timedelta(hours=24), 5, used=False)

Write = Callable[[object, AuditEvent], object]
STUDIES: dict[str, Write] = {
    "add_study": lambda s, e: s.add_study(a_study(study_uid="1.2.7"), PLACE, e),
    "add_instance": lambda s, e: s.add_instance(STUDY_UID, an_instance(sop_instance_uid="1.2.7.9"), e),
    "raise_order": lambda s, e: s.raise_order(STUDY_UID, Urgency.STAT, e),
    "move": lambda s, e: s.move(STUDY_UID, Status.RECEIVED, Status.IDENTIFIED, "", e),
    "add_vitals": lambda s, e: s.add_vitals(STUDY_UID, vitals(), e),
    "save_assessment": lambda s, e: s.save_assessment(STUDY_UID, PLACE, e),
    "save_reading": lambda s, e: s.save_reading(a_reading(), e),
    "save_draft": lambda s, e: s.save_draft(STUDY_UID, a_draft(), e),
    "hide_reading": lambda s, e: s.hide_reading(STUDY_UID, e),
    "claim": lambda s, e: s.claim(STUDY_UID, Claim("clinician@demo", NOW), e),
    "add_report": lambda s, e: s.add_report(STUDY_UID, REPORT, e),
    "quarantine": lambda s, e: s.quarantine(Quarantined("film.dcm", "Too short.", "a" * 64, NOW), e),
}
CONSENTS: dict[str, Write] = {
    "sign": lambda s, e: s.sign(a_consent(consent_id="consent-2"), e),
    "withdraw": lambda s, e: s.withdraw(PATIENT_ID, Purpose.AI_READING, NOW, e),
    "invite": lambda s, e: s.invite(OTHER_LINK, e),
    "count_try": lambda s, e: s.count_try(LINK.token_sha256, e),
    "forgive": lambda s, e: s.forgive(LINK.token_sha256, 4, e),
    "use": lambda s, e: s.use(LINK.token_sha256, e),
}
SIGN_INS: dict[str, Write] = {
    "open": lambda s, e: s.open("sid-2", a_person(), NOW, e),
    "revoke": lambda s, e: s.revoke("sid-1", NOW, e),
    "revoke_subject": lambda s, e: s.revoke_subject(a_person().subject, NOW, e),
}
CRITICAL: dict[str, Write] = {
    "open": lambda s, e: s.open(a_critical_result(result_id="d" * 32), e),
    "add_attempt": lambda s, e: s.add_attempt("c" * 32, an_attempt(), e),
    "add_notice": lambda s, e: s.add_notice("c" * 32, Notice("1", "Ward doctor", Cause.TIME, NOW), e),
    "add_delivery": lambda s, e: s.add_delivery("c" * 32, Delivery("0", "mail", sent=True, at=NOW), e),
}
LISTS: dict[str, Write] = {
    "save_view": lambda s, e: s.save_view("ada", SavedView("another", Filter()), e),
    "remove_view": lambda s, e: s.remove_view("ada", "mine", e),
}
HALF = HalfWritten(STUDY_UID, "ada", "Half.")
HALF_WRITTEN: dict[str, Write] = {"save": lambda s, e: s.save(HALF, e)}
TRAIL: dict[str, Write] = {"record": lambda s, e: s.record(e)}
WRITES = [
    pytest.param(store, write, id=f"{store.__name__}.{name}")
    for store, writes in (
        (PgStudyStore, STUDIES),
        (PgConsentStore, CONSENTS),
        (SignInStore, SIGN_INS),
        (PgCriticalStore, CRITICAL),
        (PgWorklist, LISTS),
        (PgHalfWrittenReports, HALF_WRITTEN),
        (PgAuditTrail, TRAIL),
    )
    for name, write in writes.items()
]
EVERYTHING = (
    "study", "instance", "status_change", "vitals", "reading", "draft", "report", "quarantine", "consent",
    "provision", "invitation", "sign_in", "half_written", "audit_event", "audit_head",
    "saved_view", "critical_result", "critical_attempt", "critical_notice", "critical_delivery",
)  # fmt: skip


@pytest.fixture
def filled(database):
    """Something of everything, so that each write has something to change."""
    PgStudyStore(database).add_study(a_study(), Assessment(Urgency.ROUTINE, ()), an_event())
    PgStudyStore(database).save_reading(a_reading(), an_event())
    PgConsentStore(database).sign(a_consent(), an_event())
    PgConsentStore(database).invite(LINK, an_event())
    SignInStore(database).open("sid-1", a_person(), NOW, an_event())
    PgCriticalStore(database).open(a_critical_result(), an_event())
    PgCriticalStore(database).add_notice("c" * 32, Notice("0", "Ward doctor", Cause.OPENED, NOW), an_event())
    PgWorklist(database).save_view("ada", SavedView("mine", Filter(modality="CR")), an_event())
    return database


def contents(owner: psycopg.Connection) -> dict[str, list[tuple]]:
    return {
        table: sorted(
            map(repr, owner.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))).fetchall())
        )
        for table in EVERYTHING
    }


@pytest.mark.parametrize(
    ("port", "writes"),
    [
        (ports.StudyStore, STUDIES),
        (ports.ConsentStore, CONSENTS),
        (ports.AuditTrail, TRAIL),
        (ports.CriticalStore, CRITICAL),
        (ports.WorklistStore, LISTS),
    ],
)
def test_these_are_all_the_ways_to_change_something(port, writes):
    """Whatever takes an event writes; whatever does not, reads. A new method must come here."""
    methods = {n: m for n, m in inspect.getmembers(port, inspect.isfunction) if not n.startswith("_")}
    taking = {n for n, m in methods.items() if "event" in inspect.signature(m).parameters}
    assert taking == set(writes)


def test_words_nobody_signed_are_changed_without_an_event_only_while_somebody_writes():
    methods = {
        n: m
        for n, m in inspect.getmembers(ports.HalfWrittenReports, inspect.isfunction)
        if not n.startswith("_")
    }
    taking = {n for n, m in methods.items() if "event" in inspect.signature(m).parameters}
    assert taking == set(HALF_WRITTEN)
    assert set(methods) - taking == {"find", "keep", "forget", "begun", "begun_by"}


def test_a_sign_in_is_changed_without_an_event_only_to_say_that_somebody_is_there():
    methods = {n: m for n, m in inspect.getmembers(SignInStore, inspect.isfunction) if not n.startswith("_")}
    taking = {n for n, m in methods.items() if "event" in inspect.signature(m).parameters}
    assert taking == set(SIGN_INS)
    assert set(methods) - taking == {"find", "touch"}


@pytest.mark.parametrize(("store", "write"), WRITES)
def test_a_change_adds_exactly_one_event_and_it_is_the_one_given(filled, owner, store, write):
    trail = PgAuditTrail(filled)
    before, rows = trail.head().events, contents(owner)
    given = an_event(action="this one", detail="and no other")
    write(store(filled), given)
    assert trail.head().events == before + 1
    assert trail.latest(1)[0].event == given
    verify(trail.chain(), trail.head())
    changed = {table for table, was in rows.items() if contents(owner)[table] != was}
    assert changed > {"audit_event", "audit_head"} or store is PgAuditTrail


@pytest.mark.parametrize(("store", "write"), WRITES)
def test_without_its_event_nothing_changes(filled, owner, no_event_gets_in, store, write):
    rows = contents(owner)
    with pytest.raises(ChangeRefused, match="42501"):
        write(store(filled), an_event())
    assert contents(owner) == rows


@pytest.fixture
def no_event_gets_in(filled, owner):
    owner.execute("REVOKE INSERT ON audit_event FROM firstread_app")
    yield
    owner.execute("GRANT INSERT ON audit_event TO firstread_app")


@pytest.mark.parametrize(("store", "write"), WRITES)
def test_an_event_that_postgresql_cannot_keep_keeps_the_change_out(filled, owner, store, write):
    rows = contents(owner)
    with pytest.raises(ChangeRefused):
        write(store(filled), an_event(detail="a zero byte: \0"))
    assert contents(owner) == rows
