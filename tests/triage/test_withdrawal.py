"""A withdrawal takes the model's answer away at once, wherever the study stands."""

from datetime import timedelta

import pytest

from consent.audit import Outcome
from consent.record import PatientId
from tests.builders import (
    NOW,
    PATIENT_ID,
    STUDY_UID,
    a_patient,
)
from tests.triage.given import ADA, allow, entry, events, receive, status, withdraw
from triage import flow, signing, withdrawal
from triage.correlation import Cohort
from triage.reading import Style
from triage.status import Status
from triage.study import Urgency


def test_a_yes_that_comes_later_brings_the_read(received, reader):
    flow.first_read(received, reader, STUDY_UID)
    assert status(received) is Status.UNRANKED
    allow(received)
    withdrawal.reconsider(received, PATIENT_ID)
    flow.first_read(received, reader, STUDY_UID)
    assert status(received) is Status.RANKED
    assert len(received.studies.reading(STUDY_UID).drafts) == 3


def test_a_withdrawal_takes_answer_drafts_and_place_away_at_once(ranked):
    assert entry(ranked).assessment.urgency is Urgency.ASAP
    withdraw(ranked)
    withdrawal.reconsider(ranked, PATIENT_ID)
    assert ranked.studies.reading(STUDY_UID) is None
    assert status(ranked) is Status.UNRANKED
    assert entry(ranked).status_reason == "No consent on file allows AI reading."
    assert entry(ranked).assessment.urgency is Urgency.ROUTINE
    assert entry(ranked).assessment.reasons == ("ordered routine",)
    assert ranked.figures.sample(Cohort(permitted=False), NOW, 9, 0) == []


def test_live_words_go_with_the_reading(ranked):
    ranked.words.put(STUDY_UID, Style.BRIEF, "Pleural eff")
    withdraw(ranked)
    withdrawal.reconsider(ranked, PATIENT_ID)
    assert ranked.words.get(STUDY_UID) == {}


def test_a_permission_that_ran_out_is_nobodys_withdrawal(received, reader, clock):
    allow(received, ends_at=NOW + timedelta(days=1))
    flow.first_read(received, reader, STUDY_UID)
    clock.advance(timedelta(days=1).total_seconds())
    withdrawal.reconsider(received, PATIENT_ID)
    withdrawal.reconsider(received, PATIENT_ID)
    assert entry(received).status_reason == "No consent on file allows AI reading."
    *_, denied = events(received, "decide consent")
    assert (denied.outcome, denied.detail) == (Outcome.DENIED, "No consent on file allows AI reading.")
    assert len([e for e in events(received, "decide consent") if e.outcome is Outcome.DENIED]) == 1


@pytest.mark.parametrize("told", [True, False], ids=["reconsidered", "found by the worker"])
def test_a_withdrawal_while_the_model_looks_keeps_its_answer_out(received, reader, told):
    allow(received)

    def leave():
        withdraw(received)
        if told:
            withdrawal.reconsider(received, PATIENT_ID)

    reader.meanwhile = leave
    flow.first_read(received, reader, STUDY_UID)
    assert received.studies.reading(STUDY_UID) is None
    assert status(received) is Status.UNRANKED
    assert entry(received).assessment.urgency is Urgency.ROUTINE
    assert reader.drafted == []
    assert events(received, "save reading") == []


@pytest.mark.parametrize("told", [True, False], ids=["reconsidered", "found by the worker"])
def test_a_withdrawal_while_it_writes_hides_what_was_written(received, reader, told):
    allow(received)

    def leave():
        if reader.drafted[-1][1] is Style.BULLET:
            withdraw(received)
            if told:
                withdrawal.reconsider(received, PATIENT_ID)

    reader.while_writing = leave
    flow.first_read(received, reader, STUDY_UID)
    assert received.studies.reading(STUDY_UID) is None
    assert received.words.get(STUDY_UID) == {}
    assert status(received) is Status.UNRANKED
    assert [style for _, style in reader.drafted] == [Style.BRIEF, Style.BULLET]


def test_a_withdrawal_reaches_every_open_study_of_the_patient_and_no_other(ranked, reader):
    other = PatientId("P-2", "Ward 7")
    receive(ranked, study_uid="1.2.8")
    receive(ranked, study_uid="1.2.9", patient=a_patient(patient_id=other))
    allow(ranked, patient=other, consent_id="consent-2")
    for uid in ("1.2.8", "1.2.9"):
        flow.first_read(ranked, reader, uid)
    withdraw(ranked)
    withdrawal.reconsider(ranked, PATIENT_ID)
    assert [status(ranked, uid) for uid in (STUDY_UID, "1.2.8", "1.2.9")] == [
        Status.UNRANKED,
        Status.UNRANKED,
        Status.RANKED,
    ]


@pytest.mark.parametrize("amended", [False, True], ids=["signed", "amended"])
def test_a_withdrawal_hides_the_answer_behind_a_signed_report_and_leaves_the_report(ranked, amended):
    signing.sign(ranked, STUDY_UID, ADA, "Effusion.", style=None)
    if amended:
        signing.amend(ranked, STUDY_UID, ADA, "Small effusion.", "Size.", version=1)
    was, reports = entry(ranked), ranked.studies.reports(STUDY_UID)
    assert ranked.studies.reading(STUDY_UID) is not None
    withdraw(ranked)
    withdrawal.reconsider(ranked, PATIENT_ID)
    withdrawal.reconsider(ranked, PATIENT_ID)
    assert ranked.studies.reading(STUDY_UID) is None
    assert ranked.figures.sample(Cohort(permitted=False), NOW, 9, 0) == []
    assert len(events(ranked, "hide reading")) == 1
    assert (entry(ranked), ranked.studies.reports(STUDY_UID)) == (was, reports)


@pytest.mark.parametrize("signed", [False, True])
def test_a_permission_that_runs_out_by_its_date_takes_the_answer_away_unasked(
    received, reader, clock, signed
):
    allow(received, ends_at=NOW + timedelta(days=1))
    flow.first_read(received, reader, STUDY_UID)
    if signed:
        signing.sign(received, STUDY_UID, ADA, "Pleural effusion.", style=None)
    assert withdrawal.reconsider_run_out(received) == 0
    clock.advance(timedelta(days=1).total_seconds())
    assert withdrawal.reconsider_run_out(received) == 1
    assert received.studies.reading(STUDY_UID) is None
    assert status(received) is (Status.SIGNED if signed else Status.UNRANKED)
    assert withdrawal.reconsider_run_out(received) == 0


def test_a_permission_that_was_given_anew_in_time_keeps_the_answer(received, reader, clock):
    allow(received, ends_at=NOW + timedelta(days=1))
    flow.first_read(received, reader, STUDY_UID)
    allow(received, consent_id="consent-2")
    clock.advance(timedelta(days=1).total_seconds())
    assert withdrawal.reconsider_run_out(received) == 0
    assert received.studies.reading(STUDY_UID) is not None
