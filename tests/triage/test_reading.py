"""What the heatmap explains, and what it does not."""

import pytest

from tests.triage.test_urgency import a_reading


@pytest.mark.parametrize(
    ("found", "explained"),
    [
        ({}, None),
        ({"effusion": 0.19}, None),
        ({"effusion": 0.2}, "effusion"),
        ({"effusion": 0.4, "edema": 0.7, "pneumothorax": None}, "edema"),
    ],
)
def test_the_heatmap_explains_the_most_probable_finding_or_nothing(found, explained):
    shown = a_reading(**found).pointed_at
    assert (shown.code if shown else None) == explained
