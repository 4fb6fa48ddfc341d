"""The benchmark of the worklist runs: two tiny sizes, every question asked, a table with each of them."""

import pytest

from benchmarks.page import figures
from benchmarks.worklist import growth, kept, measured, questions, table


@pytest.mark.slow
def test_every_question_is_asked_at_every_size(tmp_path):
    found = measured(tmp_path, [40, 80], runs=1)
    assert set(found["questions"]) == {question.name for question in questions()}
    for question in questions():
        ways = {"house", "sql"} if question.sql else {"house"}
        assert set(found["questions"][question.name]) == {
            f"{size} {way}" for size in (40, 80) for way in ways
        }
    for name in found["questions"]:
        assert f"| {name} |" in table(found)


def test_a_goal_that_is_missed_is_said():
    small, large = {"p50": 10.0, "p95": 20.0, "rows": 100}, {"p50": 12.0, "p95": 150.0, "rows": 100}
    found = {"sizes": [1, 9], "questions": {"page": {"1 house": small, "9 house": large}}}
    assert growth(found["questions"]["page"], [1, 9]) == 1.2
    assert kept(found)
    large["p95"] = 150.1
    assert not kept(found)
    large |= {"p50": 13.0, "p95": 15.0}
    assert not kept(found), "a page that takes 1.3 times as long has missed the other goal"
    small["rows"] = 90
    assert kept(found), "fewer rows are no measure of growth"


def test_figures_are_the_middle_and_the_slow_end():
    assert figures([float(n) for n in range(1, 102)]) == {"p50": 51.0, "p95": 96.0}
