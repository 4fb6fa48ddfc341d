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
    by = {"1 house": {"p50": 10.0, "p95": 20.0}, "9 house": {"p50": 12.0, "p95": 150.0}}
    assert growth(by, [1, 9]) == 1.2
    assert kept({"sizes": [1, 9], "questions": {"page": by}})
    by["9 house"]["p95"] = 150.1
    assert not kept({"sizes": [1, 9], "questions": {"page": by}})


def test_figures_are_the_middle_and_the_slow_end():
    assert figures([float(n) for n in range(1, 102)]) == {"p50": 51.0, "p95": 96.0}
