"""The film: zoom, pan, grey levels, where the model looked, and where it found something."""

from collections.abc import Sequence
from urllib.parse import quote

import plotly.graph_objects as go
import streamlit as st

from dashboard.parts import phrases
from dashboard.parts.chart import CONFIG
from dashboard.parts.look import draw, markup
from triage.finding import PROBABLE_FROM, Finding
from triage.study import Instance

_TOOLS = {**CONFIG, "scrollZoom": True, "doubleClick": "reset", "displayModeBar": False}
_BOX = "#ffb020"


def film_url(study_uid: str, instance: Instance) -> str:
    """Where the decoded film is; the route asks who is looking."""
    return f"/api/studies/{quote(study_uid)}/film.png?instance={quote(instance.sop_instance_uid)}"


def frame_url(study_uid: str, instance: Instance) -> str:
    """Where the film is with all its greys, for the viewer; the route asks who is looking."""
    return f"/api/studies/{quote(study_uid)}/frame?instance={quote(instance.sop_instance_uid)}"


def heatmap_url(study_uid: str, finding: Finding) -> str:
    """Where the overlay of one finding is: colours with transparency, of the film's aspect."""
    return f"/api/studies/{quote(study_uid)}/heatmap.png?finding={quote(finding.code)}"


def figure(instance: Instance, url: str, *, overlay: str = "", opacity: float = 0.4) -> go.Figure:
    """Lay the film out in its own pixels, the overlay exactly above it.

    Args:
        instance: for rows and columns, so that the shape is right before the picture has come.
        url: the film; fetched by the browser with its own cookie, never sent through the page.
        overlay: the heatmap, empty for none.
        opacity: of the overlay, 0 to 1.
    """
    wide, high = instance.columns, instance.rows
    place = {"xref": "x", "yref": "y", "x": 0, "y": 0, "sizex": wide, "sizey": high, "sizing": "stretch"}
    shown = go.Figure()
    shown.add_layout_image(source=url, layer="below", **place)
    if overlay:
        shown.add_layout_image(source=overlay, layer="above", opacity=opacity, **place)
    bare = {"visible": False, "constrain": "domain"}
    shown.update_xaxes(range=[0, wide], **bare)
    shown.update_yaxes(range=[high, 0], scaleanchor="x", **bare)
    shown.update_layout(
        dragmode="pan",
        height=600,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        paper_bgcolor="rgba(0,0,0,0)",  # the style sheet's black, with a word on it until the film has come
        plot_bgcolor="rgba(0,0,0,0)",
        uirevision=url,
        hovermode=False,
    )
    return shown


def add_regions(shown: go.Figure, findings: Sequence[Finding], instance: Instance) -> None:
    """Box what the model calls probable, with its name and probability."""
    for finding in findings:
        box, p = finding.region, finding.probability
        if box is None or p is None or p < PROBABLE_FROM:
            continue
        wide, high = instance.columns, instance.rows
        shown.add_shape(
            type="rect",
            x0=box.left * wide,
            x1=box.right * wide,
            y0=box.top * high,
            y1=box.bottom * high,
            line={"color": _BOX, "width": 2},
        )
        shown.add_annotation(
            x=box.left * wide,
            y=box.top * high,
            text=f"{finding.label} {phrases.per_cent(p).replace('>', 'over ')}",
            showarrow=False,
            xanchor="left",
            yanchor="bottom",
            font={"color": _BOX, "size": 13},
            bgcolor="rgba(0,0,0,0.65)",
        )


def grey_levels(key: str, *, inverted: bool, brightness: float, contrast: float) -> None:
    """Turn the film's greys in the browser; the overlay keeps its colours.

    Args:
        key: the keyed container that holds the film.
        inverted: black and white change places.
        brightness, contrast: 1 is as decoded.
    """
    turn = f"brightness({brightness:.2f}) contrast({contrast:.2f})" + (" invert(1)" if inverted else "")
    draw(
        markup(
            "<style>.st-key-{} .layer-subplot image {{ filter: {}; }}</style>",
            key,
            turn,
        )
    )


def show(shown: go.Figure, key: str, what: str) -> None:
    """Put the film on the screen; `what` is what a screen reader says."""
    with st.container(key=key):
        st.plotly_chart(shown, config=_TOOLS, theme=None, key=f"{key}-chart", alt=what)
