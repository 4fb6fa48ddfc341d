import pytest

from engine.places import place, places_in, unsupported
from triage.finding import Region


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ((0.05, 0.7, 0.4, 0.95), "right lower zone"),  # the left of the picture is the patient's right
        ((0.6, 0.05, 0.9, 0.3), "left upper zone"),
        ((0.55, 0.2, 0.9, 0.5), "left upper and middle zone"),
        ((0.3, 0.4, 0.7, 0.6), "middle zone, near the middle"),
    ],
)
def test_a_box_is_named(box, words):
    assert place(Region(*box)) == words


def test_a_word_for_a_place_needs_a_box_that_covers_it():
    low = Region(0.6, 0.7, 0.9, 0.95)

    assert places_in("effusion at the left base") == {"lower"}
    assert unsupported({"lower"}, low) == ""
    assert unsupported({"upper"}, low) == "upper"
    assert unsupported({"lower"}, None) == "lower"
    assert unsupported(set(), None) == ""
