import numpy as np
import pytest
from scipy.stats import permutation_test

from dashboard import cohort
from dashboard.cohort import associations, resampled
from tests.builders import NOW
from tests.paper import pattern
from triage.correlation import Cohort, Counted, Measured, Pair, Stratum, moments
from triage.study import Sex


class Numbers:
    """A house's figures made of given studies."""

    def __init__(self, studies):
        self.studies, self.stamped, self.asked = studies, 0, 0

    def stamp(self):
        return self.stamped

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


@pytest.mark.parametrize("gaps", [False, True])
def test_the_permutation_p_is_the_one_of_scipy(gaps):
    chance = np.random.default_rng(5)
    x, y = chance.normal(size=40), chance.normal(size=40)
    y += 0.35 * x
    known = chance.random(40) < 0.8 if gaps else np.ones(40, dtype=bool)
    studies = [
        Measured(
            {"crp_mg_l": a} if k else {}, {"mass": b, "hernia": b} if i % 9 or not gaps else {"hernia": b}, i
        )
        for i, (a, b, k) in enumerate(zip(x, y, known, strict=True))
    ]
    found = resampled(studies, [("crp_mg_l", "mass"), ("crp_mg_l", "hernia")])["crp_mg_l", "mass"]
    both = np.array(["crp_mg_l" in s.values and "mass" in s.probabilities for s in studies])
    theirs = permutation_test(
        (x[both],), lambda a: abs(np.corrcoef(a, y[both])[0, 1]), permutation_type="pairings",
        alternative="greater", n_resamples=9999, rng=0, vectorized=False,
    )  # fmt: skip
    assert found.n == both.sum()
    # Beside a gap we shuffle among all studies with the measurement, scipy among those with both.
    assert found.p == pytest.approx(theirs.pvalue, abs=0.04 if gaps else 0.02)


def test_chance_is_asked_less_often_where_it_wins_anyway():
    near = [Measured({"crp_mg_l": float(i)}, {"mass": float(i)}, i) for i in range(30)]
    far = [Measured({"crp_mg_l": float(i)}, {"mass": float(i % 2)}, i) for i in range(30)]
    pair = ("crp_mg_l", "mass")
    assert resampled(near, [pair])[pair].shuffles == cohort.MOST
    assert resampled(near, [pair])[pair].p == 1 / (cohort.MOST + 1)
    assert resampled(far, [pair])[pair].shuffles == cohort.FIRST


def test_one_patient_who_came_often_does_not_make_a_sign_steady():
    studies = [Measured({"crp_mg_l": float(i)}, {"mass": float(i)}, 1) for i in range(30)]
    studies += [Measured({"crp_mg_l": 10.0 + i % 2}, {"mass": 12.0 - i % 2}, 2 + i) for i in range(4)]
    by_patient = resampled(studies, [("crp_mg_l", "mass")])["crp_mg_l", "mass"].stable
    alone = [Measured(s.values, s.probabilities, i) for i, s in enumerate(studies)]
    assert by_patient < 0.9 < resampled(alone, [("crp_mg_l", "mass")])["crp_mg_l", "mass"].stable


def test_a_pair_of_few_or_constant_studies_gets_no_p():
    few = [Measured({"crp_mg_l": float(i)}, {"mass": float(i)} if i < 9 else {}, i) for i in range(30)]
    same = [Measured({"crp_mg_l": 1.0}, {"mass": float(i)}, i) for i in range(30)]
    assert resampled(few, [("crp_mg_l", "mass")]) == {}
    assert resampled(same, [("crp_mg_l", "mass")]) == {}
    assert resampled([], []) == {}


def test_an_answer_is_remembered_until_a_study_changes():
    numbers = Numbers(published(50))
    first = associations(numbers, Cohort(), NOW)
    assert associations(numbers, Cohort(), NOW) is first
    assert numbers.asked == 1
    numbers.stamped = 1
    assert associations(numbers, Cohort(), NOW) is not first
    associations(numbers, Cohort(), NOW + cohort.HOLDS)
    associations(numbers, Cohort(sexes=(Sex.MALE,)), NOW)
    assert numbers.asked == 4


def test_no_more_than_a_few_answers_are_remembered():
    numbers = Numbers(published(20))
    for youngest in range(cohort.REMEMBERED + 3):
        associations(numbers, Cohort(youngest=youngest), NOW)
    assert len(cohort._remembered) == cohort.REMEMBERED
