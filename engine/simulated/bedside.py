"""What was measured at the bedsides of the demonstration: invented, and fitting the film."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from triage.vitals import PARAMETERS, Consciousness, Vitals, early_warning

_CODES = (
    "temperature_c",
    "spo2_pct",
    "heart_rate_bpm",
    "resp_rate_bpm",
    "systolic_mmhg",
    "diastolic_mmhg",
    "glucose_mmol_l",
    "white_cells_g_l",
    "crp_mg_l",
    "ddimer_mg_l",
    "lactate_mmol_l",
    "days_since_onset",
)
_SPREAD = (0.2, 0.7, 5, 1.2, 7, 4, 0.6, 0.15, 0.15, 0.15, 0.15, 0.3)  # the last five as a share of the value
_RELATIVE_FROM = 7
_DECIMALS = (1, 0, 0, 0, 0, 0, 1, 1, 0, 2, 1, 0)
#   condition            °C   SpO₂   pulse breaths sys dia glucose white CRP D-dimer lactate days
_TYPICAL = {
    "well": (36.7, 98, 72, 15, 126, 78, 5.3, 6.8, 3, 0.3, 1.0, 4),
    "anxious": (36.9, 99, 104, 19, 138, 84, 5.6, 7.2, 2, 0.3, 1.3, 1),
    "infection": (38.5, 94, 98, 21, 122, 74, 6.8, 13.5, 96, 0.8, 1.6, 5),
    "sepsis": (39.3, 90, 126, 28, 92, 54, 9.4, 19.0, 240, 1.9, 4.1, 3),
    "collapsed lung": (36.8, 88, 132, 32, 98, 62, 7.1, 9.5, 8, 0.7, 2.9, 0.4),
    "small collapse": (36.7, 95, 94, 20, 124, 76, 5.5, 7.6, 4, 0.4, 1.2, 1),
    "fluid": (37.0, 91, 102, 25, 118, 70, 7.4, 9.0, 34, 1.6, 1.7, 14),
    "little fluid": (36.9, 95, 86, 18, 130, 78, 6.3, 8.0, 18, 0.9, 1.1, 10),
    "heart failure": (36.5, 92, 108, 24, 156, 94, 8.2, 8.4, 12, 0.9, 1.9, 8),
    "stable heart failure": (36.6, 95, 88, 19, 144, 86, 7.7, 7.4, 7, 0.6, 1.2, 90),
    "chronic lung": (37.4, 89, 96, 24, 134, 78, 6.6, 11.0, 46, 0.7, 1.3, 4),
    "weight loss": (36.8, 96, 84, 17, 122, 74, 5.8, 9.2, 22, 0.8, 1.2, 60),
}
ON_OXYGEN = frozenset({"sepsis", "collapsed lung", "fluid", "chronic lung"})
CONDITIONS = frozenset(_TYPICAL)
_VITAL_SIGNS = _CODES[:6]
_WATCHED_FROM = 7  # points of NEWS2: "emergency response", so somebody measured before
_COURSE = ((timedelta(hours=9), 0.2), (timedelta(hours=6), 0.45), (timedelta(hours=3), 0.75))
"""How long before, and how far on the way from well to now."""
_RARELY_MEASURED = ("ddimer_mg_l", "lactate_mmol_l", "white_cells_g_l")


def measured(condition: str, at: datetime, seed: int) -> Vitals:
    """Vital signs and laboratory values of an invented patient, varied around what the condition typically shows.

    Args:
        condition: one of `CONDITIONS`.
        at: when they were taken, timezone-aware.
        seed: the same seed gives the same values; one laboratory value may be missing, as in life.
    """
    rng = np.random.default_rng([seed, 5])
    values: dict[str, float] = {}
    for number, (code, typical) in enumerate(zip(_CODES, _TYPICAL[condition], strict=True)):
        spread = _SPREAD[number] * (typical if number >= _RELATIVE_FROM else 1.0)
        allowed = PARAMETERS[code]
        drawn = float(np.clip(rng.normal(typical, spread), allowed.lowest, allowed.highest))
        values[code] = round(drawn, _DECIMALS[number])
    skipped = rng.choice([*_RARELY_MEASURED, ""])
    values.pop(str(skipped), None)
    drowsy = condition == "sepsis" and seed % 2 == 0
    return Vitals(
        at,
        values,
        on_oxygen=condition in ON_OXYGEN,
        consciousness=Consciousness.CONFUSED if drowsy else Consciousness.ALERT,
        hypercapnic=condition == "chronic lung",
    )


def course(latest: Vitals) -> tuple[Vitals, ...]:
    """What was measured in the hours before, the earliest first; nothing where nobody had a reason to watch.

    Args:
        latest: measured now. Earlier vital signs lie on the way from those of a well person; no blood was drawn then.
    """
    if early_warning(latest).total < _WATCHED_FROM:
        return ()
    before = replace(latest, on_oxygen=False, consciousness=Consciousness.ALERT)
    return tuple(
        replace(before, measured_at=latest.measured_at - ago, values=_on_the_way(latest, share))
        for ago, share in _COURSE
    )


def _on_the_way(latest: Vitals, share: float) -> dict[str, float]:
    well = dict(zip(_VITAL_SIGNS, _TYPICAL["well"], strict=False))
    return {
        code: round(well[code] + share * (latest.values[code] - well[code]), decimals)
        for code, decimals in zip(_VITAL_SIGNS, _DECIMALS, strict=False)
        if code in latest.values
    }
