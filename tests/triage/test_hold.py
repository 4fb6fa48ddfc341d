"""One reader at a time, and every look on record."""

from dataclasses import replace

import pytest

from consent.audit import Outcome
from db.worklist import PgWorklist
from tests.builders import (
    PATIENT_ID,
    STUDY_UID,
)
from tests.triage.given import ADA, ROBIN, TOMAS, entry, events
from triage import hold, signing
from triage.errors import (
    AlreadySigned,
    NotPermitted,
    StudyHeld,
)
from triage.listing import Filter
from triage.worklist import HELD_FOR


def test_a_claim_keeps_others_out_until_it_ends(ranked, clock):
    hold.claim(ranked, STUDY_UID, ADA)
    with pytest.raises(StudyHeld):
        hold.claim(ranked, STUDY_UID, TOMAS)
    with pytest.raises(StudyHeld):
        hold.release(ranked, STUDY_UID, TOMAS)
    with pytest.raises(StudyHeld):
        signing.sign(ranked, STUDY_UID, TOMAS, "Normal.", style=None)
    clock.advance(HELD_FOR.total_seconds())
    hold.claim(ranked, STUDY_UID, TOMAS)
    assert entry(ranked).claim.subject == TOMAS.subject


def test_a_claim_is_given_back(ranked):
    hold.claim(ranked, STUDY_UID, ADA)
    hold.release(ranked, STUDY_UID, ADA)
    hold.claim(ranked, STUDY_UID, TOMAS)
    assert [event.agent for event in events(ranked, "claim")] == [ADA.subject, TOMAS.subject]


def test_a_signature_gives_the_claim_back(ranked):
    hold.claim(ranked, STUDY_UID, ADA)
    signing.sign(ranked, STUDY_UID, ADA, "Effusion.", style=None)
    assert entry(ranked).claim is None


def test_what_was_signed_meanwhile_is_claimed_by_nobody(ranked):
    signing.sign(ranked, STUDY_UID, ADA, "Effusion.", style=None)
    with pytest.raises(AlreadySigned):
        hold.claim(ranked, STUDY_UID, TOMAS)
    assert entry(ranked).claim is None


def test_the_next_study_is_none_that_was_signed_since_the_list_was_asked(ranked, database):
    class SignedMeanwhile(PgWorklist):
        def page(self, *asked):
            found = super().page(*asked)
            if found:
                signing.sign(ranked, STUDY_UID, ADA, "Effusion.", style=None)
            return found

    assert hold.claim_next(replace(ranked, worklist=SignedMeanwhile(database)), TOMAS, Filter()) is None
    assert ranked.studies.reports(STUDY_UID)


def test_each_look_at_a_study_is_on_record_before_it_is_shown(ranked):
    assert hold.view(ranked, STUDY_UID, ADA) == entry(ranked)
    (seen,) = events(ranked, "view study")
    assert (seen.agent, seen.outcome, seen.patient) == (ADA.subject, Outcome.DONE, PATIENT_ID)


def test_a_look_that_is_refused_is_on_record_too(ranked):
    with pytest.raises(NotPermitted, match="does not allow you to open a study"):
        hold.view(ranked, STUDY_UID, ROBIN)
    (seen,) = events(ranked, "view study")
    assert (seen.agent, seen.outcome) == (ROBIN.subject, Outcome.DENIED)
