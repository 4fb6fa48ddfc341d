import pytest

from engine.fact_check import check, objection
from engine.facts import Fact, Facts, Measure
from triage.finding import Certainty, Laterality

FACTS = Facts(
    present=(
        Fact("effusion", Certainty.VERY_LIKELY, Laterality.LEFT),
        Fact("pneumonia", Certainty.POSSIBLE),
    ),
    unlikely=("edema", "pneumothorax"),
    not_assessed=("mass",),
    measures=(Measure("spo2_pct", 88.0, low=True),),
    abnormal=Certainty.VERY_LIKELY,
)


@pytest.mark.parametrize(
    "sentence",
    [
        "Pleural effusion on the left is very likely.",
        "There is a left pleural effusion.",
        "Pneumonia is possible.",
        "No pneumothorax.",
        "Edema is unlikely.",
        "Oxygen low (88).",
        "A radiologist should confirm this.",
    ],
)
def test_a_supported_sentence_stays(sentence):
    assert objection(sentence, FACTS) == ""


@pytest.mark.parametrize(
    ("sentence", "because"),
    [
        ("There is no pleural effusion.", "very likely"),  # flipped negation
        ("Pneumothorax is very likely.", "unlikely"),  # added finding
        ("Pleural effusion on the right is very likely.", "on the left"),  # flipped side
        ("Pneumonia of the right lung is possible.", "side of pneumonia is not known"),
        ("Pneumonia is very likely.", "possible"),  # inflated certainty
        ("A mass is possible.", "not assessed"),
        ("No mass.", "not assessed"),  # silence read as absence
        ("Oxygen low (78).", "number 78"),
        ("Oxygen is high (88).", "low, not high"),
        ("Bedside: 88 % low.", "measures"),
        ("Bedside: SpO₂ 88 % (possible).", "high or low"),
        ("Temperature high (39).", "bedside value"),
        ("Pleural effusion has increased.", "change"),
        ("Compared with the previous film there is effusion on the left.", "prior"),
        ("A rib fracture is seen.", "nobody looked for"),
        ("Pneumothoraxosis is unlikely.", "pneumothoraxosis"),  # a word the model made up
        ("Oxygen low (88) and SBP low.", "sbp"),
        ("The lungs are clear.", "not clear"),
        ("No abnormality is likely on this film.", "not clear"),
    ],
)
def test_a_planted_fault_is_caught(sentence, because):
    assert because in objection(sentence, FACTS)


def test_what_goes_is_kept_with_its_reason_and_what_is_unsaid_is_missed():
    checked = check("Pneumonia is possible. Pneumothorax is very likely.", FACTS)

    assert checked.kept == ("Pneumonia is possible.",)
    assert checked.removed == (("Pneumothorax is very likely.", "pneumothorax is unlikely"),)
    assert [fact.code for fact in checked.missing] == ["effusion"]
    assert [m.code for m in checked.missing_measures] == ["spo2_pct"]
    assert not checked.mostly_false


def test_a_text_of_falsehoods_is_mostly_false():
    assert check("A mass is possible. Edema is likely. Pneumonia is possible.", FACTS).mostly_false
    assert check("", FACTS).mostly_false


def test_what_is_said_twice_is_said_once():
    checked = check("Pneumonia is possible. Possible pneumonia. Oxygen low (88). Oxygen is low.", FACTS)

    assert checked.kept == ("Pneumonia is possible.", "Oxygen low (88).")
    assert {reason for _, reason in checked.removed} == {"it says the same again"}


def test_two_values_keep_their_own_numbers_and_directions():
    two = Facts(measures=(Measure("spo2_pct", 88.0, low=True), Measure("temperature_c", 39.1, low=False)))

    assert objection("Bedside: SpO₂ 88 % (low) and Temperature 39.1 °C (high).", two) == ""
    assert objection("Bedside: SpO₂ 39.1 % (low) and Temperature 88 °C (high).", two)
    assert objection("Bedside: SpO₂ 88 % (high) and Temperature 39.1 °C (low).", two)
