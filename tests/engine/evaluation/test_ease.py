import pytest

from engine.evaluation.ease import grade

EASY = "There is fluid around the lung. A doctor will check it now."
HARD = "Cardiomediastinal silhouette demonstrates unequivocal interstitial infiltration bilaterally."


def test_short_words_are_easy_and_long_ones_hard():
    assert grade(EASY) < 8 < grade(HARD)


def test_it_is_the_published_formula():
    assert grade("The cat sat.") == pytest.approx(0.39 * 3 + 11.8 * 1 - 15.59)


def test_a_text_without_words_asks_for_nothing():
    assert grade("12 !") == 0
