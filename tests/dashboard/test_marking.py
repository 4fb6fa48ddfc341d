"""What is marked as critical, from the fields to the words beside the signature; its buttons are tested with the room."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.marking import Marking, offers
from tests.builders import STUDY_UID, a_person, a_reading, findings
from triage.critical import Category, Mark

BERLIN = ZoneInfo("Europe/Berlin")


def test_what_the_sites_rules_call_urgent_is_offered_the_gravest_first(house):
    reading = a_reading(findings=findings({"effusion": 0.9, "pneumothorax": 0.95, "nodule": 0.99}))
    offered = offers(house, reading)
    assert offered[0] == Mark("Pneumothorax", Category.MINUTES)
    assert Mark("Pleural effusion", Category.HOURS) in offered
    assert "Nodule" not in [mark.what for mark in offered]


@pytest.mark.parametrize("probability", [None, 0.05])
def test_an_abstention_and_a_no_offer_nothing(house, probability):
    assert offers(house, a_reading(findings=findings({"pneumothorax": probability}))) == ()
    assert offers(house, None) == ()


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ((0, 40), (0, 30)),  # the clocks have not gone back yet
        ((1, 40), (1, 30)),  # they have: the field holds the minute it was marked in
        ((1, 10), (0, 30)),  # the second 02:30 is still ahead
    ],
)
def test_in_the_hour_that_comes_twice_it_was_found_at_the_latest_moment_that_has_been(
    house, clock, now, found
):
    def at(hour, minute):
        return datetime(2026, 10, 25, tzinfo=UTC) + timedelta(hours=hour, minutes=minute)

    clock.advance((at(*now) - clock.now()).total_seconds())
    marking = Marking(house, a_person(), STUDY_UID, BERLIN)
    assert marking._moment(datetime(2026, 10, 25, 2, 30)) == at(*found)  # noqa: DTZ001 - as the field holds it
