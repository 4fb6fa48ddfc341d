"""On every screen of whoever may tell them: how many critical results nobody has heard yet."""

import streamlit as st

from dashboard import resources, session
from dashboard.parts import critical
from dashboard.parts.look import draw
from triage.critical import CriticalResult
from triage.permission import Action, Person, can_act


def ring(person: Person) -> None:
    """Show the banner while something is open; it counts by itself, and says nothing when all were told."""
    if not can_act(person, Action.TELL_CRITICAL):
        return

    # What was open when the database answered last: it rings on until it answers again.
    heard: list[CriticalResult] = []

    @st.fragment(run_every="10s")
    def ringing() -> None:
        house = resources.house()
        with session.says_when_away("Whether a critical result waits to be told is not known meanwhile."):
            heard[:] = house.critical.open_results()
        found = tuple(heard)
        if not found:
            return
        critical.wear()
        with st.container(key="bell", horizontal=True, vertical_alignment="center"):
            draw(critical.banner(found, house.clock.now()))
            st.page_link("views/critical.py", label="Tell them", icon=":material/call:")

    ringing()
