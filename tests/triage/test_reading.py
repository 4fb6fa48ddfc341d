"""What is explained first, and what nothing explains."""

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
def test_the_most_probable_finding_is_explained_first_or_nothing_is(found, explained):
    shown = a_reading(**found).pointed_at
    assert (shown.code if shown else None) == explained


def test_each_finding_gets_its_own_heatmap_and_the_others_none():
    read = a_reading(effusion=0.4, edema=0.7, mass=0.1).with_heatmaps(
        {"effusion": "a" * 64, "edema": "b" * 64}
    )
    drawn = {f.code: f.heatmap_sha256 for f in read.findings if f.heatmap_sha256}
    assert drawn == {"effusion": "a" * 64, "edema": "b" * 64}
    assert read.pointed_at.heatmap_sha256 == "b" * 64
