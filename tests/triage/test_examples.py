"""The patients a radiologist signs for, in docs/rules.md: each comes out as written."""

import pytest

from triage.examples import examples
from triage.study import Urgency
from triage.urgency import outlook


@pytest.mark.parametrize("example", examples(), ids=lambda e: e.shows)
def test_each_example_comes_out_as_written(example):
    assessment = example.assessed()
    assert assessment.urgency is example.level
    assert assessment.reasons[0] == example.because
    assert assessment.ai_negative == example.negative
    if example.outlook:
        assert outlook(example.reading.pathology_probability) == example.outlook


def test_the_examples_reach_every_level_from_each_source():
    reasons = {(example.level, example.because.split()[0]) for example in examples()}
    for level in (Urgency.STAT, Urgency.ASAP, Urgency.URGENT):
        assert {(level, "AI:"), (level, "NEWS2")} <= reasons
    assert {(Urgency.STAT, "order"), (Urgency.ASAP, "order")} <= reasons
    assert {level for level, _ in reasons} == set(Urgency)
