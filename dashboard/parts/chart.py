"""What every chart shares: colours that hold in both themes, and no tool that carries data away."""

from typing import Any, cast

import plotly.graph_objects as go

CONFIG: dict[str, Any] = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["toImage", "select2d", "lasso2d", "autoScale2d"],
}
"""Plotly's tool bar without its logo and without “download as PNG”: pictures leave by their own route, if at all."""

BLUE, ORANGE, GREEN, RED, VIOLET, GREY = "#5b8def", "#e08a3c", "#4fa86b", "#d9594c", "#9a7bd0", "#8a93a5"
"""Mid-tones: at least 3:1 against both a white and a near-black ground."""


def diverging(*, dark: bool) -> list[list[float | str]]:
    """Blue for −1, the page's own ground for 0, red for +1; opaque, so that the words on it stay readable."""
    middle, low, high = ("#1b232b", "#4f86e0", "#d9655a") if dark else ("#f3f5f8", "#3b6fc4", "#c04a3e")
    return [[0.0, low], [0.5, middle], [1.0, high]]


def dressed(figure: go.Figure, *, title: str, height: int) -> go.Figure:
    """Give a figure the house's look.

    Args:
        figure: any figure.
        title: the question it answers, or what it says.
        height: in pixels.
    """
    figure.update_layout(
        title={"text": title, "font": {"size": 15}, "x": 0, "xanchor": "left", "automargin": True},
        height=height,
        margin={"l": 10, "r": 10, "t": 44, "b": 10},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"size": 12},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 1, "xanchor": "right"},
        hoverlabel={"namelength": -1},
        uirevision="kept",
    )
    figure.update_xaxes(gridcolor="rgba(138,147,165,0.18)", zeroline=False, automargin=True)
    figure.update_yaxes(gridcolor="rgba(138,147,165,0.18)", zeroline=False, automargin=True)
    return cast("go.Figure", figure)
