import pytest

from triage.errors import BadSetting
from triage.waiting.chain import erlang_c, inverse, others_present, product, waiting


def test_erlang_c_as_tabulated():
    """Two readers, one busy on average: 1/3; three, two busy: 4/9 (Erlang's own formula by hand)."""
    assert erlang_c(2, 1.0) == pytest.approx(1 / 3)
    assert erlang_c(3, 2.0) == pytest.approx(4 / 9)
    assert erlang_c(1, 0.8) == pytest.approx(0.8)


def test_equal_minutes_give_what_two_erlang_lines_give():
    both, high = waiting(3, 0.22, 10) * 0.22, waiting(3, 0.1, 10) * 0.1
    assert others_present(3, 0.1, 10, 0.12, 10) == pytest.approx(both - high + 1.2, rel=1e-6)


def test_one_reader_gives_jaiswals_formula():
    """L = λ(s/(1−ρ₀) + (ρ₀s₀ + ρs)/((1−ρ₀)(1−ρ₀−ρ)))."""
    stay = 10 / (1 - 0.2) + (0.2 * 4 + 0.5 * 10) / ((1 - 0.2) * (1 - 0.7))
    assert others_present(1, 0.05, 4, 0.05, 10) == pytest.approx(0.05 * stay, rel=1e-6)


def test_a_chain_too_long_is_refused():
    with pytest.raises(BadSetting, match="too much of the readers' time"):
        others_present(2, 0.19, 10, 0.001, 5)


def test_an_inverse_times_its_matrix_is_one():
    matrix = [[4.0, 1, 0], [1, 5, 2], [0, 1, 3]]
    assert [v for row in product(matrix, inverse(matrix)) for v in row] == pytest.approx(
        [1, 0, 0, 0, 1, 0, 0, 0, 1]
    )
