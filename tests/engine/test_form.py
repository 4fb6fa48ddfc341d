import pytest

from engine.form import malformed, qualifies_nothing


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


def test_a_grade_that_grades_nothing_is_noticed():
    assert qualifies_nothing("is likely")
    assert not qualifies_nothing("pneumonia is likely")
    assert not qualifies_nothing("this film is probably abnormal")
