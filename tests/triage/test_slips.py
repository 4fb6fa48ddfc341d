import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.slips import near, slips

words = st.text(alphabet="abcde", max_size=8)


@pytest.mark.parametrize(("word", "meant", "count"), [
    ("pneumothorax", "pneumothorax", 0), ("pnuemothorax", "pneumothorax", 1), ("pneumothrax", "pneumothorax", 1),
    ("pneumothoraxx", "pneumothorax", 1), ("pneumathorax", "pneumothorax", 1), ("", "mass", 4),
])  # fmt: skip
def test_slips_of_the_keyboard_are_counted(word, meant, count):
    assert slips(word, meant) == count


@given(words, words)
def test_it_is_a_distance_and_what_is_far_is_found_far_without_counting(a, b):
    assert slips(a, b) == slips(b, a)
    assert (slips(a, b) == 0) == (a == b)
    assert all(near(a, b, most) == (slips(a, b) <= most) for most in (1, 2))
    assert not near(a, b, 0)
