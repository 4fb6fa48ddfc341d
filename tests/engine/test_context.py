import pytest

from engine.context import elsewhere_in_time, recalled, unchanged_is_there


@pytest.mark.parametrize(
    ("clause", "is_recalled"),
    [
        ("history of pneumothorax", True),
        ("h/o effusion", True),
        ("indication: pneumonia", True),
        ("mother had a lung mass", True),
        ("previous film showed an effusion", True),
        ("prior pneumonia", True),
        ("no evidence of pneumothorax", False),
        ("previously seen effusion is unchanged", False),
        ("effusion, status post drainage", False),
        ("heart failure with effusion", False),
    ],
)
def test_a_history_is_told_from_a_finding(clause, is_recalled):
    assert recalled(clause) is is_recalled


def test_a_cue_reaches_to_the_word_that_comes_back_to_the_film():
    clause = "history of pneumonia, now with effusion"

    assert [clause[a:b] for a, b in elsewhere_in_time(clause)] == ["history of pneumonia, "]


def test_only_the_denial_of_a_change_or_a_size_is_taken_out():
    assert unchanged_is_there("no change in the effusion").split() == ["the", "effusion"]
    assert unchanged_is_there("no large effusion") == "no large effusion"
    assert unchanged_is_there("effusion is not a large one").split() == ["effusion", "is", "one"]
