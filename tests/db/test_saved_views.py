"""The views of the list that a person keeps."""

from datetime import timedelta

import pytest

from db.worklist import PgWorklist
from tests.builders import an_event
from triage.errors import TriageError
from triage.listing import Filter, Held, SavedView, Stage
from triage.study import Urgency


@pytest.fixture
def store(database):
    return PgWorklist(database)


FULL = Filter("", frozenset({Urgency.STAT, Urgency.ASAP}), "DX", Stage.PERSON, Held.ME, timedelta(hours=4))


def test_a_view_is_kept_for_one_person_and_makes_room_for_one_of_its_name(store):
    store.save_view("ada", SavedView("mine", FULL), an_event())
    store.save_view("ada", SavedView(" mine ", Filter(modality="CR")), an_event())
    store.save_view("ada", SavedView("all", Filter()), an_event())
    store.save_view("tom", SavedView("mine", FULL), an_event())
    assert store.views("ada") == (SavedView("all", Filter()), SavedView("mine", Filter(modality="CR")))
    store.remove_view("ada", "mine", an_event())
    assert [view.name for view in store.views("ada")] == ["all"]
    assert store.views("tom") == (SavedView("mine", FULL),)


@pytest.mark.parametrize(
    "view", [SavedView(" ", Filter()), SavedView("x" * 41, Filter()), SavedView("who", Filter("Vale"))]
)
def test_a_view_has_a_name_and_names_no_patient(store, view):
    with pytest.raises(TriageError):
        store.save_view("ada", view, an_event())
    assert store.views("ada") == ()


def test_views_are_kept_up_to_a_number(store):
    for number in range(20):
        store.save_view("ada", SavedView(str(number), Filter()), an_event())
    with pytest.raises(TriageError, match="20 views"):
        store.save_view("ada", SavedView("more", Filter()), an_event())
    store.save_view("ada", SavedView("7", FULL), an_event())
