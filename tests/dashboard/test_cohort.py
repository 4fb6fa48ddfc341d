import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from dashboard import cohort
from dashboard.cohort import TooBusy, associations
from tests.builders import NOW
from tests.paper import pattern
from triage.correlation import Cohort, Counted, Measured, Pair, Stratum, moments
from triage.study import Sex


class Numbers:
    """A house's figures made of given studies."""

    def __init__(self, studies):
        self.studies, self.stamped, self.asked = studies, 0, 0
        self.hidden_at = None

    def stamp(self):
        return self.stamped

    def hidden_since(self, at):
        return self.hidden_at is not None and self.hidden_at >= at

    def counted(self, _cohort, _at):
        self.asked += 1
        codes = {c for s in self.studies for c in (*s.values, *s.probabilities)}
        having = {c: sum(c in s.values or c in s.probabilities for s in self.studies) for c in _every()}
        pairs = {}
        for x in codes & {c for s in self.studies for c in s.values}:
            for y in codes - {c for s in self.studies for c in s.values}:
                sums = moments(
                    [s.values.get(x) for s in self.studies], [s.probabilities.get(y) for s in self.studies]
                )
                pairs[x, y] = Pair(x, y, (Stratum(50.0, Sex.MALE, sums),), sums)
        return Counted(len(self.studies), having, pairs)

    def sample(self, _cohort, _at, size, _seed):
        return self.studies[:size]


def _every():
    return (*cohort.PARAMETER_CODES, *cohort.OUTCOME_CODES)


def published(count):
    return [
        Measured(
            {
                "glucose_mmol_l": r["glucose"],
                "systolic_mmhg": r["systolic"],
                "diastolic_mmhg": r["diastolic"],
            },
            {"pathology": r["probability"]},
            i,
        )
        for i, r in enumerate(pattern(count))
    ]


def test_the_published_pattern_stands_where_it_is_there_and_only_there():
    found = associations(Numbers(published(200)), Cohort(), NOW)
    glucose, systolic, diastolic = (
        found.cells[c, "pathology"] for c in ("glucose_mmol_l", "systolic_mmhg", "diastolic_mmhg")
    )
    assert (found.studies, found.tests) == (200, 3)
    assert glucose.stands
    assert glucose.steady
    assert systolic.stands
    assert systolic.steady
    assert not diastolic.stands
    assert not diastolic.steady
    assert diastolic.chance.p > 0.5
    assert glucose.p_corrected == pytest.approx(3 * glucose.chance.p)
    assert 0.7 < glucose.chance.low < 0.8 < glucose.chance.high < 0.87


def test_four_studies_are_refused_whole():
    found = associations(Numbers(published(200)[:4]), Cohort(), NOW)
    assert found.studies is None
    assert not found.cells


def test_an_answer_is_remembered_until_a_study_changes():
    numbers = Numbers(published(50))
    first = associations(numbers, Cohort(), NOW)
    assert associations(numbers, Cohort(), NOW + cohort.HOLDS - timedelta(seconds=1)) is first
    assert numbers.asked == 1
    numbers.stamped = 1
    assert associations(numbers, Cohort(), NOW + cohort.KEPT) is not first
    associations(numbers, Cohort(), NOW + cohort.KEPT + cohort.HOLDS)
    associations(numbers, Cohort(sexes=(Sex.MALE,)), NOW)
    assert numbers.asked == 4


def test_studies_that_come_all_the_time_do_not_have_everything_counted_anew():
    numbers = Numbers(published(50))
    first = associations(numbers, Cohort(), NOW)
    for second in range(1, 60):
        numbers.stamped = second
        assert associations(numbers, Cohort(), NOW + timedelta(seconds=second)) is first
    assert numbers.asked == 1


@pytest.mark.parametrize("before", [timedelta(seconds=-1), timedelta(minutes=4)])
def test_a_withdrawal_shows_at_once(before):
    """Also one that had begun when the studies were counted, and could be seen a moment later."""
    numbers = Numbers(published(50))
    first = associations(numbers, Cohort(), NOW)
    numbers.stamped, numbers.hidden_at = 1, NOW - before
    assert associations(numbers, Cohort(), NOW + timedelta(seconds=2)) is not first


class Slow(Numbers):
    """Counts only when told to, and how many count at a time."""

    def __init__(self, studies):
        super().__init__(studies)
        self.go, self.now, self.most, self.lock = threading.Event(), 0, 0, threading.Lock()
        self.begun = threading.Semaphore(0)

    def counted(self, only, at):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.begun.release()
        assert self.go.wait(10)
        with self.lock:
            self.now -= 1
            return super().counted(only, at)


def test_those_who_ask_the_same_get_one_answer():
    numbers = Slow(published(20))
    with ThreadPoolExecutor(8) as people:
        asked = [people.submit(associations, numbers, Cohort(), NOW) for _ in range(8)]
        assert numbers.begun.acquire(timeout=10)
        numbers.go.set()
        assert len({id(one.result(20)) for one in asked}) == 1
    assert numbers.asked == 1


def test_however_many_ask_only_two_answers_are_counted_at_a_time():
    numbers = Slow(published(20))
    with ThreadPoolExecutor(20) as people:
        asked = [people.submit(associations, numbers, Cohort(youngest=age), NOW) for age in range(20)]
        for _ in range(cohort.AT_ONCE):
            assert numbers.begun.acquire(timeout=10)
        assert not numbers.begun.acquire(timeout=0.3)
        numbers.go.set()
        assert all(one.result(30) for one in asked)
    assert numbers.most == cohort.AT_ONCE


def test_whoever_gets_no_turn_is_not_kept_waiting_for_ever(monkeypatch):
    monkeypatch.setattr(cohort, "PATIENCE_S", 0.01)
    monkeypatch.setattr(cohort, "_slots", threading.Semaphore(0))
    with pytest.raises(TooBusy, match="ask again"):
        associations(Numbers(published(20)), Cohort(), NOW)


def test_no_more_than_a_few_answers_are_remembered():
    numbers = Numbers(published(20))
    for youngest in range(cohort.REMEMBERED + 3):
        associations(numbers, Cohort(youngest=youngest), NOW)
    assert len(cohort._remembered) == cohort.REMEMBERED
