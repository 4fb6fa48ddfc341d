from datetime import timedelta

from dashboard.rate import Rate
from tests.builders import NOW

MINUTE = timedelta(minutes=1)


def test_one_too_many_is_refused_until_the_window_has_moved_on():
    rate = Rate(3, MINUTE)
    assert [rate.allows("a", NOW) for _ in range(4)] == [True, True, True, False]
    assert rate.allows("b", NOW)
    assert not rate.allows("a", NOW + MINUTE - timedelta(seconds=1))
    assert rate.allows("a", NOW + MINUTE)


def test_a_refused_try_does_not_lengthen_the_wait():
    rate = Rate(1, MINUTE)
    assert rate.allows("a", NOW)
    assert not rate.allows("a", NOW + MINUTE / 2)
    assert rate.allows("a", NOW + MINUTE)


def test_forgotten_callers_take_no_memory():
    rate = Rate(2, MINUTE)
    for number in range(50):
        rate.allows(f"caller {number}", NOW)
    rate.allows("the next", NOW + MINUTE)
    assert len(rate._seen) == 1
