"""Which studies a figure is about, asked of the person at the screen."""

from datetime import date
from typing import Any

import streamlit as st

from triage.correlation import Cohort
from triage.study import Sex

YOUNGEST, OLDEST = 0, 120
EARLIEST = date(1970, 1, 1)
"""A prior comes with the day it was taken; Streamlit alone would offer ten years back."""
_HELP = (
    "On: only patients whose permission to AI reading stands today. Off: also readings whose permission has run out by "
    "its date. What a patient refused or withdrew is never counted."
)


def ask(sites: tuple[str, ...], today: date) -> Cohort:
    """Draw the filter, and answer what it says.

    Args:
        sites: who issued patients' numbers, as far as they may be named.
        today: no film is younger.
    """
    days: dict[str, Any] = {"value": None, "min_value": EARLIEST, "max_value": today, "width": 150}
    with st.expander("Which studies?", expanded=True), st.container(horizontal=True, key="cohort"):
        since = st.date_input("Studied from", key="cohort_since", **days)
        until = st.date_input("up to", key="cohort_until", **days)
        sexes = st.multiselect("Sex", list(Sex), format_func=str.capitalize, key="cohort_sexes", width=220)
        ages = st.slider("Age, years", YOUNGEST, OLDEST, (YOUNGEST, OLDEST), key="cohort_ages", width=220)
        chosen = st.multiselect("Site (issuer of the number)", sites, key="cohort_sites", width=260)
        permitted = st.toggle("Consented only", value=True, help=_HELP, key="cohort_permitted")
    return cohort(since, until, sexes, ages, chosen, permitted=permitted)


def cohort(
    since: date | None,
    until: date | None,
    sexes: list[Sex],
    ages: tuple[int, int],
    sites: list[str],
    *,
    permitted: bool,
) -> Cohort:
    """What the filter says; a bound left at its end excludes nobody, not even a patient of unknown age."""
    return Cohort(
        since=since,
        until=until,
        sexes=tuple(sexes),
        youngest=None if ages[0] == YOUNGEST else ages[0],
        oldest=None if ages[1] == OLDEST else ages[1],
        sites=tuple(sites),
        permitted=permitted,
    )
