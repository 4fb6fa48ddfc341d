from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from dashboard.parts import list_filters
from triage.listing import Filter, Held, Stage, from_plain, to_plain
from triage.study import Urgency

filters = st.builds(
    Filter,
    urgencies=st.frozensets(st.sampled_from(Urgency)),
    modality=st.sampled_from(["", "DX", "CR"]),
    stage=st.none() | st.sampled_from(Stage),
    held=st.none() | st.sampled_from(Held),
    arrived_within=st.none() | st.sampled_from([timedelta(hours=h) for h in (1, 4, 24, 168)]),
)


@given(filters)
def test_the_fields_say_the_filter_they_were_given(only):
    assert list_filters.chosen(list_filters.fields(only).get, "") == only


@given(filters)
def test_a_filter_comes_back_as_it_was_kept(only):
    assert from_plain(to_plain(only)) == only


def test_nothing_chosen_leaves_nothing_out_and_says_nothing():
    assert list_filters.chosen({}.get, "") == Filter()
    assert list_filters.said(Filter()) == ""


def test_what_is_chosen_is_said_in_words():
    only = Filter("vale", frozenset({Urgency.STAT}), "DX", Stage.PERSON, Held.ME, timedelta(hours=4))
    assert list_filters.said(only) == "DX · for a person · held by me · arrived in the last 4 hours"
