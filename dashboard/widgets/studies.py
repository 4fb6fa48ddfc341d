"""The list of open studies as our own component: it is told rows and tells study UIDs, never row numbers."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import streamlit as st

_HTML = f'<div class="list" aria-busy="true">{"<div class=bone></div>" * 5}</div>'


@cache
def _mount() -> Any:
    return st.components.v2.component("firstread.worklist", html=_HTML, css="worklist.css", js="worklist.js")


def studies(
    key: str,
    told: Mapping[str, Any],
    *,
    on_claim: Callable[[], None],
    on_release: Callable[[], None],
    on_assign: Callable[[], None],
) -> str | None:
    """Draw the list; what stood in it stays where it is, by UID, whatever arrives around it.

    Args:
        key: names this list; a callback finds there the UID it is about.
        told: what the list shows, see `parts.study_line.told`.
        on_claim, on_release, on_assign: called before the run in which a person asked for it.

    Returns: the UID of the study to open, in the run that it is asked for, else None.
    """
    result = _mount()(
        key=key,
        data=dict(told),
        on_open_change=lambda: None,
        on_claim_change=on_claim,
        on_release_change=on_release,
        on_assign_change=on_assign,
    )
    uid: str | None = result.open
    return uid
