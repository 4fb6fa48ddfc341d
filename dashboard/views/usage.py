"""What the house does: counts and times, no patient."""

from datetime import timedelta

import streamlit as st

from dashboard import resources, session
from dashboard.parts import look, phrases, usage_charts
from dashboard.parts.look import draw
from triage.permission import Action
from triage.usage import Milestone, Usage

SPANS = {7: "7 days", 30: "30 days", 90: "90 days"}

session.require(Action.VIEW_USAGE)
house = resources.house()


def times(usage: Usage) -> None:
    """Volumes, and how long everything takes."""
    left, right = st.columns(2)
    with left:
        look.chart(usage_charts.per_day(usage), key="per_day", alt="Studies per day")
    with right:
        look.chart(usage_charts.by_hour(usage, look.zone()), key="by_hour", alt="Workload by hour of the day")
    if usage.turnaround(Milestone.SIGNED):
        look.chart(usage_charts.turnarounds(usage), key="turnaround", alt="Turnaround by level")
    else:
        look.empty("No report was signed in this span", "Turnaround appears with the first signature.")


def drafts(usage: Usage) -> None:
    """What readers make of the drafts."""
    if not usage.by_reader:
        look.empty("No draft was judged yet", "Accepted, edited and rejected drafts are counted at signing.")
        return
    left, right = st.columns(2)
    with left:
        if usage_charts.judged(usage.by_style):
            look.chart(
                usage_charts.styles(usage.by_style), key="styles", alt="What became of the drafts, by style"
            )
        else:
            look.empty("Too few drafts to judge a style", "A style is shown from ten signed reports on.")
    with right:
        draw(usage_charts.readers(usage.by_reader))


def without_ai(usage: Usage) -> None:
    """Where the model had no answer."""
    left, right = st.columns(2)
    with left:
        if usage.alone:
            look.chart(usage_charts.alone(usage), key="alone", alt="Why studies went to a person unread")
        else:
            look.empty(
                "Every study was read by AI", "Refusals and failures would be counted here, by reason."
            )
    with right:
        if usage.readings >= usage_charts.FEWEST:
            look.chart(usage_charts.left_open(usage), key="left_open", alt="Findings without an answer")
        else:
            look.empty(
                "Too few readings in this span", "Findings without an answer are shown from ten readings on."
            )


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
found, queue = house.figures.usage(today - timedelta(days=int(days or 7) - 1)), house.figures.queue()
draw(usage_charts.tiles(found))
look.section("Do we keep up, and how fast?")
times(found)
look.section("Are the drafts any good?")
drafts(found)
look.section("Where is a person on their own?")
without_ai(found)
look.section("Does the worker keep up?")
draw(usage_charts.queue_tiles(queue))
st.caption(usage_charts.queue_words(queue))
if found.people:
    look.chart(usage_charts.people(found), key="people", alt="Actions per person")
st.caption(f"Until {phrases.when(house.clock.now(), look.zone())}.")
