"""Small lines by hand, and Little's law over long ones."""

from itertools import accumulate, pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.waiting.loop import waits


def test_in_the_order_of_arrival():
    assert waits([0, 1, 2], [10, 10, 10], [1, 1, 1], 1) == [0, 9, 18]
    assert waits([0, 1, 2], [10, 10, 10], [1, 1, 1], 2) == [0, 0, 8]


def test_a_flagged_study_sets_the_other_aside_and_it_is_resumed():
    assert waits([0, 4], [10, 3], [2, 1], 1) == [3, 0]


def test_with_two_readers_the_last_of_the_least_urgent_is_set_aside():
    assert waits([0, 1, 4], [10, 10, 3], [2, 2, 1], 2) == [0, 3, 0]


def test_a_study_that_was_begun_is_finished_before_the_flagged():
    assert waits([0, 4, 5], [10, 3, 3], [2, 2, 1], 1, finish=True) == [0, 9, 5]


def test_an_interrupting_case_interrupts_even_then_and_what_it_interrupted_comes_next():
    assert waits([0, 4, 5], [10, 2, 3], [2, 0, 1], 1, finish=True) == [2, 0, 7]


def test_within_a_rank_the_earlier_is_first():
    assert waits([0, 1, 2, 3], [10, 5, 5, 5], [1, 2, 2, 1], 1) == [0, 14, 18, 7]


def test_who_waited_as_long_as_the_limit_goes_first_and_is_not_set_aside_again():
    arrivals, minutes, ranks = [0, 1, 2, 14, 18], [10, 20, 5, 5, 5], [1, 2, 1, 1, 1]
    assert waits(arrivals, minutes, ranks, 1) == [0, 24, 8, 1, 2]
    assert waits(arrivals, minutes, ranks, 1, max_wait=5) == [0, 9, 28, 21, 22]


def test_an_interrupting_case_goes_before_those_who_waited_too_long():
    assert waits([0, 1, 8], [10, 10, 2], [1, 2, 0], 1, max_wait=3) == [2, 11, 0]


def test_a_limit_shortens_the_longest_wait():
    chance = Random(5)  # noqa: S311
    arrivals = list(accumulate(chance.expovariate(0.09) for _ in range(3000)))
    minutes, ranks = [10.0] * 3000, [chance.choice([1, 2, 2]) for _ in range(3000)]
    free, limited = waits(arrivals, minutes, ranks, 1), waits(arrivals, minutes, ranks, 1, max_wait=60)
    fifo = waits(arrivals, minutes, [1] * 3000, 1)
    assert max(fifo) <= max(limited) <= max(free)
    assert max(limited) < max(free)


lines = st.lists(st.tuples(st.floats(0, 20), st.floats(0.1, 30), st.integers(0, 3)), min_size=1, max_size=60)


@given(lines, st.integers(1, 4), st.booleans(), st.sampled_from([None, 1.0, 15.0]))
def test_everybody_is_read_and_no_reader_rests_while_somebody_waits(studies, readers, finish, max_wait):
    """Work is conserved: one reader is done at the same moment whatever the order, several never before it."""
    arrivals = list(accumulate(gap for gap, _, _ in studies))
    minutes, ranks = [m for _, m, _ in studies], [r for _, _, r in studies]
    found = waits(arrivals, minutes, ranks, readers, finish=finish, max_wait=max_wait)
    fifo = waits(arrivals, minutes, [1] * len(studies), readers)
    assert all(w >= 0 for w in found)
    ends = [max(a + m + w for a, m, w in zip(arrivals, minutes, way, strict=True)) for way in (found, fifo)]
    if readers == 1:
        assert ends[0] == pytest.approx(ends[1])


@given(lines, st.integers(1, 3))
def test_interrupting_cases_never_notice_the_others(studies, readers):
    arrivals = list(accumulate(gap for gap, _, _ in studies))
    minutes, ranks = [m for _, m, _ in studies], [r for _, _, r in studies]
    top = [i for i, r in enumerate(ranks) if r == 0]
    found = waits(arrivals, minutes, ranks, readers)
    if top:
        alone = waits([arrivals[i] for i in top], [minutes[i] for i in top], [0] * len(top), readers)
        assert [found[i] for i in top] == pytest.approx(alone)


def test_littles_law():
    """How many are there on average is how many come a minute times how long each stays."""
    chance = Random(3)  # noqa: S311
    arrivals = list(accumulate(chance.expovariate(0.15) for _ in range(4000)))
    minutes = [chance.expovariate(0.1) for _ in arrivals]
    ranks = [chance.choice([0, 1, 2, 2]) for _ in arrivals]
    stays = [w + m for w, m in zip(waits(arrivals, minutes, ranks, 2), minutes, strict=True)]
    moves = sorted([(a, 1) for a in arrivals] + [(a + s, -1) for a, s in zip(arrivals, stays, strict=True)])
    area = present = 0.0
    for (at, change), (following, _) in pairwise(moves):
        present += change
        area += present * (following - at)
    span = moves[-1][0]
    assert area / span == pytest.approx(len(arrivals) / span * (sum(stays) / len(stays)))
