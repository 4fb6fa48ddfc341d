"""How every screen looks, and the one way text from outside reaches it."""

from datetime import UTC, tzinfo
from pathlib import Path
from typing import Literal, LiteralString
from zoneinfo import ZoneInfo

import plotly.graph_objects as go
import streamlit as st
from markupsafe import Markup

from dashboard.parts.chart import CONFIG

_AXIS = {False: "#4a5666", True: "#b4bfca"}
_SHEET = Path(__file__).with_name("look.css")


def wear() -> None:
    """Put on the style sheet; once per view, before anything is drawn."""
    st.html(_SHEET)


def markup(template: LiteralString, *values: object, **named: object) -> Markup:
    """Fill a template; every value is escaped, so a patient's name stays a name."""
    return Markup(template).format(*values, **named)  # noqa: S704 - the template is a literal, the values are escaped


def joined(pieces: list[Markup]) -> Markup:
    """Put escaped pieces one after another."""
    return Markup().join(pieces)


def draw(piece: Markup, *, width: Literal["stretch", "content"] = "stretch") -> None:
    """Show escaped markup; nothing else is given to `st.html`."""
    st.html(str(piece), width=width)


def heading(title: str, lead: str = "") -> None:
    """The top of a view: what it is, and one quiet line about it."""
    draw(markup('<div class="fr-head"><h1>{}</h1><p>{}</p></div>', title, lead), width="content")


def empty(title: str, text: str) -> None:
    """What stands where nothing is: why, and what to do."""
    draw(markup('<div class="fr-empty" role="status"><strong>{}</strong><span>{}</span></div>', title, text))


def dark() -> bool:
    """Whether the person at the screen has the dark theme."""
    return bool(st.context.theme.type == "dark")


def chart(figure: go.Figure, *, key: str, alt: str) -> None:
    """Show a figure in the page's theme, its axes in an ink that can be read; Streamlit's own is under 4.5:1 by day."""
    ink = _AXIS[dark()]
    figure.update_xaxes(tickfont_color=ink, title_font_color=ink)
    figure.update_yaxes(tickfont_color=ink, title_font_color=ink)
    st.plotly_chart(figure, config=CONFIG, key=key, alt=alt)


def zone() -> tzinfo:
    """The time zone of the person at the screen; UTC when their browser does not say."""
    name = st.context.timezone
    return ZoneInfo(name) if name else UTC


def section(title: str) -> None:
    """The heading of one part of a view."""
    draw(markup('<h2 class="fr-section">{}</h2>', title))
