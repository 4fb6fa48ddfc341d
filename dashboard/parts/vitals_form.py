"""Vital signs and laboratory values typed in: a unit and a range on every field, and what an empty one means."""

from datetime import datetime

import streamlit as st

from dashboard.parts import phrases
from dashboard.parts.look import draw, markup
from triage.errors import BadVitals
from triage.vitals import PARAMETERS, Consciousness, Parameter, early_warning
from triage.vitals_table import vitals_from

_STEPS = {
    "temperature_c": 0.1,
    "glucose_mmol_l": 0.1,
    "lactate_mmol_l": 0.1,
    "ddimer_mg_l": 0.1,
    "white_cells_g_l": 0.1,
}
_OXYGEN = {"": "not recorded", "no": "no, room air", "yes": "yes"}
_SCALES = {"": "as before, else scale 1", "no": "scale 1", "yes": "scale 2: hypercapnic failure"}


def _number(parameter: Parameter, key: str) -> str:
    step = _STEPS.get(parameter.code, 1.0)
    low, high = parameter.reference
    value = st.number_input(
        f"{parameter.label}, {parameter.unit}",
        min_value=parameter.lowest,
        max_value=parameter.highest,
        value=None,
        step=step,
        format="%.1f" if step < 1 else "%.0f",
        placeholder=f"{low:g} to {high:g}" if parameter.code != "days_since_onset" else "",
        key=f"{key}-{parameter.code}",
    )
    return "" if value is None else f"{value:g}"


def form(key: str) -> dict[str, str]:
    """Draw the fields.

    Args:
        key: names this form; another key is an empty form.

    Returns: column to text, as in a line of a table of vitals; what was left empty is not in it.
    """
    fields: dict[str, str] = {}
    draw(
        markup(
            '<p class="fr-label">{}</p>',
            "Grey numbers are the reference range. Leave empty what was not measured.",
        )
    )
    columns = st.columns(4)
    for place, parameter in enumerate(PARAMETERS.values()):
        with columns[place % 4]:
            fields[parameter.code] = _number(parameter, key)
    with columns[0]:
        fields["on_oxygen"] = st.selectbox(
            "Oxygen given", list(_OXYGEN), format_func=_OXYGEN.__getitem__, key=f"{key}-oxygen"
        )
    with columns[1]:
        fields["consciousness"] = st.selectbox(
            "Consciousness",
            ["", *(c.value for c in Consciousness)],
            format_func=lambda c: c or "not recorded",
            key=f"{key}-consciousness",
        )
    with columns[2]:
        fields["hypercapnic"] = st.selectbox(
            "SpO₂ scale",
            list(_SCALES),
            format_func=_SCALES.__getitem__,
            key=f"{key}-hypercapnic",
            help="Scale 2 of NEWS2 only on a clinician's word; a wrong word is taken back with scale 1.",
        )
    said = {name: text for name, text in fields.items() if text}
    return said if said.keys() - {"hypercapnic"} else {}


def check(fields: dict[str, str], now: datetime) -> str:
    """Show what the values score, or the sentence that says what is wrong with them.

    Returns: why they cannot be sent; nothing when they can, or when there are none.
    """
    if not fields:
        return ""
    try:
        warning = early_warning(vitals_from(fields, now))
    except BadVitals as wrong:
        st.error(str(wrong))
        return str(wrong)
    draw(
        markup(
            '<p class="fr-label"><b>{}</b> {}</p>', phrases.score(warning), phrases.missing(warning.missing)
        )
    )
    return ""
