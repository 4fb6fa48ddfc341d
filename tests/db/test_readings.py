from datetime import timedelta

import pytest

from consent.decision import decide
from consent.errors import ConsentDenied
from consent.record import Provision, Purpose
from db.consent_store import PgConsentStore
from db.study_store import PgStudyStore
from tests.builders import NOW, PATIENT_ID, STUDY_UID, a_consent, a_draft, a_reading, a_study, an_event
from triage.errors import MoveNotAllowed
from triage.finding import Finding, Laterality, Region
from triage.reading import Style, Writer
from triage.study import Urgency
from triage.urgency import Assessment


@pytest.fixture
def store(database):
    made = PgStudyStore(database)
    made.add_study(a_study(), Assessment(Urgency.ROUTINE, ()), an_event())
    return made


def test_nothing_was_read_at_first(store):
    assert store.reading(STUDY_UID) is None


def test_a_reading_comes_back_as_the_model_gave_it(store):
    seen = Finding("mass", 1 / 3, Laterality.LEFT, Region(0.1, 0.2, 0.30000000000000004, 1.0), "c" * 64)
    reading = a_reading(
        findings=(seen, Finding("hernia", None)),
        pathology_probability=2 / 3,
        note="Dark.",
    )
    store.save_reading(reading, an_event())
    assert store.reading(STUDY_UID) == reading


def test_the_latest_answer_is_shown(store):
    store.save_reading(a_reading(), an_event())
    second = a_reading(read_at=NOW + timedelta(hours=1), permit_id="permit-2")
    store.save_reading(second, an_event())
    assert store.reading(STUDY_UID) == second


def test_drafts_stand_beside_the_reading_in_any_order_they_came(store):
    store.save_reading(a_reading(drafts=(a_draft(Style.BULLET),)), an_event())
    store.save_draft(STUDY_UID, a_draft(Style.BRIEF, removed=(("A sentence.", "a reason"),)), an_event())
    shown = store.reading(STUDY_UID).drafts
    assert {draft.style for draft in shown} == {Style.BULLET, Style.BRIEF}
    assert a_draft(Style.BRIEF, removed=(("A sentence.", "a reason"),)) in shown


def test_a_second_draft_in_a_style_takes_the_place_of_the_first(store):
    store.save_reading(a_reading(), an_event())
    store.save_draft(STUDY_UID, a_draft(), an_event())
    again = a_draft(text="Written anew.", writer=Writer.COMPOSER)
    store.save_draft(STUDY_UID, again, an_event())
    assert store.reading(STUDY_UID).drafts == (again,)


def test_a_hidden_answer_is_shown_to_nobody_and_stays_on_file(store, owner):
    store.save_reading(a_reading(drafts=(a_draft(),)), an_event())
    store.hide_reading(STUDY_UID, an_event())
    assert store.reading(STUDY_UID) is None
    assert owner.execute("SELECT count(*) FROM reading JOIN draft ON reading = number").fetchone() == (1,)


def test_hiding_reaches_every_answer_and_keeps_the_first_moment(store, owner):
    store.save_reading(a_reading(), an_event())
    store.hide_reading(STUDY_UID, an_event())
    store.save_reading(a_reading(), an_event())
    store.save_reading(a_reading(), an_event())
    store.hide_reading(STUDY_UID, an_event(recorded_at=NOW + timedelta(hours=1)))
    hidden = owner.execute("SELECT hidden_at FROM reading ORDER BY number").fetchall()
    assert [at for (at,) in hidden] == [NOW, NOW + timedelta(hours=1), NOW + timedelta(hours=1)]


def test_after_hiding_a_new_answer_is_shown_without_the_old_drafts(store):
    store.save_reading(a_reading(drafts=(a_draft(),)), an_event())
    store.hide_reading(STUDY_UID, an_event())
    store.save_reading(a_reading(permit_id="permit-2"), an_event())
    assert store.reading(STUDY_UID) == a_reading(permit_id="permit-2")


def test_a_draft_without_an_answer_beside_it_is_refused(store):
    with pytest.raises(MoveNotAllowed, match="was taken away"):
        store.save_draft(STUDY_UID, a_draft(), an_event())
    store.save_reading(a_reading(), an_event())
    store.hide_reading(STUDY_UID, an_event())
    with pytest.raises(MoveNotAllowed):
        store.save_draft(STUDY_UID, a_draft(), an_event())


def test_hiding_nothing_is_no_error(store):
    store.hide_reading(STUDY_UID, an_event())


DAY = timedelta(days=1)


def _said(permits=True, starts=-DAY, ends=None, purpose=Purpose.AI_READING):
    return Provision("consent-1", purpose, permits, NOW + starts, None if ends is None else NOW + ends)


@pytest.mark.parametrize(
    "answers",
    [
        [_said()],
        [_said(ends=DAY)],
        [_said(ends=timedelta())],
        [_said(ends=-timedelta(hours=1))],
        [_said(ends=-timedelta(hours=1)), _said()],
        [_said(ends=-timedelta(hours=1)), _said(starts=DAY)],
        [_said(ends=-timedelta(hours=1)), _said(), _said(permits=False)],
        [_said(ends=-timedelta(hours=1)), _said(purpose=Purpose.TRAINING)],
    ],
)
def test_whose_permission_ran_out_is_who_would_be_denied_now(store, database, answers):
    store.save_reading(a_reading(), an_event())
    PgConsentStore(database).sign(a_consent(provisions=tuple(answers)), an_event())
    try:
        decide(PATIENT_ID, answers, Purpose.AI_READING, NOW)
        expected = ()
    except ConsentDenied:
        expected = (PATIENT_ID,)
    assert store.run_out(Purpose.AI_READING, NOW, 9) == expected


def test_a_permission_that_ran_out_counts_only_where_an_answer_is_shown_and_the_consent_holds(
    store, database
):
    consents, ended = PgConsentStore(database), _said(ends=-timedelta(hours=1))
    consents.sign(a_consent(provisions=(ended,)), an_event())
    assert store.run_out(Purpose.AI_READING, NOW, 9) == ()
    store.save_reading(a_reading(), an_event())
    assert store.run_out(Purpose.AI_READING, NOW, 9) == (PATIENT_ID,)
    assert store.run_out(Purpose.AI_READING, NOW, 0) == ()
    store.hide_reading(STUDY_UID, an_event())
    assert store.run_out(Purpose.AI_READING, NOW, 9) == ()
