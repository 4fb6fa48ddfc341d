"""Where a person writes and signs: their words, what they make of the draft, and whose report it is."""

from collections.abc import Callable
from datetime import tzinfo

import streamlit as st

from dashboard.parts import look, patient_line
from dashboard.parts.look import draw, markup
from triage.study import Study


def editor(key: Callable[[str], str]) -> None:
    """The impression in the person's own hand; what they write outlives every redraw.

    It is never disabled: Streamlit forgets what a disabled field said.

    Args:
        key: names the parts of this study's unfinished report.
    """
    st.text_area(
        "Impression",
        key=key("impression"),
        height=190,
        placeholder="Write your impression, or start from a draft.",
        persist_state="session",
    )


def about_the_draft(key: Callable[[str], str], words: str, on_restore: Callable[[], None] | None) -> None:
    """What has become of the draft so far, and the way to reject it.

    Args:
        key: names the parts of this study's unfinished report.
        words: what has become of it.
        on_restore: brings back what the person wrote before; None when nothing was set aside.
    """
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        draw(markup('<p class="fr-label">{}</p>', words))
        if on_restore is not None:
            st.button("Bring back my own words", key=key("restore"), type="tertiary", on_click=on_restore)
    if st.toggle("The draft was wrong", key=key("rejected"), persist_state="session"):
        reason(key, "What was wrong with it")


def reason(key: Callable[[str], str], label: str) -> None:
    """Why: a rejection and an amendment both say so."""
    st.text_input(label, key=key("reason"), placeholder="In a few words", persist_state="session")


def confirm(
    study: Study, zone: tzinfo, text: str, *, yes: str, on_yes: Callable[[], None], on_no: Callable[[], None]
) -> None:
    """Say once more whose report it is and what it says, before it is signed for good.

    Args:
        study: what is signed.
        zone: of the person at the screen.
        text: exactly what will stand in the report.
        yes: what the button says.
        on_yes, on_no: the two ways out.
    """
    with st.container(border=True, key="confirm"):
        look.section("You take responsibility for this report")
        draw(patient_line.identity(study, zone))
        draw(markup('<div class="fr-text fr-signed">{}</div>', text))
        with st.container(horizontal=True):
            st.button(yes, type="primary", key="confirm_yes", on_click=on_yes)
            st.button("Back to editing", key="confirm_no", on_click=on_no)
