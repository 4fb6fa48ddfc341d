import csv
from datetime import date
from urllib.parse import parse_qsl, urlsplit

import pytest

from dashboard.cohort import associations
from dashboard.cohort_file import HEAD, address, cohort_of, missing, to_csv
from tests.builders import NOW
from tests.dashboard.test_cohort import Numbers, published
from triage.correlation import Cohort, Measured
from triage.study import Sex


@pytest.mark.parametrize(
    "cohort",
    [
        Cohort(),
        Cohort(permitted=False),
        Cohort(date(2026, 1, 2), date(2026, 3, 4), (Sex.FEMALE, Sex.OTHER), 18, 80, ("Ward & 7", "Clinic=1")),
    ],
)
def test_an_address_leads_back_to_its_cohort(cohort):
    assert cohort_of(parse_qsl(urlsplit(address(cohort)).query)) == cohort


@pytest.mark.parametrize("wrong", [("since", "yesterday"), ("youngest", "old"), ("sex", "x")])
def test_what_names_no_cohort_is_refused(wrong):
    with pytest.raises(ValueError):
        cohort_of([wrong])


def lines(studies):
    table = csv.reader(to_csv(associations(Numbers(studies), Cohort(), NOW)).splitlines())
    warning, head, *rows = table
    (said,) = warning
    assert said.startswith("# Association, not cause. Pairs of fewer than ten studies are not shown.")
    assert "Spearman: a rank counts among all studies that have the value" in said
    assert tuple(head) == HEAD
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_a_line_says_what_the_screen_says():
    by_name = {row["measurement"]: row for row in lines(published(200))}
    glucose = by_name["glucose_mmol_l"]
    assert (glucose["probability_of"], glucose["n"], glucose["missing"]) == ("pathology", "200", "0")
    assert (glucose["pearson_r"], glucose["pearson_low"][:4], glucose["pearson_high"][:4]) == (
        "0.8000",
        "0.74",
        "0.84",
    )
    assert glucose["permutation_p"] == "0.0002"
    assert glucose["not_shown_because"] == ""
    assert all(glucose[name] for name in HEAD[:-1])


def test_small_cells_are_hidden_in_the_file_too():
    studies = published(30)
    rare = Measured({**studies[0].values, "crp_mg_l": 3.0}, studies[0].probabilities, 0)
    almost = Measured({"glucose_mmol_l": 5.0}, studies[1].probabilities, 1)
    by_name = {row["measurement"]: row for row in lines([rare, almost, *studies[2:]])}
    assert by_name["crp_mg_l"]["n"] == ""
    assert "Fewer than 10" in by_name["crp_mg_l"]["not_shown_because"]
    assert by_name["systolic_mmhg"]["missing"] == "fewer than 10"


def test_a_handful_of_gaps_is_not_counted_out():
    assert [missing(100, n) for n in (100, 99, 91, 90)] == ["0", "fewer than 10", "fewer than 10", "10"]
