import pytest

from engine.bedside import measure_objection, measures_in, number_objection, person_objection
from engine.facts import Facts, Measure
from triage.study import Sex

FACTS = Facts(
    not_assessed=("mass", "nodule"),
    measures=(Measure("spo2_pct", 88.0, low=True), Measure("heart_rate_bpm", 118.0, low=False)),
    age=68,
    sex=Sex.FEMALE,
)


def test_values_are_heard_by_their_names_and_by_their_illness():
    assert measures_in("Hypoxia and tachycardia.") == ["spo2_pct", "heart_rate_bpm"]
    assert measures_in("The lungs are clear.") == []


@pytest.mark.parametrize(
    ("sentence", "because"),
    [
        ("low oxygen of 88 % and a fast pulse of 118.", ""),
        ("pulse 118 (high), oxygen 88 % (low).", ""),
        ("oxygen 118 % (low) and pulse 88 (high).", "number"),
        ("oxygen is normal (88).", "high or low"),
        ("bradycardia of 118.", "high, not low"),
        ("lactate is high.", "not among the facts"),
    ],
)
def test_each_value_keeps_its_number_and_its_direction(sentence, because):
    said = measure_objection(sentence, FACTS)
    assert because in said if because else said == ""


def test_counts_and_ages_are_no_bedside_values():
    assert number_objection("2 findings not assessed.", FACTS) == ""
    assert "number 3" in number_objection("3 findings not assessed.", FACTS)
    assert number_objection("a 68-year-old woman.", FACTS) == ""
    assert number_objection("2 findings are very likely.", FACTS)


@pytest.mark.parametrize(
    ("sentence", "because"),
    [
        ("a 68-year-old woman.", ""),
        ("her oxygen is low.", ""),
        ("a 68-year-old man.", "sex"),
        ("a woman of 86.", "age"),
        ("the patient is not a woman of 68.", "denies"),
    ],
)
def test_the_person_is_the_one_on_record(sentence, because):
    said = person_objection(sentence, FACTS)
    assert because in said if because else said == ""
