"""Bedside values as the sixteen numbers of the clinical vector x."""

import math

import torch
from torch import Tensor

from engine.model.config import CLINICAL
from triage.study import Sex
from triage.vitals import Consciousness, Vitals

LIMIT = 4.0
"""No value may count for more than four scales, however wild the measurement."""


def clinical_vector(vitals: Vitals | None, age: float | None, sex: Sex = Sex.UNKNOWN) -> Tensor:
    """Say what is known about the patient in the order the weights were trained with.

    Args:
        vitals: units as in `triage.vitals.PARAMETERS`; None when nothing was measured.
        age: years, or None.
        sex: other and unknown count as not known.

    Returns: [16] float32, (value - centre) / scale clipped to +-4, NaN where not measured.
    """
    known = _known(vitals, age, sex)
    slots = [(known.get(slot, math.nan) - centre) / scale for slot, (centre, scale) in CLINICAL.items()]
    return torch.tensor(slots, dtype=torch.float32).clamp(-LIMIT, LIMIT)


def _known(vitals: Vitals | None, age: float | None, sex: Sex) -> dict[str, float]:
    known: dict[str, float] = dict(vitals.values) if vitals else {}
    if age is not None:
        known["age_years"] = float(age)
    if sex in {Sex.MALE, Sex.FEMALE}:
        known["male"] = float(sex is Sex.MALE)
    if vitals and vitals.on_oxygen is not None:
        known["on_oxygen"] = float(vitals.on_oxygen)
    if vitals and vitals.consciousness is not None:
        known["not_alert"] = float(vitals.consciousness is not Consciousness.ALERT)
    return known
