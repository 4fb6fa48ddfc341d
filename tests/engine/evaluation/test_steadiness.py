import pytest

from engine.evaluation.steadiness import negation_flip, typing_errors

ROWS = [
    ("There is a left pleural effusion.", "Left effusion."),
    ("There is no pneumothorax.", "No pneumothorax."),
    ("The lungs are clear.", "Normal."),
]


def copy(findings):
    return list(findings)


def constant(findings):
    return ["No acute disease."] * len(findings)


def test_a_copier_turns_with_every_negation_and_a_constant_text_with_none():
    turned, stuck = negation_flip(ROWS, copy), negation_flip(ROWS, constant)

    assert (turned["n"], turned["turned"], turned["share"]) == (2, 2, 100)
    assert (turned["appeared"]["n"], turned["vanished"]["n"]) == (1, 1)
    assert (stuck["n"], stuck["turned"]) == (2, 0)


def test_nothing_to_flip_is_no_share():
    found = negation_flip(ROWS[2:], copy)

    assert (found["n"], found["share"], found["appeared"]["share"]) == (0, None, None)


CRITICAL = [("There is a right pneumothorax.", "Right pneumothorax.")]


@pytest.mark.parametrize(
    ("noisy", "lost", "turned"),
    [
        ("Right pneumothorax.", 0, 0),
        ("The lungs are clear.", 1, 0),
        ("No pneumothorax.", 1, 1),
    ],
)
def test_what_a_typing_error_costs_is_counted(noisy, lost, turned):
    found = typing_errors(CRITICAL, ["Right pneumothorax."], lambda findings: [noisy] * len(findings))

    assert (found["critical_n"], found["critical_lost"], found["critical_flipped"]) == (1, lost, turned)
    assert found["n"] == 1
    assert (found["rougeL_loss"] > 0) is (lost > 0)


def test_a_denial_that_a_typing_error_undid_is_counted_apart():
    denied = [("No pneumothorax.", "No pneumothorax.")]
    found = typing_errors(denied, ["No pneumothorax."], lambda findings: ["Pneumothorax."] * len(findings))

    assert (found["critical_denied_n"], found["critical_raised"]) == (1, 1)
    assert (found["critical_n"], found["critical_flipped"]) == (0, 0)


def test_the_errors_are_in_what_is_asked():
    asked = []

    def write(findings):
        asked.extend(findings)
        return ["x"] * len(findings)

    long = [("There is a moderate right sided pneumothorax with adjacent atelectasis. " * 5, "x")]
    typing_errors(long, ["x"], write)

    assert asked[0] != long[0][0]
