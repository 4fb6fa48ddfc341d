"""Clinical parameters against what the model says: association, never cause."""

import streamlit as st

from dashboard import resources, session
from dashboard.parts import correlation_charts as charts
from dashboard.parts import look
from dashboard.parts.chart import CONFIG
from dashboard.parts.look import draw, markup
from triage.correlation import FEWEST, Measured
from triage.permission import Action

session.require(Action.VIEW_CORRELATIONS)
house = resources.house()


def pair(cohort: list[Measured], parameters: list[str], outcomes: list[str]) -> None:
    """One pair up close."""
    with st.container(horizontal=True):
        x = st.selectbox("Measurement", parameters, format_func=charts.label, key="pair_x", width=320)
        y = st.selectbox("Probability of", outcomes, format_func=charts.label, key="pair_y", width=320)
    shown = charts.scatter(cohort, x, y)
    if isinstance(shown, str):
        look.empty("This pair is not drawn", shown)
    else:
        st.plotly_chart(
            shown, config=CONFIG, key="scatter", alt=f"{charts.label(x)} against {charts.label(y)}"
        )


look.wear()
look.heading(
    "Correlations",
    "Every study the model read and whose patient still allows it. Association, not cause; numbers only, no patient.",
)
if resources.settings().demo:
    draw(
        markup(
            '<p class="fr-note">{}</p>',
            "These studies are simulated: what goes together here was put there by the simulation.",
        )
    )
measured = house.studies.measured()
rows, columns = charts.parameters(measured), charts.outcomes(measured)
if len(measured) < FEWEST or not rows or not columns:
    look.empty(
        f"{len(measured)} studies, too few to say anything",
        f"At least {FEWEST} studies with vitals and a reading are needed: below that an interval spans nearly everything.",
    )
else:
    st.plotly_chart(
        charts.matrix(measured, dark=look.dark()),
        config=CONFIG,
        key="matrix",
        alt="Correlation matrix with r and n",
    )
    pair(measured, rows, columns)
