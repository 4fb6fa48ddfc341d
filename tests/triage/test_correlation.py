"""r with its n and interval, equal to scipy's, and refused when there is too little."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pearsonr

from triage.correlation import FEWEST, Measured, column, pearson
from triage.errors import TooFewPairs

numbers = st.floats(-1000, 1000).map(lambda v: round(v, 3))


@given(st.lists(st.tuples(numbers, numbers), min_size=FEWEST, max_size=60))
def test_equals_scipy(pairs):
    x, y = (list(side) for side in zip(*pairs, strict=True))
    if np.std(x) < 1e-2 or np.std(y) < 1e-2:
        return
    ours, theirs = pearson(x, y), pearsonr(x, y)
    assert ours.r == pytest.approx(theirs.statistic, abs=1e-9)
    assert ours.n == len(pairs)
    if abs(ours.r) < 0.999999:
        low, high = theirs.confidence_interval(0.95)
        assert (ours.low, ours.high) == pytest.approx((low, high), abs=1e-6)


def test_missing_values_leave_their_row_out():
    x = [*map(float, range(12)), None, 5.0]
    y = [*map(float, range(12)), 3.0, None]
    assert pearson(x, y).n == 12
    assert pearson(x, y).r == pytest.approx(1.0)


def test_too_few_pairs_are_refused_with_their_number():
    with pytest.raises(TooFewPairs, match="Only 4 studies"):
        pearson([1.0, 2, 3, 4], [4.0, 3, 2, 1])
    with pytest.raises(TooFewPairs, match="never varies"):
        pearson([1.0] * 12, list(map(float, range(12))))


def test_a_column_takes_measurements_and_probabilities_alike():
    cohort = [Measured({"glucose_mmol_l": 5.0}, {"pathology": 0.2}), Measured({}, {"pathology": 0.7})]
    assert column(cohort, "glucose_mmol_l") == [5.0, None]
    assert column(cohort, "pathology") == [0.2, 0.7]
