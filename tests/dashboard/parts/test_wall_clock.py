from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from dashboard.parts.wall_clock import readings, said

BERLIN = ZoneInfo("Europe/Berlin")


@given(st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1)))  # noqa: DTZ001 - the zone is given below
def test_what_the_clock_says_is_read_back_as_the_moment_it_was(at):
    moment = at.replace(tzinfo=UTC, second=0, microsecond=0)
    assert moment in readings(said(moment, BERLIN), BERLIN)


def test_the_hour_that_comes_twice_means_two_moments():
    first, second = readings(datetime(2026, 10, 25, 2, 30), BERLIN)  # noqa: DTZ001 - a clock on the wall
    assert second - first == timedelta(hours=1)
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
