import pytest

from dashboard.parts import correlation_charts as charts
from triage.correlation import Measured


def cohort(count=12):
    return [
        Measured(
            {"age": 40.0 + n, "spo2_pct": 98.0 - n, **({"crp_mg_l": 5.0} if n < 3 else {})},
            {"pathology": 0.05 * n, "effusion": 0.9 - 0.05 * n},
        )
        for n in range(count)
    ]


def test_rows_and_columns_are_what_was_measured_and_assessed_in_anybody():
    assert charts.parameters(cohort()) == ["age", "spo2_pct", "crp_mg_l"]
    assert charts.outcomes(cohort()) == ["pathology", "effusion"]
    assert charts.parameters([]) == charts.outcomes([]) == []


def test_names_carry_their_units():
    assert charts.label("crp_mg_l") == "C-reactive protein, mg/L"
    assert charts.label("age") == "Age, years"
    assert charts.label("effusion") == "Pleural effusion"


@pytest.mark.parametrize("dark", [False, True])
def test_a_cell_below_ten_pairs_is_blank_with_its_reason(dark):
    (heat,) = charts.matrix(cohort(), dark=dark).data
    assert list(heat.z[0]) == [1.0, -1.0]
    assert heat.text[0][0] == "+1.00<br>n 12"
    assert list(heat.z[2]) == [None, None]
    assert list(heat.text[2]) == ["", ""]
    assert heat.customdata[2][0] == "Only 3 studies have both; at least 10 are needed."


def test_nine_studies_are_refused_ten_are_drawn():
    assert (
        charts.scatter(cohort(9), "age", "pathology") == "Only 9 studies have both; at least 10 are needed."
    )
    assert not isinstance(charts.scatter(cohort(10), "age", "pathology"), str)


def test_the_line_is_the_least_squares_line():
    slope, start = charts.line([0.0, 1.0, 2.0, 3.0], [1.0, 3.0, 5.0, 7.0])
    assert (slope, start) == pytest.approx((2.0, 1.0))
    slope, start = charts.line([0.0, 1.0, 2.0], [0.0, 0.0, 3.0])
    assert (slope, start) == pytest.approx((1.5, -0.5))


def test_the_title_says_r_n_interval_and_that_it_is_no_cause():
    title = charts.scatter(cohort(), "age", "effusion").layout.title.text
    assert title == "r −1.00, n 12, 95 % interval −1.00 to −1.00. Association, not cause"
