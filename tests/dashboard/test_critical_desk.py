"""What the desk makes of words and minutes; its buttons are tested with the page and the reading room."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.critical_desk import CriticalDesk
from dashboard.parts.critical import OUTCOMES
from tests.builders import NOW, a_critical_result, a_person
from triage.critical import ReadBack

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def desk(house):
    return CriticalDesk(house, a_person(), BERLIN)


def test_the_minute_it_was_found_in_is_not_before_it_was_found(desk):
    found_at = NOW + timedelta(seconds=40)
    result = a_critical_result(found_at=found_at, opened_at=found_at)
    on_the_clock = NOW.astimezone(BERLIN).replace(tzinfo=None)
    assert desk._moment(result, on_the_clock) == found_at
    earlier = on_the_clock - timedelta(minutes=1)
    assert desk._moment(result, earlier) == NOW - timedelta(minutes=1)


@pytest.mark.parametrize(
    ("found", "said", "heard"),
    [
        ((0, 50), (2, 55), (0, 55)),  # both times it was 02:55 lie after it was found: the first
        ((1, 10), (2, 55), (1, 55)),  # the first lies before: the second
        ((1, 10), (1, 55), (-1, 55)),  # neither: refused as said, before it was found
    ],
)
def test_in_the_hour_that_comes_twice_nobody_heard_it_before_it_was_found(desk, found, said, heard):
    def at(hour, minute):
        return datetime(2026, 10, 25, tzinfo=UTC) + timedelta(hours=hour, minutes=minute)

    result = a_critical_result(found_at=at(*found), opened_at=at(*found))
    assert desk._moment(result, datetime(2026, 10, 25, *said)) == at(*heard)  # noqa: DTZ001 - as the field holds it


def test_every_outcome_is_on_offer_with_what_it_does():
    assert set(OUTCOMES) == set(ReadBack)
    assert "next person is called" in OUTCOMES[ReadBack.UNABLE]
