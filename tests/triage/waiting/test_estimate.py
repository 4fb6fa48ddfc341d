import pytest

from triage.waiting.estimate import estimate, student


@pytest.mark.parametrize(
    ("freedom", "tabulated"),
    [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (9, 2.262), (19, 2.093), (99, 1.984)],
)
def test_students_t_as_tabulated(freedom, tabulated):
    assert student(freedom) == pytest.approx(tabulated, rel=0.002)


def test_an_interval_by_hand():
    found = estimate([1, 2, 3, 4])
    assert found.value == 2.5
    assert found.high - found.value == pytest.approx(3.182 * 1.29099 / 2, rel=0.002)
    assert found.is_sure


def test_one_trial_says_nothing_about_its_error():
    found = estimate([3.0])
    assert (found.value, found.low, found.high, found.is_sure) == (3.0, None, None, False)
