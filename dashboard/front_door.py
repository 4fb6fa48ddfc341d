"""What everybody meets first: the sign-in page, the banner of a demo, the way out."""

import streamlit as st

from dashboard import boot, session
from dashboard.sign_in import Ended
from triage.permission import Person

_WHY = {
    Ended.IDLE: "You were signed out because nothing was clicked for 15 minutes.",
    Ended.EXPIRED: "You were signed out after 12 hours.",
    Ended.SIGNED_OUT: "You are signed out.",
}
_HERO = """
<div style="text-align:center;padding:9vh 0 1.2rem">
<svg width="76" height="76" viewBox="0 0 76 76" role="img" aria-label="Firstread">
<rect x="6" y="4" width="64" height="68" rx="12" fill="#0b6e8a"/>
<path d="M38 14v30M33 24c-9 2-15 13-14 30 0 4 4 5 8 3l8-4M43 24c9 2 15 13 14 30 0 4-4 5-8 3l-8-4"
 fill="none" stroke="#fff" stroke-width="3.4" stroke-linecap="round" stroke-linejoin="round"/>
</svg>
<h1 style="margin:.9rem 0 .3rem;font-size:2.3rem;letter-spacing:-.02em">Firstread</h1>
<p style="margin:0 auto;max-width:31rem;font-size:1.1rem;line-height:1.55;opacity:.85">
A first read for every chest radiograph whose patient said yes: films and vitals in,
the most urgent on top, and a report that you sign.</p>
</div>"""
_BANNER = """<div role="note" style="background:#8a4b00;color:#fff;padding:.35rem 1rem;border-radius:8px;
text-align:center;font-weight:600;letter-spacing:.02em">DEMO &mdash; invented patients, not for clinical use</div>"""


def banner() -> None:
    """Say on every screen of a demo that it is one."""
    st.html(_BANNER)


def sign_in_page(ended: Ended) -> None:
    """All that nobody gets to see."""
    st.html(_HERO)
    _, middle, _ = st.columns([2, 3, 2])
    with middle:
        if ended in _WHY:
            st.info(_WHY[ended])
        st.button(
            "Sign in",
            type="primary",
            width="stretch",
            on_click=st.login,
            args=(boot.PROVIDER,),
            key="sign_in",
        )
        st.caption("You are taken to your hospital's sign-in page. Firstread never sees your password.")


def no_role_page(person: Person) -> None:
    """Tell somebody who is signed in why there is nothing here for them."""
    st.title("No role yet")
    st.text(f"You are signed in as {person.name}, but your sign-in names no role in Firstread.")
    st.text(
        "Ask whoever manages accounts to give you the role clinician or administrator, then sign in again."
    )
    sign_out_button()


def sign_out_button() -> None:
    """The way out; it ends the sign-in on the server, in every tab."""
    st.button("Sign out", on_click=st.logout, key="sign_out", icon=":material/logout:")


def who_is_here(person: Person) -> None:
    """Name the person at this screen, with the way out."""
    with st.sidebar:
        st.text(person.name)
        st.caption(", ".join(sorted(person.roles)))
        sign_out_button()


@st.fragment(run_every="5s")
def watch() -> None:
    """Clear the screen of somebody who is signed in no more, without waiting for a click."""
    if session.person() is None:
        st.rerun()
