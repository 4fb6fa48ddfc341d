import pytest

from dashboard.parts.model_record import ModelRecord
from dashboard.parts.simulator_room import EXAMPLE, arguments, classes, enough, model_rates, table
from triage.errors import BadSetting
from triage.waiting.classes import read_classes
from triage.waiting.draws import Observed, read_observed
from triage.waiting.setting import Setting, checked


def test_percent_become_shares_and_what_is_not_given_is_left_out():
    said = arguments(
        {"readers": 2, "traffic": 80.0, "max_wait": None, "discipline": "fifo", "read_minutes": 7.5}
    )
    assert said == ["--readers", "2", "--traffic", "0.8", "--discipline", "fifo", "--read-minutes", "7.5"]


def test_large_numbers_are_written_whole():
    assert arguments({"studies": 20_000, "trials": 10}) == ["--studies", "20000", "--trials", "10"]


def test_the_example_is_a_room_that_can_be():
    groups = read_classes(classes(EXAMPLE))
    checked(Setting(groups, 0.8, 2))
    assert [d.name for g in groups for d in g.diseases if not d.has_ai] == ["rib fracture", "limb fracture"]


def test_a_name_stays_a_name():
    row = EXAMPLE[0] | {"group": 'a "b"]\n[x', "share": 100}
    assert read_classes(classes([row]))[0].name == 'a "b"]\n[x'


@pytest.mark.parametrize("empty", [None, "", float("nan")])
def test_empty_cells_are_empty_however_they_come(empty):
    row = EXAMPLE[0] | {"share": 100, "sensitivity": empty, "specificity": empty}
    assert not read_classes(classes([row, dict.fromkeys(row, empty)]))[0].diseases[0].has_ai
    with pytest.raises(BadSetting, match="Row 1 of the diseases lacks “of the group, %”"):
        classes([row | {"prevalence": empty}])
    with pytest.raises(BadSetting, match="is empty"):
        classes([dict.fromkeys(row, empty)])


def test_rows_of_one_group_must_agree():
    with pytest.raises(BadSetting, match="The rows of the group chest film differ in “of all, %”"):
        classes([EXAMPLE[0], EXAMPLE[1] | {"share": 60}])


def test_what_a_house_saw_comes_back_from_its_table():
    own = Observed(tuple(i * 1.5 for i in range(120)), tuple(4.0 + i % 3 for i in range(110)))
    again = read_observed(table(own))
    assert again.arrivals == pytest.approx(own.arrivals)
    assert again.minutes == own.minutes
    assert enough(own)
    assert not enough(Observed(own.arrivals, own.minutes[:99]))


BINS = [{"n": 80, "p": 0.1, "share": 0.05}, {"n": 20, "p": 0.7, "share": 0.8}]
LOW = [{"n": 50, "p": 0.2, "share": 0.2}]
EFFUSION = {"sensitivity": 80.0, "specificity": 95.0, "n": 100, "positives": 20}


def a_record(answered, **papers):
    return ModelRecord(calibration={name: {"assessed": True} for name in answered}, **papers)


def test_the_models_own_rates_come_from_the_tenths_of_its_validation_films():
    run = {"val": {"effusion": {"after": {"bins": BINS}}, "mass": {"after": {"bins": LOW}}, "hernia": {}}}
    assert model_rates(a_record(["effusion", "mass", "hernia", "unknown"], run=run)) == {"effusion": EFFUSION}
    assert model_rates(a_record(["mass"], run=run)) == {}
    assert model_rates(ModelRecord()) == {}


def test_an_evaluation_goes_before_the_record_of_the_training():
    run = {"val": {"effusion": {"after": {"bins": BINS}}}}
    labels = {
        "effusion": {"auc": 0.9, "bins": [{**b, "n": 2 * b["n"]} for b in BINS]},
        "mass": {"bins": None},
    }
    found = model_rates(a_record(["effusion", "mass"], run=run, evaluation={"labels": labels}))
    assert found == {"effusion": EFFUSION | {"n": 200, "positives": 40}}
