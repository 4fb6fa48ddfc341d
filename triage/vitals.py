"""Vital signs and laboratory values with unit and time, and the early-warning score."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from triage.errors import BadVitals


@dataclass(frozen=True)
class Parameter:
    """One measurement: its unit, what a living patient can have, and what calls for no attention.

    `normal` is the band that NEWS2 gives no points for and otherwise what a healthy adult has; the facts a model is
    told go by it. `loinc` is the code a FHIR Observation carries.
    """

    code: str
    label: str
    unit: str
    lowest: float
    highest: float
    normal: tuple[float, float]
    loinc: str

    @property
    def reference(self) -> tuple[float, float]:
        """What a screen calls neither low nor high."""
        return _REFERENCES.get(self.code, self.normal)


_REFERENCES = {"systolic_mmhg": (111.0, 139.0), "diastolic_mmhg": (60.0, 89.0)}
REFERENCE_SOURCE = (
    "NEWS2 gives no points from 36.1 to 38.0 °C, 96 to 100 %, 51 to 90 and 12 to 20 a minute, and from 111 mmHg systolic; "
    "hypertension begins at 140/90 mmHg (ESC/ESH 2018)"
)
"""Where the references of the vital signs come from; NEWS2 gives no points up to 219 mmHg, which nobody calls normal."""

PARAMETERS: dict[str, Parameter] = {
    p.code: p
    for p in (
        Parameter("temperature_c", "Temperature", "°C", 25.0, 45.0, (36.1, 38.0), "8310-5"),
        Parameter("spo2_pct", "SpO₂", "%", 30.0, 100.0, (96.0, 100.0), "59408-5"),
        Parameter("heart_rate_bpm", "Heart rate", "/min", 20.0, 300.0, (51.0, 90.0), "8867-4"),
        Parameter("resp_rate_bpm", "Respiratory rate", "/min", 3.0, 80.0, (12.0, 20.0), "9279-1"),
        Parameter("systolic_mmhg", "Systolic pressure", "mmHg", 40.0, 300.0, (111.0, 219.0), "8480-6"),
        Parameter("diastolic_mmhg", "Diastolic pressure", "mmHg", 15.0, 200.0, (60.0, 90.0), "8462-4"),
        Parameter("glucose_mmol_l", "Glucose", "mmol/L", 0.5, 60.0, (3.9, 7.8), "15074-8"),
        Parameter("white_cells_g_l", "White cells", "10⁹/L", 0.0, 500.0, (4.0, 11.0), "6690-2"),
        Parameter("crp_mg_l", "C-reactive protein", "mg/L", 0.0, 1000.0, (0.0, 5.0), "1988-5"),
        Parameter("ddimer_mg_l", "D-dimer", "mg/L FEU", 0.0, 200.0, (0.0, 0.5), "48065-7"),
        Parameter("lactate_mmol_l", "Lactate", "mmol/L", 0.0, 40.0, (0.5, 2.0), "2524-7"),
        Parameter("days_since_onset", "Days since onset", "days", 0.0, 365.0, (0.0, 365.0), "63583-9"),
    )
}


class Consciousness(StrEnum):
    """How awake the patient is.

    Source: ACVPU, NEWS2 (Royal College of Physicians 2017).
    """

    ALERT = "alert"
    CONFUSED = "confused"
    VOICE = "voice"
    PAIN = "pain"
    UNRESPONSIVE = "unresponsive"


@dataclass(frozen=True)
class Vitals:
    """What was measured at the bedside at one time; what was not measured is absent, never zero.

    `values` maps a parameter's code to a number in the unit of `PARAMETERS`.

    Raises: BadVitals: a code nobody knows, no number, or a value no living patient has.
    """

    measured_at: datetime
    values: Mapping[str, float] = field(default_factory=dict)
    on_oxygen: bool | None = None
    consciousness: Consciousness | None = None
    hypercapnic: bool | None = None  # SpO₂ scale 2, on a clinician's word only; None when nobody said

    def __post_init__(self) -> None:
        for code, value in self.values.items():
            check_value(code, value)
        low, high = self.values.get("diastolic_mmhg"), self.values.get("systolic_mmhg")
        if low is not None and high is not None and low >= high:
            raise BadVitals(f"Diastolic pressure {low:g} mmHg is not below systolic {high:g} mmHg.")


STANDS_FOR = timedelta(hours=24)
"""How long a measurement counts beside newer ones of other parameters."""
_PRESSURES = {"systolic_mmhg", "diastolic_mmhg"}


def standing(measured: Sequence[Vitals]) -> Vitals | None:
    """Say how the patient stands: of each parameter the latest value, so that a partial update hides nothing.

    Args:
        measured: all measurements of a study, the latest last.

    Returns: one set of vitals with the time of the newest; None when nothing was measured. What is more than a day
        older than the newest no longer counts. The two pressures are taken from one measurement.
    """
    if not measured:
        return None
    newest = measured[-1].measured_at
    values: dict[str, float] = {}
    on_oxygen, consciousness, hypercapnic = None, None, None
    for vitals in (v for v in measured if newest - v.measured_at <= STANDS_FOR):
        if _PRESSURES & vitals.values.keys():
            values = {code: value for code, value in values.items() if code not in _PRESSURES}
        values |= vitals.values
        on_oxygen = on_oxygen if vitals.on_oxygen is None else vitals.on_oxygen
        consciousness = vitals.consciousness or consciousness
        hypercapnic = hypercapnic if vitals.hypercapnic is None else vitals.hypercapnic
    return Vitals(newest, values, on_oxygen, consciousness, hypercapnic)


_LOOKS_LIKE = {
    "glucose_mmol_l": "it looks like mg/dL: use the column glucose_mg_dl",
    "temperature_c": "it looks like °F: use the column temperature_f",
    "spo2_pct": "give it in per cent, 0.97 is 97",
}


def check_value(code: str, value: float) -> None:
    """Refuse a number that no living patient has.

    Raises: BadVitals: with the value, its bounds, and what the unit might have been.
    """
    parameter = PARAMETERS.get(code)
    if parameter is None:
        raise BadVitals(f"{code} is not a measurement Firstread knows.")
    if not math.isfinite(value):
        raise BadVitals(f"{parameter.label} is not a number.")
    if not parameter.lowest <= value <= parameter.highest:
        hint = f"; {_LOOKS_LIKE[code]}" if code in _LOOKS_LIKE else ""
        bounds = f"{parameter.lowest:g} to {parameter.highest:g} {parameter.unit}"
        raise BadVitals(f"{parameter.label} {value:g} lies outside {bounds}{hint}.")


@dataclass(frozen=True)
class EarlyWarning:
    """The NEWS2 score: its total, what each parameter gave, and what was not measured."""

    total: int
    points: Mapping[str, int]
    missing: tuple[str, ...]

    @property
    def single_three(self) -> bool:
        return 3 in self.points.values()


_BANDS: dict[str, tuple[tuple[float, int], ...]] = {  # (highest value of the band, its points)
    "resp_rate_bpm": ((8, 3), (11, 1), (20, 0), (24, 2), (math.inf, 3)),
    "systolic_mmhg": ((90, 3), (100, 2), (110, 1), (219, 0), (math.inf, 3)),
    "heart_rate_bpm": ((40, 3), (50, 1), (90, 0), (110, 1), (130, 2), (math.inf, 3)),
    "temperature_c": ((35.0, 3), (36.0, 1), (38.0, 0), (39.0, 1), (math.inf, 2)),
}
_SPO2_SCALE_1 = ((91, 3), (93, 2), (95, 1), (math.inf, 0))
_SPO2_SCALE_2_AIR = ((83, 3), (85, 2), (87, 1), (math.inf, 0))
_SPO2_SCALE_2_OXYGEN = ((83, 3), (85, 2), (87, 1), (92, 0), (94, 1), (96, 2), (math.inf, 3))


def _points(bands: tuple[tuple[float, int], ...], value: float) -> int:
    return next(points for highest, points in bands if value <= highest)


def early_warning(vitals: Vitals) -> EarlyWarning:
    """Score how ill the patient looks from the bedside; what was not measured adds nothing.

    Source: NEWS2, Royal College of Physicians 2017, chart 1. Values between two bands (36.05 °C) are rounded to
        the chart's precision first.
    """
    spo2: tuple[tuple[float, int], ...] = _SPO2_SCALE_1
    if vitals.hypercapnic:
        spo2 = _SPO2_SCALE_2_OXYGEN if vitals.on_oxygen else _SPO2_SCALE_2_AIR
    points: dict[str, int] = {}
    missing = []
    for code, bands in {**_BANDS, "spo2_pct": spo2}.items():
        value = vitals.values.get(code)
        if value is None:
            missing.append(code)
        else:
            points[code] = _points(bands, round(value, 1 if code == "temperature_c" else 0))
    if vitals.on_oxygen is None:
        missing.append("on_oxygen")
    else:
        points["on_oxygen"] = 2 if vitals.on_oxygen else 0
    if vitals.consciousness is None:
        missing.append("consciousness")
    else:
        points["consciousness"] = 0 if vitals.consciousness is Consciousness.ALERT else 3
    return EarlyWarning(sum(points.values()), points, tuple(missing))


def rise(measured: Sequence[Vitals]) -> int:
    """Say by how many points the patient stands worse now than at the best moment before.

    Args:
        measured: all measurements of a study, the latest last.

    Returns: the points of NEWS2 gained, 0 or more. Only parameters that were scored both times are compared: what is
        measured for the first time is news, not a change. Compared with the best moment and not the last one, so
        that a patient who goes on sinking keeps the alarm.
    """
    scores = [
        early_warning(standing(measured[:count]) or measured[0]) for count in range(1, len(measured) + 1)
    ]
    if not scores:
        return 0
    *before, now = (score.points for score in scores)
    gained = (sum(now[code] - then[code] for code in now.keys() & then.keys()) for then in before)
    return max((0, *gained))
