"""A person signs whenever they like; a signed report is amended, never changed."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.builders import (
    PATIENT_ID,
    STUDY_UID,
)
from tests.fakes import WORDS
from tests.triage.given import ADA, ROBIN, TOMAS, UNREAD, allow, events, receive, status, withdraw, worklist
from triage import flow, hold, signing, withdrawal
from triage.errors import (
    AlreadySigned,
    MoveNotAllowed,
    NotPermitted,
    TriageError,
)
from triage.reading import Style
from triage.report import ReportStatus, Verdict
from triage.status import Status

# ── signing ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("impression", "style", "rejected", "made"),
    [
        (WORDS[Style.BRIEF], Style.BRIEF, False, Verdict.ACCEPTED),
        (f"  {WORDS[Style.BRIEF]}\n", Style.BRIEF, False, Verdict.ACCEPTED),
        ("Effusion on the left.", Style.BRIEF, False, Verdict.EDITED),
        ("Normal.", Style.BULLET, True, Verdict.REJECTED),
        ("Normal.", None, False, Verdict.UNAIDED),
    ],
)
def test_a_signature_says_what_became_of_the_draft(ranked, impression, style, rejected, made):
    report = signing.sign(
        ranked,
        STUDY_UID,
        ADA,
        impression,
        style=style,
        rejected=rejected,
        reason="Wrong." if rejected else "",
    )
    assert (report.verdict, report.version, report.status) == (made, 1, ReportStatus.FINAL)
    assert ranked.studies.reports(STUDY_UID) == (report,)
    assert status(ranked) is Status.SIGNED
    assert worklist(ranked) == []
    assert events(ranked, "sign report")[0].agent == ADA.subject


@pytest.mark.parametrize("at", [*UNREAD, Status.RANKED])
def test_a_person_never_waits_for_the_machine(house, reader, at):
    receive(house)
    if at is Status.RANKED:
        allow(house)
    if at is not Status.RECEIVED:
        flow.first_read(house, reader, STUDY_UID)
    assert status(house) is at
    signing.sign(house, STUDY_UID, ADA, "Normal.", style=None)
    assert status(house) is Status.SIGNED


def test_after_a_signature_nothing_is_read(received, reader):
    allow(received)
    signing.sign(received, STUDY_UID, ADA, "Normal.", style=None)
    flow.first_read(received, reader, STUDY_UID)
    assert reader.read_uids == []


def test_words_from_a_hidden_draft_are_signed_as_edited(ranked):
    withdraw(ranked)
    withdrawal.reconsider(ranked, PATIENT_ID)
    report = signing.sign(ranked, STUDY_UID, ADA, WORDS[Style.BRIEF], style=Style.BRIEF)
    assert report.verdict is Verdict.EDITED


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        ({"impression": "  "}, "needs an impression"),
        ({"impression": "Normal.", "style": Style.BRIEF, "rejected": True}, "Say in a few words why"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_signed(ranked, arguments, refusal):
    with pytest.raises(TriageError, match=refusal):
        signing.sign(ranked, STUDY_UID, ADA, **{"style": None, **arguments})
    assert ranked.studies.reports(STUDY_UID) == ()
    assert status(ranked) is Status.RANKED


def test_an_administrator_signs_and_claims_nothing(ranked):
    for attempt in (
        lambda: signing.sign(ranked, STUDY_UID, ROBIN, "Normal.", style=None),
        lambda: signing.amend(ranked, STUDY_UID, ROBIN, "Normal.", "Because.", version=1),
        lambda: hold.claim(ranked, STUDY_UID, ROBIN),
        lambda: hold.release(ranked, STUDY_UID, ROBIN),
    ):
        with pytest.raises(NotPermitted):
            attempt()
    assert status(ranked) is Status.RANKED


def test_a_signed_report_is_amended_never_changed(ranked):
    first = signing.sign(ranked, STUDY_UID, ADA, "Normal.", style=None)
    with pytest.raises(AlreadySigned, match="amend it instead"):
        signing.sign(ranked, STUDY_UID, TOMAS, "Not normal.", style=None)
    with pytest.raises(TriageError, match="why"):
        signing.amend(ranked, STUDY_UID, TOMAS, "Not normal.", " ", version=1)
    second = signing.amend(ranked, STUDY_UID, TOMAS, "Not normal.", "Missed an effusion.", version=1)
    third = signing.amend(ranked, STUDY_UID, ADA, "Effusion.", "Clearer.", version=2)
    assert ranked.studies.reports(STUDY_UID) == (first, second, third)
    assert [report.status for report in (first, second, third)] == ["final", "amended", "amended"]
    assert status(ranked) is Status.AMENDED


def test_an_amendment_never_undoes_a_version_its_writer_has_not_seen(ranked):
    signing.sign(ranked, STUDY_UID, ADA, "Normal.", style=None)
    second = signing.amend(ranked, STUDY_UID, TOMAS, "Pneumothorax.", "Missed.", version=1)
    for version in (0, 1, 3):
        with pytest.raises(AlreadySigned, match="Tomas Okoye signed version 2 since you began"):
            signing.amend(ranked, STUDY_UID, ADA, "Normal. No fracture.", "Added.", version=version)
    assert ranked.studies.reports(STUDY_UID)[-1] == second
    signing.amend(ranked, STUDY_UID, ADA, "Pneumothorax. No fracture.", "Added.", version=2)


def test_a_signature_carries_the_name_and_falls_back_to_the_subject(ranked):
    signing.sign(ranked, STUDY_UID, ADA, "Normal.", style=None)
    signing.amend(ranked, STUDY_UID, replace(TOMAS, name=""), "Effusion.", "Missed.", version=1)
    assert [(r.signed_by, r.by) for r in ranked.studies.reports(STUDY_UID)] == [
        (ADA.subject, ADA.name),
        (TOMAS.subject, TOMAS.subject),
    ]


def test_facts_are_asked_once_for_a_signature(ranked):
    """It stands in the one transaction that every writer waits for."""

    class Counted:
        def __init__(self):
            self.texts = []

        def doubts(self, text, study, vitals, reading, *, has_prior):
            self.texts.append(text)
            return ranked.facts.doubts(text, study, vitals, reading, has_prior=has_prior)

    facts = Counted()
    signing.sign(replace(ranked, facts=facts), STUDY_UID, ADA, "Effusion, my words.", style=None)
    assert facts.texts.count("Effusion, my words.") == 1


def test_what_is_not_signed_is_not_amended(ranked):
    with pytest.raises(TriageError, match="Only a signed report"):
        signing.amend(ranked, STUDY_UID, ADA, "Normal.", "Because.", version=0)


def test_of_two_who_sign_at_once_one_report_stands(ranked):
    def attempt(person):
        try:
            return signing.sign(ranked, STUDY_UID, person, f"By {person.subject}.", style=None)
        except (AlreadySigned, MoveNotAllowed):
            return None

    with ThreadPoolExecutor(2) as pool:
        made = [report for report in pool.map(attempt, [ADA, TOMAS]) if report]
    assert len(made) == 1
    assert ranked.studies.reports(STUDY_UID) == tuple(made)
