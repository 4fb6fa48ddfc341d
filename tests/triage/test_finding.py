"""Words stand for calibrated probabilities, and an abstention is not an absence."""

import pytest

from triage.finding import Certainty, Finding


@pytest.mark.parametrize(
    ("probability", "word"),
    [
        (None, Certainty.NOT_ASSESSED),
        (0.0, Certainty.UNLIKELY),
        (0.19, Certainty.UNLIKELY),
        (0.2, Certainty.POSSIBLE),
        (0.5, Certainty.PROBABLE),
        (0.8, Certainty.VERY_LIKELY),
        (1.0, Certainty.VERY_LIKELY),
    ],
)
def test_the_word_for_a_probability(probability, word):
    finding = Finding("effusion", probability)
    assert finding.certainty is word
    assert finding.abstained == (probability is None)


@pytest.mark.parametrize(("code", "probability"), [("ghost", 0.5), ("effusion", 1.01), ("effusion", -0.01)])
def test_no_finding_outside_the_vocabulary_or_the_scale(code, probability):
    with pytest.raises(ValueError, match=code):
        Finding(code, probability)
