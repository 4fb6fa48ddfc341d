from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOW, a_critical_result, an_attempt
from triage.compliance import shares, telling, wilson
from triage.critical import Category, Cause, Notice, ReadBack


def heard(minutes, **changes):
    at = NOW + timedelta(minutes=minutes)
    made = a_critical_result(**changes)
    return replace(made, attempts=(an_attempt(received_at=at, recorded_at=at),))


def minutes(n):
    return NOW + timedelta(minutes=n)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (8, 10, 0.4902, 0.9433), (81, 263, 0.2553, 0.3662)],
)
def test_the_interval_is_wilsons(successes, n, low, high):
    """The last row is the worked example of Newcombe 1998 (81 of 263: 0.2553 to 0.3662)."""
    assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


def test_nothing_counted_says_nothing():
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_stays_a_share(counted):
    successes, n = counted
    low, high = wilson(successes, n)
    assert 0 <= low <= successes / n + 1e-12
    assert successes / n - 1e-12 <= high <= 1


def test_told_in_time_told_late_open_and_overdue_are_counted_each_in_its_own_way():
    found = [heard(10), heard(60), heard(61), a_critical_result(), a_critical_result(opened_at=minutes(100))]
    found[4] = replace(found[4], found_at=minutes(100))
    at = minutes(120)
    (of_minutes, of_hours, _) = shares(telling(result, at) for result in found)
    assert (of_minutes.in_time, of_minutes.n, of_minutes.waiting) == (2, 4, 1)
    assert of_minutes.share == 0.5
    assert (of_minutes.low, of_minutes.high) == wilson(2, 4)
    assert (of_hours.n, of_hours.share) == (0, None)


def test_what_one_result_took_is_found_to_heard_not_to_written_down():
    at = minutes(30)
    result = replace(a_critical_result(), attempts=(an_attempt(received_at=minutes(12), recorded_at=at),))
    one = telling(result, at)
    assert (one.took, one.late, one.read_back, one.escalated) == (
        timedelta(minutes=12),
        False,
        ReadBack.CONFIRMED,
        False,
    )
    assert one.category is Category.MINUTES
    assert telling(result, minutes(20)).took is None


@pytest.mark.parametrize(
    ("step", "called", "escalated"),
    [("0", 1, False), ("1", 15, True), ("1", 20, False), ("overdue", 1, False)],
)
def test_it_was_escalated_when_another_was_called_before_it_was_heard(step, called, escalated):
    """Heard after 18 minutes and written down after 30: what the clock did in between says nothing."""
    result = replace(
        a_critical_result(),
        attempts=(an_attempt(received_at=minutes(18), recorded_at=minutes(30)),),
        notices=(Notice(step, "Ward doctor on call", Cause.TIME, minutes(called)),),
    )
    assert telling(result, minutes(40)).escalated is escalated
    assert telling(replace(result, attempts=()), minutes(40)).escalated is (step == "1")
