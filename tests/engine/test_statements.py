import pytest

from engine.clauses import sentences
from engine.form import malformed
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


def test_sentences_keep_every_word():
    text = "- Effusion is likely\n- Oxygen 88.5 % (low)\nA second line. And a third."

    parts = sentences(text)

    assert parts == ["- Effusion is likely", "- Oxygen 88.5 % (low)", "A second line.", "And a third."]


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
    ("sentence", "because"),
    [
        ("SpO₂ 92 % (low.", "bracket"),
        ("Pneumonia) is possible.", "bracket"),
        ("Bedside: film abnormal: probable", "more than one label"),
        ("Film: Bedside: C-reactive protein 46 mg/L (high)", "more than one label"),
        ("Bedside: Bedside: Respiratory rate 33 /min (high)", "more than one label"),
        ("Possible: pneumonia is possible.", "label twice"),
        ("Bedside: SpO₂ 87 % (bedside)", "label twice"),
        ("- Film abnormal: possible", "label film abnormal"),
        ("Film: pneumonia is possible.", "label film"),
        ("No pulmonary edema, pleural effusion and infiltration are unlikely.", "denies twice"),
        ("Pneumonia is not unlikely.", "denies twice"),
        ("No abnormality is unlikely on this film.", "denies twice"),
        ("It is unlikely that the lungs are clear.", "denies twice"),
        (
            "No pulmonary edema, pleural effusion, infiltration and pneumonia are probable.",
            "denies and doubts",
        ),
        ("Cardiomegaly without edema is possible.", "denies and doubts"),
        ("Mass not assessed and pneumothorax is very likely.", "denies and doubts"),
        ("Pneumonia and very likely effusion are possible.", "two ways"),
        ("This film is possibly abnormal, but no single finding stands.", "breaks off"),
        ("Pleural effusion on the", "breaks off"),
        ("Please have a radiologist.", "breaks off"),
        ("This film is possibly abnormal, but no.", "breaks off"),
        ("Emphysema on the is very likely.", "left out"),
        ("Pneumonia is very possible.", "left out"),
        ("and pleural effusion is possible.", "in the middle"),
        ("Pneumonia is possible. possible.", "two sentences"),
        ("- Edema is unlikely - Mass is unlikely", "two sentences"),
        ("Edema is unlikely unlikely.", "stutters"),
        ("13 findings not 13 findings not assessed.", "stutters"),
        ("Not assessed: mass, nodule, mass, nodule.", "names mass twice"),
    ],
)
def test_a_sentence_of_two_meanings_or_none_is_malformed(sentence, because):
    assert because in malformed(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Bedside: SpO₂ 92 % (low).",
        "Possible: pneumonia on the right.",
        "Pneumonia: possible.",
        "Pneumothorax: no.",
        "Not assessed: mass, nodule.",
        "Pneumonia is not likely.",
        "No pulmonary edema, pleural effusion or infiltration.",
        "No edema; pneumonia is possible.",
        "Cardiomegaly is possible without edema.",
        "Pneumothorax cannot be excluded.",
        "Pneumothorax could not be excluded.",
        "Edema is unlikely and pneumothorax is unlikely.",
        "Pleural effusion is very likely, with possible pneumonia.",
        "Mass on the left and mass on the right are possible.",
        "Partly collapsed left lung, lung scarring and mass in both lungs are possible.",
        "No abnormality is likely on this film.",
        "This film is possibly abnormal, but no single finding stands out.",
        "Tell the treating team now, and have a radiologist confirm.",
        "D-dimer high (0.8).",
    ],
)
def test_a_sentence_of_one_meaning_is_well_formed(sentence):
    assert malformed(sentence) == ""


def test_a_suspicious_shadow_in_a_list_of_what_is_absent_is_absent_with_the_rest():
    heard = stated(
        "No focal consolidation, suspicious opacity, large effusion, or pneumothorax is identified."
    )

    assert {s.code for s in heard} == {"consolidation", "effusion", "pneumothorax"}
    assert not any(s.present for s in heard)
    assert [s.certainty for s in stated("No effusion, suspicious for edema.")][1] is Certainty.POSSIBLE
