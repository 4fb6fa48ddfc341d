"""What everybody meets first: the sign-in page, the banner of a demo, the way out."""

import base64
from contextlib import suppress
from pathlib import Path

import streamlit as st

from dashboard import boot, resources, session
from dashboard.sign_in import Ended
from triage.permission import Person

_HERE = Path(__file__).parent
_WHY = {
    Ended.IDLE: "You were signed out because nothing was clicked for 15 minutes.",
    Ended.EXPIRED: "You were signed out after 12 hours.",
    Ended.SIGNED_OUT: "You are signed out.",
}
_MARK = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 76 76"><rect x="4" y="4" width="68" height="68" rx="15"
fill="#0b6e8a"/><g fill="none" stroke="#fff" stroke-width="3.6" stroke-linecap="round" stroke-linejoin="round">
<path d="M38 15v24M38 31l-7 6M38 31l7 6"/><path d="M30 24c-8 3-13 15-13 29 0 4 4 6 8 4l7-4"/>
<path d="M46 24c8 3 13 15 13 29 0 4-4 6-8 4l-7-4"/></g></svg>"""
_HERO = """<div class="fr-door"><img alt="" width="72" height="72" src="data:image/svg+xml;base64,{mark}">
<h1>Firstread</h1><p>A first read for every chest radiograph whose patient said yes: films and vitals in,
the most urgent on top, three impressions to start from, and a report that you sign.</p></div>"""
_DEMO = '<div class="fr-demo" role="note">DEMO: invented patients, not for clinical use</div>'


def top_bar(person: Person | None, *, demo: bool) -> None:
    """Say in the header of every screen who is here, and that a demo is one; it stays while the screen scrolls."""
    st.html(_HERE / "front_door.css")
    with st.container(key="top-bar", horizontal=True, vertical_alignment="center"):
        if demo:
            st.html(_DEMO)
        if person is not None:
            st.text(f"{person.name}, {' and '.join(sorted(person.roles)) or 'no role'}")
            st.button(
                "Sign out", on_click=st.logout, key="sign-out", type="tertiary", icon=":material/logout:"
            )


def sign_in_page(ended: Ended) -> None:
    """All that nobody gets to see."""
    st.html(_HERO.format(mark=base64.b64encode(_MARK.encode()).decode()))
    with st.container(key="sign-in", horizontal_alignment="center"):
        if ended in _WHY:
            st.info(_WHY[ended], icon=":material/lock:")
        st.button(
            "Sign in",
            type="primary",
            width="stretch",
            on_click=st.login,
            args=(boot.PROVIDER,),
            key="sign-in-now",
        )
        st.caption("You are taken to your hospital's sign-in page. Firstread never sees your password.")


def no_role_page() -> None:
    """Tell somebody who is signed in why there is nothing here for them."""
    st.title("Your sign-in names no role")
    st.text(
        "Firstread opens for clinicians and administrators, and your hospital's sign-in names you as neither."
    )
    st.text("Ask whoever manages accounts to give you one of these roles, sign out, and sign in again.")


@st.fragment(run_every="5s")
def watch() -> None:
    """Clear the screen of somebody who is signed in no more, without waiting for a click."""
    with suppress(resources.StorageError):  # nobody is signed out by it; whoever asks for more is told
        if session.person() is None:
            st.rerun()
