import pytest

from engine.fact_check import objection
from engine.repair import repaired
from tests.engine.planted_facts import FILMS, planted


@pytest.mark.parametrize(
    ("film", "wrong", "right"),
    [
        ("left-effusion", "There is a right pleural effusion.", "There is a left pleural effusion."),
        ("left-effusion", "Pleural effusion is very likely.", "Pleural effusion on the left is very likely."),
        ("infection", "Pneumonia is very likely.", "Pneumonia is probable."),
        ("infection", "Pneumonia on the right is probable.", "Pneumonia is probable."),
        ("pneumothorax", "No pneumothorax on the right.", "Probable pneumothorax on the right."),
        ("pneumothorax", "Pleural effusion is likely.", "Pleural effusion is unlikely."),
        ("left-effusion", "Oxygen low (78).", "Oxygen low (88)."),
        ("left-effusion", "Oxygen high (88).", "Oxygen low (88)."),
        ("infection", "- Left pleural effusion is possible", "- Right pleural effusion is possible"),
    ],
)
def test_the_smallest_change_puts_a_sentence_right(film, wrong, right):
    assert repaired(wrong, FILMS[film]) == right


@pytest.mark.parametrize(
    ("film", "sentence"),
    [
        ("left-effusion", "A mass is possible."),  # nobody could judge it
        ("left-effusion", "There is a rib fracture."),
        ("clear", "Oxygen saturation is 91 %."),  # nobody measured it
    ],
)
def test_what_no_small_change_mends_stays_unmended(film, sentence):
    assert repaired(sentence, FILMS[film]) == ""


def test_whatever_is_repaired_passes_the_check():
    mended = [(row, repaired(row["sentence"], FILMS[row["facts"]])) for row in planted("faulty.csv")]
    done = [(row["facts"], sentence) for row, sentence in mended if sentence]

    assert len(done) > 30
    assert all(objection(sentence, FILMS[film]) == "" for film, sentence in done)
