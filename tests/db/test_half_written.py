from dataclasses import replace
from datetime import timedelta

import pytest

from db.errors import ChangeRefused
from db.half_written import PgHalfWrittenReports
from db.study_store import PgStudyStore
from tests.builders import NOW, STUDY_UID, a_study, an_event
from triage.critical import Category, Mark
from triage.half_written import HalfWritten
from triage.reading import Style
from triage.study import Urgency
from triage.urgency import Assessment

HALF = HalfWritten(
    STUDY_UID,
    "ada",
    "Text",
    Style.BULLET,
    "As drafted",
    "Aside",
    rejected=True,
    reason="Why",
    taken_on=("One.",),
    amends=2,
    mark=Mark("Pneumothorax", Category.MINUTES, NOW),
)


@pytest.fixture
def store(database):
    for uid in (STUDY_UID, "1.2.7"):
        PgStudyStore(database).add_study(a_study(study_uid=uid), Assessment(Urgency.ROUTINE, ()), an_event())
    return PgHalfWrittenReports(database)


def test_everything_comes_back_as_it_was(store):
    store.save(HALF, an_event())
    assert store.find(STUDY_UID, "ada") == HALF
    bare = HalfWritten(STUDY_UID, "tom")
    store.save(bare, an_event())
    assert store.find(STUDY_UID, "tom") == bare


def test_the_next_words_replace_these_and_the_beginning_and_the_answers_stay(store):
    store.save(HALF, an_event())
    later = replace(HALF, text="More text")
    store.keep(replace(later, taken_on=("Another.",)), NOW + timedelta(seconds=3))
    assert store.find(STUDY_UID, "ada") == later
    (begun,) = store.begun(STUDY_UID)
    assert (begun.begun_at, begun.kept_at) == (NOW, NOW + timedelta(seconds=3))


def test_keeping_words_of_a_report_nobody_began_keeps_nothing(store):
    store.keep(HALF, NOW)
    assert store.find(STUDY_UID, "ada") is None


def test_forgetting_touches_one_persons_words_about_one_study(store):
    for half in (HALF, replace(HALF, subject="tom"), replace(HALF, study_uid="1.2.7")):
        store.save(half, an_event())
    store.forget(STUDY_UID, "ada")
    assert store.find(STUDY_UID, "ada") is None
    assert [b.subject for b in store.begun(STUDY_UID)] == ["tom"]
    assert [b.study_uid for b in store.begun_by("ada")] == ["1.2.7"]


def test_what_one_began_stands_with_the_latest_first(store):
    store.save(replace(HALF, study_uid="1.2.7"), an_event())
    store.save(HALF, an_event(recorded_at=NOW + timedelta(minutes=1)))
    assert [b.study_uid for b in store.begun_by("ada")] == [STUDY_UID, "1.2.7"]


def test_any_letter_can_be_kept(store):
    odd = replace(HALF, text="zero\0byte, half \ud800 letter, Ещё, 日本, 🩻 '; DROP TABLE half_written; --")
    store.save(odd, an_event())
    assert (
        store.find(STUDY_UID, "ada").text
        == "zerobyte, half ? letter, Ещё, 日本, 🩻 '; DROP TABLE half_written; --"
    )


def test_a_beginning_without_its_event_is_not_kept(store):
    with pytest.raises(ChangeRefused):
        store.save(HALF, an_event(detail="a zero byte: \0"))
    assert store.find(STUDY_UID, "ada") is None
