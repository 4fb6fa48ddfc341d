import pytest

from engine.statements import Statement, sentences, stated
from triage.finding import Certainty, Laterality

LIKELY, MAYBE, NO = Certainty.VERY_LIKELY, Certainty.POSSIBLE, Certainty.UNLIKELY


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("There is a left pleural effusion.", [("effusion", None, "left")]),
        ("No pleural effusion or pneumothorax.", [("effusion", NO, None), ("pneumothorax", NO, None)]),
        ("Pleural effusion is absent.", [("effusion", NO, None)]),
        ("Pneumothorax cannot be excluded.", [("pneumothorax", MAYBE, None)]),
        ("Pneumonia is very likely.", [("pneumonia", LIKELY, None)]),
        ("Pneumonia is not likely.", [("pneumonia", NO, None)]),
        ("Pneumonia is unlikely.", [("pneumonia", NO, None)]),
        (
            "Probable right pneumonia; mass is possible.",
            [("pneumonia", Certainty.PROBABLE, "right"), ("mass", MAYBE, None)],
        ),
        ("Cardiomegaly without edema.", [("cardiomegaly", None, None), ("edema", NO, None)]),
        (
            "Effusion on the left and atelectasis on the right.",
            [("effusion", None, "left"), ("atelectasis", None, "right")],
        ),
        ("Bilateral effusions.", [("effusion", None, "both")]),
        ("Left and right pleural effusion.", [("effusion", None, "both")]),
        ("Fluid around left lung is very likely.", [("effusion", LIKELY, "left")]),
        ("Left cardiomegaly.", [("cardiomegaly", None, None)]),
        ("The weather is nice.", []),
    ],
)
def test_what_is_heard(text, heard):
    sides = {"left": Laterality.LEFT, "right": Laterality.RIGHT, "both": Laterality.BOTH, None: None}
    assert stated(text) == [Statement(code, sure, sides[side]) for code, sure, side in heard]


def test_swapping_no_in_and_out_is_heard():
    for finding in ("pleural effusion", "pneumothorax", "consolidation", "edema"):
        there, gone = stated(f"There is {finding}."), stated(f"There is no {finding}.")
        assert there[0].present
        assert not gone[0].present


def test_sentences_keep_every_word():
    text = "- Effusion is likely\n- Oxygen 88.5 % (low)\nA second line. And a third."

    parts = sentences(text)

    assert parts == ["- Effusion is likely", "- Oxygen 88.5 % (low)", "A second line.", "And a third."]
