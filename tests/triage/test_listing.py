from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOW
from triage.errors import TriageError
from triage.listing import (
    LONGEST_NAME,
    MOST_VIEWS,
    STAGES,
    Filter,
    Held,
    SavedView,
    Stage,
    Waiting,
    check_view,
    from_plain,
    place_from_plain,
    place_to_plain,
    to_plain,
)
from triage.status import OPEN
from triage.study import Urgency
from triage.worklist import Place

FILTERS = st.builds(
    Filter,
    urgencies=st.frozensets(st.sampled_from(Urgency)),
    modality=st.sampled_from(["", "DX", "CR"]),
    stage=st.none() | st.sampled_from(Stage),
    held=st.none() | st.sampled_from(Held),
    arrived_within=st.none() | st.integers(1, 200).map(lambda hours: timedelta(hours=hours)),
)


def test_every_open_status_has_a_stage():
    assert STAGES.keys() == OPEN


@given(FILTERS)
def test_a_filter_survives_being_kept(only):
    assert from_plain(to_plain(only)) == only


def test_a_view_keeps_no_search():
    only = Filter(search="Keller", modality="DX")
    assert only.without_search() == Filter(modality="DX")
    assert only.parts == 1
    with pytest.raises(TriageError, match="never what was searched"):
        check_view(SavedView("mine", only), 0)


@pytest.mark.parametrize("name", ["", "  ", "x" * (LONGEST_NAME + 1)])
def test_a_view_has_a_name(name):
    with pytest.raises(TriageError, match="needs a name"):
        check_view(SavedView(name, Filter()), 0)


def test_views_are_not_kept_without_end():
    check_view(SavedView("mine", Filter()), MOST_VIEWS - 1)
    with pytest.raises(TriageError, match="remove one"):
        check_view(SavedView("mine", Filter()), MOST_VIEWS)


def test_a_place_survives_being_kept():
    place = Place(due_at=NOW, study_uid="2.25.1")
    assert place_from_plain(place_to_plain(place)) == place


def test_open_studies_are_counted_over_the_levels():
    assert Waiting({Urgency.STAT: 2, Urgency.ROUTINE: 3}).total == 5
    assert Waiting({}).total == 0
