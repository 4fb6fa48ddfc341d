import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.parts import changes


def test_what_went_and_what_came_are_told_by_word():
    assert changes.between("Large effusion on the left.", "Small effusion on the left.") == [
        ("gone", "Large"),
        ("added", "Small"),
        ("kept", " effusion on the left."),
    ]


@given(st.text(max_size=60), st.text(max_size=60))
def test_nothing_is_lost_and_nothing_invented(before, after):
    runs = changes.between(before, after)
    assert "".join(words for what, words in runs if what != "added") == before.strip()
    assert "".join(words for what, words in runs if what != "gone") == after.strip()


def test_never_colour_alone_and_never_markup_of_others():
    shown = changes.shown("No <b>mass</b>.", "A mass.", "Changed against the draft")
    assert "<del>" in shown
    assert "<ins>" in shown
    assert "taken out: " in shown
    assert "<b>" not in shown
    assert "&lt;" in shown


@pytest.mark.parametrize(("after", "differs"), [("A  mass.\n", False), ("A mass", True)])
def test_white_space_is_no_change(after, differs):
    assert changes.changed("A mass.", after) is differs
