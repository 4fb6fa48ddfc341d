import pytest

from engine.evaluation.noise import TYPOS, flipped, misspelt
from engine.facts import from_text

LONG = "There is a moderate left pleural effusion with adjacent atelectasis. No pneumothorax. " * 20


@pytest.mark.parametrize(
    ("findings", "code", "present"),
    [
        ("There is no pneumothorax.", "pneumothorax", True),
        ("Heart normal. No evidence of pleural effusion.", "effusion", True),
        ("The lungs are clear without consolidation.", "consolidation", True),
        ("There is a left pleural effusion.", "effusion", False),
        ("Cardiomegaly is present. No mass.", "cardiomegaly", False),
    ],
)
def test_a_flip_says_the_opposite_and_the_ear_hears_it(findings, code, present):
    flip = flipped(findings)

    assert flip.present is present
    assert code in flip.codes
    heard = from_text(flip.findings)
    assert (code in {fact.code for fact in heard.present}) is present
    assert (code in heard.unlikely) is not present


def test_what_is_not_in_the_flipped_sentence_stays():
    flip = flipped("There is no pneumothorax. There is a left pleural effusion.")

    assert flip.findings.endswith("There is a left pleural effusion.")
    assert [fact.code for fact in from_text(flip.findings).present] == ["pneumothorax", "effusion"]


def test_findings_that_name_nothing_cannot_be_flipped():
    assert flipped("The lungs are clear. The heart is normal.") is None
    assert flipped("Possible left effusion.") is None


def test_about_three_letters_in_a_hundred_are_mistyped():
    noisy = misspelt(LONG, 1)
    same = sum(a == b for a, b in zip(LONG.split(), noisy.split(), strict=True))
    letters = sum(map(str.isalpha, LONG))

    assert noisy == misspelt(LONG, 1) != misspelt(LONG, 2)
    hit = len(LONG.split()) - same
    assert 0.5 * TYPOS * letters < hit <= 1.5 * TYPOS * letters


def test_negations_and_numbers_are_never_mistyped():
    text = "No not without 12 3.5 negative, free absent."

    assert misspelt(text, 3, share=1.0) == text
