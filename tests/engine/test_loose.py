import pytest

from engine.loose import loose


@pytest.mark.parametrize(
    ("clause", "because"),
    [
        ("it is present", "does not name"),
        ("pneumothorax is unlikely because it is seen", "does not name"),
        ("also on the right", "a side to nothing"),
        ("oxygen is low (88) on the right", "a side to nothing"),
        ("is likely", "does not name"),
        ("not seen", "does not name"),
        ("pneumothorax is unlikely, seen on the right", "two things"),
        ("pneumothorax is present and unlikely", "two things"),
        ("no pneumothorax, pneumonia is seen", "told apart"),
        ("no pneumothorax or edema and pneumonia is seen", "told apart"),
        ("a mass is seen, not assessed", "neither there nor absent"),
        ("possible mass, not assessed", "neither there nor absent"),
    ],
)
def test_what_leans_on_another_clause_is_noticed(clause, because):
    assert because in loose(clause, has_step=False)


@pytest.mark.parametrize(
    "clause",
    [
        "it is unlikely that there is a pneumothorax",
        "both lungs are clear",
        "no single finding stands out",
        "oxygen is low (88)",
        "no pneumothorax, edema or pneumonia is seen",
        "no edema and mass are seen",
        "no pneumothorax and no effusion is seen",
        "probable left effusion is seen",
        "not assessed: mass, nodule",
        "mass, nodule and hernia: not assessed",
    ],
)
def test_what_stands_by_itself_is_not(clause):
    assert loose(clause, has_step=False) == ""


def test_a_next_step_may_say_it():
    assert loose("it has to be confirmed by a radiologist", has_step=True) == ""
    assert loose("a radiologist should confirm that it is present", has_step=True)
