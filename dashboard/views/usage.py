"""What the house does: counts and times, no patient."""

from datetime import timedelta

import streamlit as st

from dashboard import resources, session
from dashboard.parts import look, phrases, usage_charts
from dashboard.parts.chart import CONFIG
from dashboard.parts.look import draw
from triage.permission import Action
from triage.usage import Usage

SPANS = {7: "7 days", 30: "30 days", 90: "90 days"}

session.require(Action.VIEW_USAGE)
house = resources.house()


def charts(usage: Usage) -> None:
    upper, lower = st.columns(2), st.columns(2)
    with upper[0]:
        st.plotly_chart(usage_charts.per_day(usage), config=CONFIG, key="per_day", alt="Studies per day")
    with upper[1]:
        if usage.turnaround_s:
            st.plotly_chart(
                usage_charts.turnaround(usage), config=CONFIG, key="turnaround", alt="Turnaround times"
            )
        else:
            look.empty("No report was signed in this span", "Turnaround appears with the first signature.")
    with lower[0]:
        if any(usage.verdicts.values()):
            st.plotly_chart(
                usage_charts.verdicts(usage), config=CONFIG, key="verdicts", alt="What became of the drafts"
            )
        else:
            look.empty(
                "No draft was judged yet", "Accepted, edited and rejected drafts are counted at signing."
            )
    with lower[1]:
        if usage.people:
            st.plotly_chart(usage_charts.people(usage), config=CONFIG, key="people", alt="Actions per person")


look.wear()
with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    look.heading("Usage", "Days are counted in UTC.")
    days = st.segmented_control(
        "Span",
        list(SPANS),
        default=7,
        required=True,
        format_func=SPANS.__getitem__,
        label_visibility="collapsed",
    )
today = house.clock.now().date()
found = house.studies.usage(today - timedelta(days=int(days or 7) - 1))
draw(usage_charts.tiles(found))
charts(found)
st.caption(f"Until {phrases.when(house.clock.now(), look.zone())}.")
