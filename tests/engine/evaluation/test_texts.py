import pytest

from engine.evaluation.texts import compare, counted, difference, diversity, facts_of

CLEAR = ("The lungs are clear.", "No acute cardiopulmonary abnormality.")
LEFT = ("There is a left pleural effusion.", "Left pleural effusion.")
AIR = ("There is a right pneumothorax.", "Right pneumothorax.")


def agreement(text, reference):
    return compare([text], [("Findings.", reference)])["fact_agreement"]


def test_a_perfect_text_scores_a_hundred_and_another_little():
    perfect = compare([CLEAR[1]], [CLEAR])

    assert perfect["rougeL"] == perfect["rouge1"] == pytest.approx(100)
    assert (perfect["bleu"], perfect["chrf"]) == pytest.approx((100, 100))
    assert compare(["Large mass."], [CLEAR])["rougeL"] == 0


def test_agreement_hears_a_flipped_negation_and_side():
    right = "There is a left effusion."

    assert agreement(right, right) == 100
    assert agreement("There is no left effusion.", right) == 0
    assert agreement("There is a right effusion.", right) == 0
    assert agreement("Fine.", "Good.") is None


def test_precision_and_recall_tell_too_much_from_too_little():
    found = compare(["Left effusion. There is a mass."], [("x", "Left effusion.")])
    less = compare(["Left effusion."], [("x", "Left effusion. There is a mass.")])

    assert (found["fact_precision"], found["fact_recall"]) == (50, 100)
    assert (less["fact_precision"], less["fact_recall"]) == (100, 50)


def test_a_critical_finding_left_out_is_counted_against_the_findings():
    assert compare(["Right pneumothorax."], [AIR])["critical_recall"] == 100
    assert compare(["All is well."], [AIR])["critical_recall"] == 0
    assert compare(["All is well."], [AIR])["critical_n"] == 1
    assert compare(["All is well."], [CLEAR])["critical_recall"] is None


def test_every_figure_has_an_interval_around_it():
    rows = [LEFT, CLEAR, AIR] * 4
    found = compare([reference for _, reference in rows[:8]] + ["Nothing."] * 4, rows)

    for name, bounds in found["intervals"].items():
        low, high = bounds
        assert low <= found[name] <= high, name
    assert found["rougeL_low"] < found["rougeL"] < found["rougeL_high"]


def test_a_text_that_is_repeated_counts_as_one_witness():
    rows = [LEFT, AIR]
    once = compare(["Left pleural effusion.", "Nothing."], rows)["intervals"]["rougeL"]
    often = compare(["Left pleural effusion."] * 9 + ["Nothing."] * 9, [LEFT] * 9 + [AIR] * 9)

    assert often["intervals"]["rougeL"] == pytest.approx(once)


def test_a_constant_text_is_not_diverse():
    same, other = diversity(["No disease."] * 4), diversity(["No disease.", "Left effusion.", "A mass."])

    assert (same["distinct_texts"], same["distinct_1"], same["distinct_2"]) == (25, 25, 25)
    assert other["distinct_texts"] == other["distinct_1"] == 100
    assert diversity([])["distinct_1"] is None


def test_a_difference_is_taken_row_by_row():
    found = difference([0.5, 0.7], [0.4, 0.5], ["a", "b"])

    assert found["points"] == pytest.approx(15)
    assert 10 - 1e-9 <= found["low"] <= found["high"] <= 20 + 1e-9


def test_nothing_counted_is_no_share():
    assert counted([], []) == {"n": 0, "count": 0, "share": None, "low": None, "high": None}
    assert counted([True, False], ["a", "b"])["share"] == 50


def test_facts_are_finding_polarity_and_side():
    assert facts_of("Left pleural effusion. No pneumothorax.") == {
        ("effusion", True, "left"),
        ("pneumothorax", False, None),
    }
