"""A click on whatever names a finding: in a table, in a phrase of a draft."""

from functools import cache
from typing import Any

import streamlit as st

from triage.finding import LABELS

_HTML = "<span></span>"


@cache
def _mount() -> Any:
    return st.components.v2.component("firstread.pointer", html=_HTML, js="pointer.js")


def pointer(key: str) -> str | None:
    """Listen for clicks on `phrases.pointing` buttons anywhere on this page.

    Returns: the code of the finding that was clicked, in the run that the click caused; else None.
    """
    with st.container(key="pointer"):
        picked = _mount()(key=key, on_picked_change=lambda: None).picked
    return picked if picked in LABELS else None
