import pytest

from dashboard.parts import reasons


@pytest.mark.parametrize(
    ("chip", "own", "reason"),
    [
        ("", "", ""),
        ("It is not there", "", "It is not there"),
        ("It is not there", " A skin fold. ", "It is not there: A skin fold."),
        (reasons.OWN, "A skin fold.", "A skin fold."),
        (reasons.OWN, " ", ""),
        ("", "Typing error.", "Typing error."),
    ],
)
def test_one_reason_out_of_what_was_picked_and_typed(chip, own, reason):
    assert reasons.whole(chip, own) == reason


@pytest.mark.parametrize("chip", [*reasons.OF_A_REJECTION, *reasons.OF_AN_AMENDMENT])
@pytest.mark.parametrize("own", ["", "left: not right"])
def test_a_kept_reason_comes_apart_as_it_was_put_together(chip, own):
    said = reasons.whole(chip, own)
    assert reasons.whole(*(part or "" for part in reasons.parts(said))) == said
