from datetime import date

from dashboard.parts.cohort_filter import OLDEST, YOUNGEST, cohort
from triage.correlation import Cohort
from triage.study import Sex


def test_a_filter_left_alone_excludes_nobody_but_whose_permission_ran_out():
    assert cohort(None, None, [], (YOUNGEST, OLDEST), [], permitted=True) == Cohort()


def test_every_choice_reaches_the_cohort():
    made = cohort(date(2026, 1, 1), date(2026, 2, 1), [Sex.MALE], (18, 90), ["Ward 7"], permitted=False)
    assert made == Cohort(
        date(2026, 1, 1), date(2026, 2, 1), (Sex.MALE,), 18, 90, ("Ward 7",), permitted=False
    )
