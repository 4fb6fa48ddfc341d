import math

import pytest
import torch

from engine.model.clinical import LIMIT, clinical_vector
from engine.model.config import CLINICAL
from tests.builders import vitals
from triage.study import Sex
from triage.vitals import PARAMETERS, Consciousness

SLOTS = list(CLINICAL)


def test_the_order_and_constants_belong_to_the_weights():
    assert SLOTS[:6] == ["age_years", "male", "temperature_c", "spo2_pct", "on_oxygen", "heart_rate_bpm"]
    assert len(SLOTS) == 16
    assert set(PARAMETERS) < set(SLOTS)


def test_nothing_measured_is_not_zero():
    assert torch.isnan(clinical_vector(None, None)).all()


def test_each_value_lands_in_its_slot_scaled():
    x = clinical_vector(vitals(spo2_pct=88.0), 75, Sex.MALE)

    assert x[SLOTS.index("spo2_pct")] == pytest.approx((88 - 96) / 4)
    assert x[SLOTS.index("age_years")] == pytest.approx(1.0)
    assert x[SLOTS.index("male")] == pytest.approx(1.0)
    assert math.isnan(x[SLOTS.index("glucose_mmol_l")])


def test_a_wild_value_counts_for_four_scales_at_most():
    assert clinical_vector(vitals(crp_mg_l=900.0), None)[SLOTS.index("crp_mg_l")] == LIMIT


def test_awake_and_oxygen_are_yes_no_or_unknown():
    awake = clinical_vector(vitals(on_oxygen=False, consciousness=Consciousness.ALERT), None)
    drowsy = clinical_vector(vitals(on_oxygen=True, consciousness=Consciousness.VOICE), None)

    for slot in ("on_oxygen", "not_alert"):
        assert awake[SLOTS.index(slot)] == -1
        assert drowsy[SLOTS.index(slot)] == 1


@pytest.mark.parametrize("sex", [Sex.OTHER, Sex.UNKNOWN])
def test_a_sex_the_films_did_not_have_is_not_guessed(sex):
    assert math.isnan(clinical_vector(None, None, sex)[SLOTS.index("male")])


@pytest.mark.parametrize("code", sorted(set(PARAMETERS) - {"days_since_onset"}))
def test_what_is_published_as_normal_is_never_cut_off(code):
    centre, scale = CLINICAL[code]
    assert all(abs((value - centre) / scale) < LIMIT for value in PARAMETERS[code].normal)
