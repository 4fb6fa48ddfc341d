from datetime import UTC, datetime

import pytest

from engine.simulated.bedside import CONDITIONS, course, measured
from triage.vitals import early_warning, rise

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)


def score(condition, seed=1):
    return early_warning(measured(condition, AT, seed)).total


@pytest.mark.parametrize("condition", sorted(CONDITIONS))
@pytest.mark.parametrize("seed", range(5))
def test_every_condition_gives_values_a_living_patient_has(condition, seed):
    vitals = measured(condition, AT, seed)
    assert len(vitals.values) >= 11
    assert early_warning(vitals).missing == ()
    assert vitals == measured(condition, AT, seed)


def test_the_sick_look_sick_at_the_bedside():
    for seed in range(10):
        assert score("well", seed) <= 2
        assert score("collapsed lung", seed) >= 7
        assert score("sepsis", seed) >= 7
        assert 1 <= score("infection", seed) <= 9


def test_a_collapsed_lung_breathes_fast_and_lacks_oxygen():
    values = measured("collapsed lung", AT, 3).values
    assert values["resp_rate_bpm"] > 25
    assert values["spo2_pct"] < 92


def test_chronic_lung_disease_is_scored_on_its_own_scale():
    assert measured("chronic lung", AT, 1).hypercapnic


def test_who_is_very_ill_now_got_worse_over_hours_and_nobody_else_was_watched():
    ill = measured("sepsis", AT, 1)
    before = course(ill)
    scores = [early_warning(vitals).total for vitals in (*before, ill)]
    assert scores == sorted(scores)
    assert rise((*before, ill)) >= 3
    assert [vitals.measured_at for vitals in before] == sorted(v.measured_at for v in before)
    assert before[-1].measured_at < ill.measured_at
    assert all("crp_mg_l" not in vitals.values for vitals in before)
    assert course(measured("well", AT, 1)) == ()
