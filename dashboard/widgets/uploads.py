"""A drop area that streams files to a route of ours and says, file by file, what became of them."""

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

import streamlit as st

_HTML = '<div class="area"></div>'


@cache
def _mount() -> Any:
    return st.components.v2.component(
        "firstread.drop_area", html=_HTML, css="drop_area.css", js="drop_area.js"
    )


def drop_area(
    key: str,
    *,
    to: str,
    fields: Mapping[str, str],
    accept: str,
    prompt: str,
    blocked: str = "",
    once: Mapping[str, str] | None = None,
) -> list[dict[str, Any]] | None:
    """Draw the area; bytes go from the browser to the route, never through the page's websocket.

    Args:
        key: names this area.
        to: the route files are posted to, one request per file; it answers a JSON list of outcomes.
        fields: sent with every file.
        accept: what the file chooser offers, as in HTML.
        prompt: what to drop here.
        blocked: why nothing can be sent now; empty when it can.
        once: sent with files until one of them is accepted, and never after: what belongs to one study alone.

    Returns: the outcomes of a finished batch in the run that it ends, else None.
    """
    data = {
        "to": to,
        "fields": dict(fields),
        "once": dict(once or {}),
        "accept": accept,
        "prompt": prompt,
        "blocked": blocked,
    }
    result = _mount()(key=key, data=data, on_outcomes_change=lambda: None)
    return cast("list[dict[str, Any]] | None", result.outcomes)
