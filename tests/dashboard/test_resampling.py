import numpy as np
import pytest
from scipy.stats import permutation_test

from dashboard import resampling
from dashboard.resampling import resampled
from triage.correlation import Measured


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
    assert resampled(near, [pair])[pair].shuffles == resampling.MOST
    assert resampled(near, [pair])[pair].p == 1 / (resampling.MOST + 1)
    assert resampled(far, [pair])[pair].shuffles == resampling.FIRST


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
