import pytest

from triage.doubt import Doubt, blocking, from_a_draft, same_words

FALSE = Doubt("Pneumothorax on the left.", "pneumothorax is unlikely", critical=True)
MILD = Doubt("Old scars.", "the word scars belongs to no impression", critical=False)


@pytest.mark.parametrize(
    "written", ["- pneumothorax  on the LEFT", "Pneumothorax on the left!", "• Pneumothorax on the left."]
)
def test_bullets_capitals_points_and_spaces_change_no_sentence(written):
    assert same_words(written) == same_words(FALSE.sentence)


@pytest.mark.parametrize("written", ["No pneumothorax on the left.", "Pneumothorax on the right."])
def test_another_word_makes_another_sentence(written):
    assert same_words(written) != same_words(FALSE.sentence)


def test_what_no_draft_said_is_the_persons_own():
    assert from_a_draft([FALSE, MILD], [MILD]) == (MILD,)
    assert from_a_draft([FALSE], []) == ()


def test_only_what_is_critical_and_answered_for_by_nobody_blocks():
    assert blocking([FALSE, MILD], []) == (FALSE,)
    assert blocking([FALSE, MILD], ["pneumothorax on the left"]) == ()
    assert blocking([FALSE], [MILD.sentence]) == (FALSE,)
