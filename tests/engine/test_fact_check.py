from dataclasses import replace

import pytest

from engine.fact_check import check, loose, objection
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

UNNAMED = Facts(
    unlikely=("edema", "effusion", "infiltration", "pneumonia"),
    not_assessed=("mass", "nodule"),
    measures=(Measure("crp_mg_l", 84.0, low=False), Measure("spo2_pct", 93.0, low=True)),
    abnormal=Certainty.PROBABLE,
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
        ("Pleural effusion is very likely.", "on the left"),  # the side is left out
        ("Pneumonia of the right lung is possible.", "side of pneumonia is not known"),
        ("Pneumonia is very likely.", "possible"),  # inflated certainty
        ("A mass is possible.", "not assessed"),
        ("No mass.", "not assessed"),  # silence read as absence
        ("Oxygen low (78).", "number 78"),
        ("Oxygen is high (88).", "low, not high"),
        ("Bedside: 88 % low.", "measures"),
        ("Bedside: SpO₂ 88 % (possible).", "high or low"),
        ("Temperature high (39).", "bedside value"),
        ("Pleural effusion on the left has increased.", "change"),
        ("Compared with the previous film there is effusion on the left.", "prior"),
        ("A rib fracture is seen.", "nobody looked for"),
        ("Pneumothoraxosis is unlikely.", "pneumothoraxosis"),  # a word the model made up
        ("Oxygen low (88) and SBP low.", "sbp"),
        ("The lungs are clear.", "not clear"),
        ("No abnormality is likely on this film.", "not clear"),
        ("Pneumothorax is unlikely, but it is present.", "does not name"),
        ("Pleural effusion on the left is very likely; also on the right.", "a side to nothing"),
        ("Edema is unlikely, seen on the right.", "two things"),
        ("No pneumothorax, edema is seen.", "told apart"),
        ("Mass on the left was not assessed.", "neither there nor absent"),
        ("History of edema.", "a history or a question"),
        ("Rule out pneumothorax.", "a history or a question"),
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


def test_what_is_said_twice_is_said_once():
    checked = check("Pneumonia is possible. Possible pneumonia. Oxygen low (88). Oxygen is low.", FACTS)

    assert checked.kept == ("Pneumonia is possible.", "Oxygen low (88).")
    assert {reason for _, reason in checked.removed} == {"it says the same again"}


@pytest.mark.parametrize(
    "sentence",
    [
        "A radiologist should confirm this.",
        "This film is probably abnormal, but no single finding stands out.",
        "2 findings not assessed.",
        "Bedside: SpO₂ 93 % (low).",
    ],
)
def test_a_model_that_repeats_itself_is_heard_once(sentence):
    checked = check("\n".join([sentence] * 9), UNNAMED)

    assert checked.kept == (sentence,)
    assert {reason for _, reason in checked.removed} == {"it says the same again"}


def test_two_values_keep_their_own_numbers_and_directions():
    two = Facts(measures=(Measure("spo2_pct", 88.0, low=True), Measure("temperature_c", 39.1, low=False)))

    assert objection("Bedside: SpO₂ 88 % (low) and Temperature 39.1 °C (high).", two) == ""
    assert objection("Bedside: SpO₂ 39.1 % (low) and Temperature 88 °C (high).", two)
    assert objection("Bedside: SpO₂ 88 % (high) and Temperature 39.1 °C (low).", two)
    assert objection("39.1 % SpO₂ (low) and 88 °C Temperature (high).", two)


CLEAR_WORDS = (
    "No abnormality is likely on this film.",
    "This film is unlikely to be abnormal.",
    "The film shows nothing that is likely to be abnormal.",
    "The lungs are clear.",
    "The lungs are clear and pneumonia is unlikely.",
    "No pleural effusion or other abnormality.",
)


@pytest.mark.parametrize("outlook", list(Certainty))
@pytest.mark.parametrize("sentence", CLEAR_WORDS)
def test_a_film_is_called_clear_only_when_it_is_unlikely_to_be_abnormal(sentence, outlook):
    allowed = not objection(sentence, replace(UNNAMED, abnormal=outlook))

    assert allowed is (outlook is Certainty.UNLIKELY)
    assert objection(sentence, replace(FACTS, abnormal=outlook))  # a finding is at least possible


@pytest.mark.parametrize("outlook", list(Certainty))
def test_an_abnormal_film_is_called_so_with_its_own_certainty(outlook):
    said = {
        Certainty.POSSIBLE: "This film is possibly abnormal, but no single finding stands out.",
        Certainty.PROBABLE: "This film is probably abnormal, but no single finding stands out.",
        Certainty.VERY_LIKELY: "This film is very likely abnormal, but no single finding stands out.",
        Certainty.NOT_ASSESSED: "No finding stands out, but whether this film is abnormal was not assessed.",
    }
    for meant, sentence in said.items():
        assert bool(objection(sentence, replace(UNNAMED, abnormal=outlook))) is (meant is not outlook)
        assert objection(sentence, replace(FACTS, abnormal=outlook))  # a finding does stand out


@pytest.mark.parametrize(
    ("sentence", "because"),
    [
        ("C-reactive protein 84 mg/L (high) and SpO₂ 93 % (low) are possible", "neither doubted nor denied"),
        ("C-reactive protein 84 mg/L is likely high", "neither doubted nor denied"),
        ("Possible: C-reactive protein 84 mg/L (high)", "neither doubted nor denied"),
        ("C-reactive protein 84 mg/L is not high", "neither doubted nor denied"),
        ("Bedside: C-reactive protein 84 mg/L (low)", "high, not low"),
        ("Bedside: C-reactive protein 93 mg/L (high)", "number 93"),
        ("Bedside: C-reactive protein mg/L (high)", "bedside value"),
        ("Bedside: pneumonia is unlikely", "bedside value"),
        ("(bedside)", "bedside value"),
        ("Not assessed: edema.", "not among what was not assessed"),
        ("Pneumonia not assessed.", "not among what was not assessed"),
        ("No finding could be assessed on this film.", "probable"),
        ("84 findings not assessed.", "number 84"),
        ("A radiologist", "says nothing"),
        ("This film.", "says nothing"),
        ("Tell the treating team now, and have a radiologist confirm.", "at once"),
        ("Pulmonary is unlikely.", "pulmonary"),  # half a name
        ("No fever.", "bedside value"),
    ],
)
def test_what_an_unnamed_film_does_not_support_goes(sentence, because):
    assert because in objection(sentence, UNNAMED)


@pytest.mark.parametrize(
    "sentence",
    [
        "Bedside: C-reactive protein 84 mg/L (high) and SpO₂ 93 % (low).",
        "CRP high (84).",
        "Pneumonia is unlikely, CRP is high (84).",
        "Not assessed: mass and nodule.",
        "2 findings not assessed.",
        "No pulmonary edema, pleural effusion, infiltration or pneumonia.",
        "Please have a radiologist confirm this.",
    ],
)
def test_what_an_unnamed_film_supports_stays(sentence):
    assert objection(sentence, UNNAMED) == ""


def test_nothing_assessed_is_said_only_when_nothing_was():
    assert objection("No finding could be assessed on this film.", Facts()) == ""
    assert "some findings" in objection(
        "No finding could be assessed on this film.", Facts(unlikely=("edema",))
    )


def test_a_call_is_made_only_for_a_critical_finding_that_is_at_least_probable():
    call = "Tell the treating team now, and have a radiologist confirm."
    probable = Facts(present=(Fact("pneumothorax", Certainty.PROBABLE),))

    assert objection(call, probable) == ""
    assert objection(call, Facts(present=(Fact("pneumothorax", Certainty.POSSIBLE),)))


@pytest.mark.parametrize(
    "claim",
    [
        "Pneumothorax on the right is probable; the treating team was told.",
        "The team has been informed.",
        "Treating team told.",
        "Probable right pneumothorax, seen by a radiologist.",
    ],
)
def test_nobody_is_said_to_have_been_told_when_nobody_was(claim):
    found = Facts(present=(Fact("pneumothorax", Certainty.PROBABLE, Laterality.RIGHT),))

    assert objection(claim, found) == "nobody has told it or been told"
    assert objection("The treating team should be told now.", found) == ""
    assert objection("Tell the treating team now.", found) == ""


def test_what_is_unsaid_of_a_film_without_findings_is_missed():
    assert check("Pneumonia is unlikely.", UNNAMED).film_unsaid
    assert not check("This film is probably abnormal, but no single finding stands out.", UNNAMED).film_unsaid
    assert not check("Pneumonia is possible.", FACTS).film_unsaid


@pytest.mark.parametrize(
    ("clause", "because"),
    [
        ("it is present", "does not name"),
        ("pneumothorax is unlikely because it is seen", "does not name"),
        ("also on the right", "a side to nothing"),
        ("oxygen is low (88) on the right", "a side to nothing"),
        ("is likely", "does not name"),
        ("not seen", "does not name"),
        ("pneumothorax is unlikely, seen on the right", "two things"),
        ("pneumothorax is present and unlikely", "two things"),
        ("no pneumothorax, pneumonia is seen", "told apart"),
        ("no pneumothorax or edema and pneumonia is seen", "told apart"),
        ("a mass is seen, not assessed", "neither there nor absent"),
        ("possible mass, not assessed", "neither there nor absent"),
    ],
)
def test_what_leans_on_another_clause_is_noticed(clause, because):
    assert because in loose(clause, has_step=False)


@pytest.mark.parametrize(
    "clause",
    [
        "it is unlikely that there is a pneumothorax",
        "both lungs are clear",
        "no single finding stands out",
        "oxygen is low (88)",
        "no pneumothorax, edema or pneumonia is seen",
        "no edema and mass are seen",
        "no pneumothorax and no effusion is seen",
        "probable left effusion is seen",
        "not assessed: mass, nodule",
        "mass, nodule and hernia: not assessed",
    ],
)
def test_what_stands_by_itself_is_not(clause):
    assert loose(clause, has_step=False) == ""


def test_a_next_step_may_say_it():
    assert loose("it has to be confirmed by a radiologist", has_step=True) == ""
    assert loose("a radiologist should confirm that it is present", has_step=True)
