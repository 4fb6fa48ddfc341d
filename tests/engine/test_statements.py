import pytest

from engine.statements import Statement, outlook, stated, unassessed
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


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("No abnormality is likely on this film.", NO),
        ("This film is unlikely to be abnormal.", NO),
        ("The film shows nothing that is likely to be abnormal.", NO),
        ("The lungs are clear.", NO),
        ("This film is possibly abnormal, but no single finding stands out.", MAYBE),
        ("The film is abnormal.", LIKELY),
        ("The film is not normal.", LIKELY),
        (
            "No finding stands out, but whether this film is abnormal was not assessed.",
            Certainty.NOT_ASSESSED,
        ),
        ("No finding could be assessed on this film.", Certainty.NOT_ASSESSED),
        ("The lungs are clear of effusion.", None),  # one finding, not the film
        ("No airspace disease.", None),
        ("Not assessed: mass.", None),
    ],
)
def test_what_is_heard_of_the_whole_film(text, heard):
    assert outlook(text) is heard


def test_what_nobody_could_judge_is_heard():
    assert unassessed("Not assessed: mass and pleural effusion.") == ["mass", "effusion"]
    assert unassessed("Edema is unlikely; 3 findings not assessed.") == []


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("The heart is not enlarged.", [("cardiomegaly", NO, None)]),
        ("Heart size is normal.", [("cardiomegaly", NO, None)]),
        ("The heart is very likely enlarged.", [("cardiomegaly", LIKELY, None)]),
        ("Nothing suggests pneumonia.", [("pneumonia", NO, None)]),
        ("Pneumothorax: no.", [("pneumothorax", NO, None)]),
        (
            "The lungs are clear of effusion, but an edema is possible.",
            [("effusion", NO, None), ("edema", MAYBE, None)],
        ),
        (
            "Left effusion with probable atelectasis on the left.",
            [("effusion", None, "left"), ("atelectasis", Certainty.PROBABLE, "left")],
        ),
        (
            "Edema and effusion are possible on both sides.",
            [("edema", MAYBE, "both"), ("effusion", MAYBE, "both")],
        ),
        (
            "Left lower lobe collapse/consolidation.",
            [("atelectasis", None, "left"), ("consolidation", None, "left")],
        ),
        ("RLL collapse.", [("atelectasis", None, "right")]),
        ("Lingular collapse.", [("atelectasis", None, "left")]),
        ("Complete collapse of the left lung.", [("atelectasis", None, "left")]),
        ("Air around the left lung.", [("pneumothorax", None, "left")]),
        ("No haemothorax.", [("effusion", Certainty.UNLIKELY, None)]),
        ("Bilateral peripheral oedema of the legs.", []),
        ("Pneumothorax must still be excluded.", [("pneumothorax", Certainty.POSSIBLE, None)]),
        ("Pneumothorax appears to be excluded.", [("pneumothorax", Certainty.UNLIKELY, None)]),
        ("Left pneumothorax to be excluded.", [("pneumothorax", Certainty.POSSIBLE, "left")]),
        ("A pneumothorax needs to be ruled out.", [("pneumothorax", Certainty.POSSIBLE, None)]),
        ("Pneumonia should be excluded clinically.", [("pneumonia", Certainty.POSSIBLE, None)]),
        ("Pneumothorax can be excluded.", [("pneumothorax", Certainty.UNLIKELY, None)]),
        ("There is a pericardial effusion.", []),  # it bears the name and is another thing
        ("Subcutaneous emphysema.", []),
    ],
)
def test_scope_reaches_as_far_as_it_should(text, heard):
    sides = {"left": Laterality.LEFT, "right": Laterality.RIGHT, "both": Laterality.BOTH, None: None}
    assert stated(text) == [Statement(code, sure, sides[side]) for code, sure, side in heard]


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("Small left pleural effusion.", ["small"]),
        ("The effusion is large.", ["large"]),
        ("Cardiomegaly and a small effusion.", [None, "small"]),
        ("Small left lung spot.", [None]),  # the spot's plain name, not a size
    ],
)
def test_a_size_belongs_to_the_finding_it_stands_with(text, sizes):
    assert [s.severity for s in stated(text)] == sizes


def test_a_suspicious_shadow_in_a_list_of_what_is_absent_is_absent_with_the_rest():
    heard = stated(
        "No focal consolidation, suspicious opacity, large effusion, or pneumothorax is identified."
    )

    assert {s.code for s in heard} == {"consolidation", "effusion", "pneumothorax"}
    assert not any(s.present for s in heard)
    assert [s.certainty for s in stated("No effusion, suspicious for edema.")][1] is Certainty.POSSIBLE


@pytest.mark.parametrize(
    "text",
    [
        "No change in the right pneumothorax.",
        "No significant interval change in the right pneumothorax.",
        "Right pneumothorax is not significantly changed.",
        "Right pneumothorax has not resolved.",
        "Right pneumothorax has not yet cleared.",
        "Right pneumothorax has partly resolved.",
        "Right pneumothorax is not large.",
        "No increase in the known right pneumothorax.",
        "There is a right pneumothorax, its size was not assessed.",
        "No abnormality other than a right pneumothorax.",
        "No effusion; pneumothorax is difficult to exclude on the right.",
    ],
)
def test_what_denies_only_a_change_a_size_or_all_else_leaves_the_finding_there(text):
    heard = [s for s in stated(text) if s.code == "pneumothorax"]

    assert [(s.present, s.laterality) for s in heard] == [(True, Laterality.RIGHT)]


@pytest.mark.parametrize(
    "text",
    [
        "Pneumothorax isn't seen.",
        "There is not a large pneumothorax.",
        "No large pneumothorax.",
        "No new pneumothorax.",
        "Pneumothorax has resolved.",
        "Previous pneumothorax has cleared.",
        "Interval resolution of the pneumothorax.",
        "Effusion is present, pneumothorax is absent.",
    ],
)
def test_what_is_gone_or_was_never_there_is_absent(text):
    assert [s.present for s in stated(text) if s.code == "pneumothorax"] == [False]


@pytest.mark.parametrize(
    "text",
    [
        "History of pneumothorax.",
        "No history of pneumothorax.",
        "Evaluate for pneumothorax.",
        "Rule out pneumothorax.",
        "Follow-up of known pneumothorax.",
        "Family history of lung mass.",
        "Status post pneumothorax.",
        "There was a pneumothorax on the prior film.",
        "Pneumothorax two years ago.",
        "Mass was not assessed.",
    ],
)
def test_a_history_a_question_and_a_silence_state_nothing(text):
    assert stated(text) == []


def test_a_history_ends_where_the_sentence_comes_back_to_the_film():
    assert [s.code for s in stated("History of pneumonia, now with a left effusion.")] == ["effusion"]
    assert [s.code for s in stated("History of pneumonia with a left effusion.")] == ["effusion"]
    assert [s.code for s in stated("Follow-up of pneumonia shows a left effusion.")] == ["effusion"]
    assert [s.code for s in stated("Left effusion in a patient with a history of pneumonia.")] == ["effusion"]


@pytest.mark.parametrize(
    "dictated",
    [
        "Heart size is normal, left pneumothorax.",
        "The heart is normal, large left pneumothorax.",
        "Normal heart size and left pneumothorax.",
        "Costophrenic angles are sharp, left pneumothorax.",
    ],
)
def test_what_is_normal_denies_nothing_after_it(dictated):
    assert [s.present for s in stated(dictated) if s.code == "pneumothorax"] == [True]
