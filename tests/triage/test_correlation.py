"""Coefficients with their n and interval, equal to scipy's and numpy's, and refused when there is too little."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pearsonr, rankdata, spearmanr

from tests.paper import pattern
from triage.correlation import (
    FEWEST,
    Measured,
    Moments,
    Pair,
    Stratum,
    column,
    holm,
    moments,
    partial,
    pearson,
    spearman,
)
from triage.errors import TooFewPairs
from triage.study import Sex

numbers = st.floats(-1000, 1000).map(lambda v: round(v, 3))
pairs_of_numbers = st.lists(st.tuples(numbers, numbers), min_size=FEWEST, max_size=60)


# ── Pearson ───────────────────────────────────────────────────────────────────────────────────────────


@given(pairs_of_numbers)
def test_pearson_equals_scipy(pairs):
    x, y = (list(side) for side in zip(*pairs, strict=True))
    if np.std(x) < 1e-2 or np.std(y) < 1e-2:
        return
    ours, theirs = pearson(moments(x, y)), pearsonr(x, y)
    assert ours.r == pytest.approx(theirs.statistic, abs=1e-9)
    assert ours.n == len(pairs)
    if abs(ours.r) < 0.999999:
        low, high = theirs.confidence_interval(0.95)
        assert (ours.low, ours.high) == pytest.approx((low, high), abs=1e-6)


@given(pairs_of_numbers, st.integers(0, 60))
def test_sums_of_two_parts_are_the_sums_of_the_whole(pairs, cut):
    x, y = (list(side) for side in zip(*pairs, strict=True))
    whole, parts = moments(x, y), moments(x[:cut], y[:cut]) + moments(x[cut:], y[cut:])
    assert parts.n == whole.n
    for name in ("mean_x", "mean_y", "sxx", "syy", "sxy"):
        assert getattr(parts, name) == pytest.approx(getattr(whole, name), rel=1e-9, abs=1e-5)


def test_missing_values_leave_their_row_out():
    x = [*map(float, range(12)), None, 5.0]
    y = [*map(float, range(12)), 3.0, None]
    assert pearson(moments(x, y)).n == 12
    assert pearson(moments(x, y)).r == pytest.approx(1.0)


def test_nine_pairs_are_refused_without_saying_how_many_there_are():
    with pytest.raises(TooFewPairs, match="Fewer than 10 studies have both") as refused:
        pearson(moments([*range(9)], [*range(9)]))
    assert "9" not in str(refused.value)
    assert pearson(moments([*range(10)], [*range(10)])).n == 10
    with pytest.raises(TooFewPairs, match="never varies"):
        pearson(moments([0.1] * 12, list(map(float, range(12)))))


# ── Spearman ──────────────────────────────────────────────────────────────────────────────────────────


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=FEWEST, max_size=60))
def test_spearman_equals_scipy_ties_and_all(pairs):
    x, y = (list(side) for side in zip(*pairs, strict=True))
    if len(set(x)) == 1 or len(set(y)) == 1:
        return
    ours = spearman(moments(list(rankdata(x)), list(rankdata(y))))
    assert ours.r == pytest.approx(spearmanr(x, y).statistic, abs=1e-9)


def test_the_interval_of_rho_is_wider_than_that_of_r():
    ranks = moments([float(i) for i in range(50)], [float((i * 7) % 50) for i in range(50)])
    rho = spearman(ranks)
    wide = math.sqrt((1 + rho.r**2 / 2) / (50 - 3)) * 1.959964
    assert math.atanh(rho.high) - math.atanh(rho.low) == pytest.approx(2 * wide, abs=1e-4)


# ── partial ───────────────────────────────────────────────────────────────────────────────────────────


def strata_of(rows):
    """Group (x, y, age, sex) as the database does."""
    groups = {}
    for x, y, age, sex in rows:
        groups.setdefault((age, sex), []).append((x, y))
    return [
        Stratum(age, sex, moments(*(list(side) for side in zip(*both, strict=True))))
        for (age, sex), both in groups.items()
    ]


def residual_r(x, y, controls):
    design = np.column_stack([np.ones(len(x)), *controls])
    left = [v - design @ np.linalg.lstsq(design, v, rcond=None)[0] for v in (x, y)]
    return np.corrcoef(*left)[0, 1]


@pytest.mark.parametrize("seed", range(5))
def test_the_partial_is_the_correlation_of_what_regression_leaves(seed):
    chance = np.random.default_rng(seed)
    age, female = chance.integers(20, 90, 80).astype(float), chance.integers(0, 2, 80)
    x = 0.05 * age + female + chance.normal(size=80)
    y = 0.05 * age - female + 0.4 * x + chance.normal(size=80)
    sexes = [Sex.FEMALE if f else Sex.MALE for f in female]
    strata = strata_of(zip(x, y, age, sexes, strict=True))
    found = partial(strata)
    assert found.r == pytest.approx(residual_r(x, y, [age, female]), abs=1e-9)
    assert found.n == 80
    assert math.atanh(found.high) - math.atanh(found.r) == pytest.approx(
        1.959964 / math.sqrt(80 - 5), abs=1e-5
    )
    assert partial(strata, age=False).r == pytest.approx(residual_r(x, y, [female]), abs=1e-9)


def test_what_age_alone_explains_is_gone():
    chance = np.random.default_rng(1)
    age = chance.integers(20, 90, 400).astype(float)
    x, y = age + chance.normal(size=400), age + chance.normal(size=400)
    strata = strata_of((a, b, c, Sex.FEMALE) for a, b, c in zip(x, y, age, strict=True))
    assert pearson(sum((s.moments for s in strata), Moments())).r > 0.99
    assert abs(partial(strata).r) < 0.1


def test_patients_of_unknown_age_or_sex_are_left_out_of_the_partial_alone():
    rows = [(float(i), float(i * i), 40.0 + i % 3, Sex.MALE) for i in range(12)]
    rows += [(50.0, 1.0, None, Sex.MALE), (60.0, 1.0, 44.0, Sex.UNKNOWN)]
    pair = Pair("a", "b", tuple(strata_of(rows)), Moments())
    assert pair.moments.n == 14
    assert partial(pair.strata).n == 12
    with pytest.raises(TooFewPairs, match="Fewer than 10"):
        partial(strata_of(rows[:9]))


def test_nothing_is_left_of_a_side_that_age_tells_entirely():
    rows = [(float(a), float(a % 7), float(a), Sex.FEMALE) for a in range(30, 60)]
    with pytest.raises(TooFewPairs, match="leave nothing"):
        partial(strata_of(rows))


# ── many tests ────────────────────────────────────────────────────────────────────────────────────────


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.6]) == [1.0, 1.0]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=30))
def test_a_corrected_p_is_never_smaller_and_keeps_the_order(p_values):
    corrected = holm(p_values)
    assert all(c >= p for c, p in zip(corrected, p_values, strict=True))
    by_p = [c for _, c in sorted(zip(p_values, corrected, strict=True))]
    assert by_p == sorted(by_p)


# ── the paper ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_generated_cohort_has_the_published_pattern_with_its_interval():
    rows = pattern(200)
    expected = {
        "glucose": (0.80, 0.74, 0.84),
        "systolic": (-0.54, -0.63, -0.43),
        "diastolic": (0.01, -0.13, 0.15),
    }
    for name, (r, low, high) in expected.items():
        found = pearson(moments([row[name] for row in rows], [row["probability"] for row in rows]))
        assert found.n == 200
        assert (found.r, found.low, found.high) == pytest.approx((r, low, high), abs=0.006)


def test_the_published_minus_054_says_nothing_at_n_4():
    half = 1.959964 / math.sqrt(4 - 3)
    low, high = (math.tanh(math.atanh(-0.54) + side * half) for side in (-1, 1))
    assert (low, high) == pytest.approx((-0.99, 0.88), abs=0.005)


def test_four_rows_are_refused_however_well_they_lie_on_a_line():
    """The probabilities are the paper's four; pressures that give its rows' +0.98 stand in for those it prints."""
    four = moments([118.0, 140.0, 120.0, 150.0], [0.18, 0.73, 0.05, 0.89])
    assert four.sxy / math.sqrt(four.sxx * four.syy) == pytest.approx(0.98, abs=0.005)
    with pytest.raises(TooFewPairs, match="Fewer than 10 studies"):
        pearson(four)


def test_a_column_takes_measurements_and_probabilities_alike():
    cohort = [Measured({"glucose_mmol_l": 5.0}, {"pathology": 0.2}), Measured({}, {"pathology": 0.7})]
    assert column(cohort, "glucose_mmol_l") == [5.0, None]
    assert column(cohort, "pathology") == [0.2, 0.7]
