"""The viewer: Cornerstone3D in the page, with the film's own greys by our own route."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import streamlit as st

_HTML = '<div class="viewer"></div>'


@dataclass(frozen=True)
class Seen:
    """What the viewer said: whether this browser can draw at all, and the finding whose region was clicked just now."""

    drawable: bool
    picked: str | None


@cache
def _mount() -> Any:
    return st.components.v2.component("firstread.viewer", html=_HTML, css="viewer.css", js="viewer.js")


def viewer(key: str, data: Mapping[str, Any]) -> Seen:
    """Draw the viewer; window, zoom, tools and lengths live in the browser and survive reruns.

    Args:
        key: names this viewer; another study wants another one.
        data: addresses of films and heatmaps, boxes, words; `dashboard.parts.viewer.contents` makes it.
    """
    result = _mount()(
        key=key, data=dict(data), on_picked_change=lambda: None, on_drawable_change=lambda: None
    )
    return Seen(result.drawable is not False, result.picked)
