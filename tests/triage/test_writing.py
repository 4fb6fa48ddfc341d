"""Words on their way to a signature: kept for one person, held against the facts, answered for on record."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.builders import NOW, PATIENT_ID, STUDY_UID, a_draft, a_reading, an_event, findings, vitals
from tests.triage.given import ADA, ROBIN, TOMAS, entry, events, withdraw
from triage import hold, signing, withdrawal, writing
from triage.doubt import Doubt
from triage.errors import NotPermitted, StudyHeld, TriageError, Unsupported
from triage.half_written import HalfWritten
from triage.reading import Style
from triage.worklist import HELD_FOR

FALSE = "Pneumothorax on the left, very likely."
TRUE = "Pleural effusion, very likely."
HALF = HalfWritten(
    STUDY_UID, ADA.subject, "Half a sentence", Style.BRIEF, "A draft.", "Mine.", taken_on=(FALSE,)
)


@pytest.fixture
def doubtful(ranked):
    """A study of which one draft says something critical that the findings contradict."""
    ranked.studies.save_draft(STUDY_UID, a_draft(text=f"{FALSE} {TRUE}"), an_event())
    return ranked


# ── kept ──────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_written_is_there_again_to_the_letter(ranked):
    half = replace(HALF, taken_on=())
    writing.keep(ranked, half, ADA)
    assert writing.mine(ranked, STUDY_UID, ADA) == half
    later = replace(half, text="Half a sentence, and the rest.", reason="Wrong side")
    writing.keep(ranked, later, ADA)
    assert writing.mine(ranked, STUDY_UID, ADA) == later


def test_that_somebody_began_is_on_record_once_and_no_keystroke_is(ranked, clock):
    for text in ("A", "A b", "A b c"):
        writing.keep(ranked, replace(HALF, text=text), ADA)
        clock.advance(3)
    (event,) = events(ranked, "begin report")
    assert (event.agent, event.patient, event.detail) == (ADA.subject, PATIENT_ID, "")
    (begun,) = writing.unfinished(ranked, ADA)
    assert (begun.begun_at, begun.kept_at) == (NOW, NOW + timedelta(seconds=6))


def test_an_empty_field_is_no_report_begun(ranked):
    writing.keep(ranked, HalfWritten(STUDY_UID, ADA.subject, "  "), ADA)
    assert writing.mine(ranked, STUDY_UID, ADA) is None
    assert events(ranked, "begin report") == []


def test_each_sees_their_own_words_and_of_the_others_only_that_they_began(ranked):
    writing.keep(ranked, HALF, ADA)
    assert writing.mine(ranked, STUDY_UID, TOMAS) is None
    assert [b.subject for b in writing.others(ranked, STUDY_UID, TOMAS)] == [ADA.subject]
    assert writing.others(ranked, STUDY_UID, ADA) == ()
    assert writing.unfinished(ranked, TOMAS) == ()
    assert not hasattr(writing.others(ranked, STUDY_UID, TOMAS)[0], "text")


def test_words_are_kept_under_who_writes_them_whatever_they_say(ranked):
    writing.keep(ranked, HALF, TOMAS)
    assert writing.mine(ranked, STUDY_UID, ADA) is None
    assert writing.mine(ranked, STUDY_UID, TOMAS) == replace(HALF, subject=TOMAS.subject, taken_on=())


def test_who_may_not_sign_keeps_and_answers_for_nothing(ranked):
    with pytest.raises(NotPermitted):
        writing.keep(ranked, HALF, ROBIN)
    with pytest.raises(NotPermitted):
        writing.take_on(ranked, STUDY_UID, ROBIN, Doubt(FALSE, "", critical=True))


def test_a_text_without_end_is_refused_in_a_sentence(ranked):
    with pytest.raises(TriageError, match="at most 20,000 letters"):
        writing.keep(ranked, replace(HALF, text="x" * 20_001), ADA)


def test_a_signature_leaves_ones_own_words_nowhere_else_and_the_others_where_they_are(ranked):
    writing.keep(ranked, HALF, ADA)
    writing.keep(ranked, HALF, TOMAS)
    signing.sign(ranked, STUDY_UID, ADA, "Effusion.", style=None)
    assert writing.mine(ranked, STUDY_UID, ADA) is None
    assert writing.mine(ranked, STUDY_UID, TOMAS) is not None


def test_who_writes_keeps_the_study_and_a_claim_with_time_left_is_not_renewed(ranked, clock):
    hold.claim(ranked, STUDY_UID, ADA)
    for _ in range(40):  # 40 minutes at work, words every minute
        clock.advance(60)
        writing.keep(ranked, HALF, ADA)
    with pytest.raises(StudyHeld):
        hold.claim(ranked, STUDY_UID, TOMAS)
    assert 0 < len(events(ranked, "renew claim")) <= 40 / 10


def test_words_take_no_study_from_who_holds_it(ranked, clock):
    hold.claim(ranked, STUDY_UID, ADA)
    clock.advance(HELD_FOR.total_seconds())
    hold.claim(ranked, STUDY_UID, TOMAS)
    held = entry(ranked).claim
    clock.advance(HELD_FOR.total_seconds() - 60)
    writing.keep(ranked, HALF, ADA)
    assert entry(ranked).claim == held
    assert writing.mine(ranked, STUDY_UID, ADA).text == HALF.text


# ── held against the facts ────────────────────────────────────────────────────────────────────────────


def sign(house, text, style=Style.BRIEF, person=ADA):
    return signing.sign(house, STUDY_UID, person, text, style=style)


@pytest.mark.parametrize("style", [Style.BRIEF, Style.BULLET, None])
def test_a_critical_sentence_of_a_draft_that_nothing_supports_is_not_signed(doubtful, style):
    """From whichever draft it came, and whatever the screen says of its origin."""
    with pytest.raises(Unsupported, match="pneumothorax is unlikely"):
        sign(doubtful, f"- {FALSE.lower()}\n{TRUE}", style)
    assert doubtful.studies.reports(STUDY_UID) == ()
    assert events(doubtful, "sign report") == []


@pytest.mark.parametrize("text", [TRUE, "Small pneumothorax on the left.", "No pneumothorax."])
def test_deleted_or_edited_it_is_gone_and_what_stands_is_the_persons(doubtful, text):
    assert sign(doubtful, text).taken_on == ()


def test_taken_on_by_its_signer_it_is_signed_and_the_report_says_so(doubtful):
    (doubt,) = writing.doubts(doubtful, entry(doubtful), FALSE)
    writing.take_on(doubtful, STUDY_UID, ADA, doubt)
    writing.take_on(doubtful, STUDY_UID, ADA, doubt)
    (event,) = events(doubtful, "take on sentence")
    assert event.agent == ADA.subject
    assert event.detail.endswith(": pneumothorax is unlikely")
    assert FALSE not in event.detail
    assert sign(doubtful, f"{FALSE} {TRUE}").taken_on == (FALSE,)
    assert doubtful.studies.reports(STUDY_UID)[0].taken_on == (FALSE,)


def test_what_a_screen_says_is_answered_for_is_not_believed(doubtful):
    for half in (HALF, replace(HALF, text="More words")):
        writing.keep(doubtful, half, ADA)
        with pytest.raises(Unsupported):
            sign(doubtful, FALSE)


def test_a_window_that_knows_of_no_answer_takes_none_back(doubtful):
    (doubt,) = writing.doubts(doubtful, entry(doubtful), FALSE)
    writing.take_on(doubtful, STUDY_UID, ADA, doubt)
    writing.keep(doubtful, replace(HALF, taken_on=()), ADA)
    assert sign(doubtful, FALSE).taken_on == (FALSE,)


def test_nobody_takes_a_sentence_on_for_somebody_else(doubtful):
    (doubt,) = writing.doubts(doubtful, entry(doubtful), FALSE)
    writing.take_on(doubtful, STUDY_UID, TOMAS, doubt)
    with pytest.raises(Unsupported):
        sign(doubtful, FALSE)


def test_taken_on_and_deleted_again_it_does_not_stand_in_the_report(doubtful):
    (doubt,) = writing.doubts(doubtful, entry(doubtful), FALSE)
    writing.take_on(doubtful, STUDY_UID, ADA, doubt)
    assert sign(doubtful, TRUE).taken_on == ()


def test_what_is_not_critical_is_doubted_and_signed(ranked):
    ranked.studies.save_draft(STUDY_UID, a_draft(text="A nodule is probable."), an_event())
    (doubt,) = writing.doubts(ranked, entry(ranked), "A nodule is probable.")
    assert not doubt.critical
    sign(ranked, "A nodule is probable.")


def test_a_draft_is_held_against_what_the_film_says_now(ranked):
    assert writing.doubts(ranked, entry(ranked), TRUE) == ()
    again = a_reading(findings=findings({"effusion": 0.05}), drafts=(a_draft(text=TRUE),))
    ranked.studies.save_reading(again, an_event())
    with pytest.raises(Unsupported, match="pleural effusion is unlikely"):
        sign(ranked, TRUE)


def test_a_draft_is_held_against_what_the_bedside_says_now(ranked):
    ranked.studies.add_vitals(STUDY_UID, vitals(NOW, spo2_pct=86.0), an_event())
    low = "Oxygen is low (86)."
    ranked.studies.save_draft(STUDY_UID, a_draft(text=low), an_event())
    assert writing.doubts(ranked, entry(ranked), low) == ()
    ranked.studies.add_vitals(STUDY_UID, vitals(NOW + timedelta(minutes=5), spo2_pct=98.0), an_event())
    (doubt,) = writing.doubts(ranked, entry(ranked), low)
    assert doubt.reason


def test_without_an_answer_to_look_at_ones_own_words_are_ones_own(doubtful):
    take_back(doubtful)
    assert writing.doubts(doubtful, entry(doubtful), FALSE) == ()
    sign(doubtful, FALSE)


def take_back(house):
    withdraw(house)
    withdrawal.reconsider(house, PATIENT_ID)


@pytest.mark.parametrize("text", [f"{FALSE} Large effusion.", f"Large effusion.\n- {FALSE.lower()}"])
def test_a_withdrawal_unblocks_no_sentence_of_a_draft(doubtful, text):
    begun = HalfWritten(STUDY_UID, ADA.subject, text, Style.BRIEF, f"{FALSE} {TRUE}")
    writing.keep(doubtful, begun, ADA)
    take_back(doubtful)
    with pytest.raises(Unsupported, match="no longer shown"):
        sign(doubtful, text)
    (doubt,) = writing.doubts(doubtful, entry(doubtful), text, begun.as_drafted)
    writing.take_on(doubtful, STUDY_UID, ADA, doubt)
    assert sign(doubtful, text).taken_on == (doubt.sentence,)


def test_after_a_withdrawal_deleted_or_edited_it_is_gone(doubtful):
    writing.keep(doubtful, HalfWritten(STUDY_UID, ADA.subject, FALSE, Style.BRIEF, f"{FALSE} {TRUE}"), ADA)
    take_back(doubtful)
    assert sign(doubtful, "Small pneumothorax on the left.\n\n").taken_on == ()


def test_what_was_answered_for_before_a_withdrawal_is_answered_for_after_it(doubtful):
    writing.keep(doubtful, HalfWritten(STUDY_UID, ADA.subject, FALSE, Style.BRIEF, FALSE), ADA)
    (doubt,) = writing.doubts(doubtful, entry(doubtful), FALSE)
    writing.take_on(doubtful, STUDY_UID, ADA, doubt)
    take_back(doubtful)
    assert sign(doubtful, FALSE).taken_on == (FALSE,)


def test_an_amendment_is_held_against_the_facts_too(doubtful):
    sign(doubtful, TRUE)
    with pytest.raises(Unsupported):
        signing.amend(doubtful, STUDY_UID, ADA, f"{TRUE} {FALSE}", "Something was missed", version=1)


def test_what_was_signed_once_needs_no_second_answer(doubtful):
    (doubt,) = writing.doubts(doubtful, entry(doubtful), FALSE)
    writing.take_on(doubtful, STUDY_UID, ADA, doubt)
    sign(doubtful, FALSE)
    report = signing.amend(doubtful, STUDY_UID, TOMAS, f"{FALSE} {TRUE}", "Something was missed", version=1)
    assert (report.version, report.taken_on) == (2, ())
