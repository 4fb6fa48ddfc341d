"""Are critical results told in time? Two charts whose titles are questions."""

from collections.abc import Sequence

import plotly.graph_objects as go
from markupsafe import Markup

from dashboard.parts.chart import BLUE, GREEN, ORANGE, VIOLET, dressed
from dashboard.parts.look import joined, markup
from triage.compliance import Share, Telling
from triage.critical import Category, ReadBack

_COLOURS = {Category.MINUTES: ORANGE, Category.HOURS: VIOLET, Category.DAYS: BLUE}
_TICKS = {
    1: "1 min",
    5: "5 min",
    15: "15 min",
    60: "1 h",
    360: "6 h",
    720: "12 h",
    1440: "1 d",
    4320: "3 d",
    10080: "7 d",
}
_SHORTEST_MIN = 0.5
"""A logarithm has no zero: what was told at once stands at half a minute."""


def shares(found: Sequence[Share]) -> go.Figure:
    """The share told in time in each category, with its Wilson interval and the number behind it."""
    counted = [s for s in found if s.share is not None]
    shown = go.Figure(
        go.Bar(
            x=[(s.share or 0) * 100 for s in counted],
            y=[_name(s) for s in counted],
            orientation="h",
            marker_color=GREEN,
            width=0.5,
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [(s.high - (s.share or 0)) * 100 for s in counted],
                "arrayminus": [((s.share or 0) - s.low) * 100 for s in counted],
                "color": "#8a93a5",
                "thickness": 2,
            },
            customdata=[[s.in_time, s.n, s.low * 100, s.high * 100, s.waiting] for s in counted],
            hovertemplate="%{customdata[0]} of %{customdata[1]} in time (95 % interval %{customdata[2]:.0f} to "
            "%{customdata[3]:.0f} %); %{customdata[4]} not due yet<extra></extra>",
        )
    )
    dressed(shown, title="Are critical results told in time?", height=110 + 70 * len(counted))
    shown.update_xaxes(title="% told in time, with 95 % interval (Wilson)", range=[0, 102], dtick=25)
    shown.update_yaxes(autorange="reversed", tickfont={"size": 13})
    return shown


def _name(share: Share) -> str:
    return f"{share.category.value}<br>{share.in_time} of {share.n}"


def how_long(told: Sequence[Telling]) -> go.Figure:
    """How much of what was told was told by when, one line for each category, each with its limit."""
    shown = go.Figure()
    for category, colour in _COLOURS.items():
        here = [t for t in told if t.category is category]
        minutes = sorted(max(_SHORTEST_MIN, t.took.total_seconds() / 60) for t in here if t.took is not None)
        if not minutes:
            continue
        reached = [100 * (i + 1) / len(minutes) for i in range(len(minutes))]
        shown.add_scatter(
            x=[minutes[0], *minutes],
            y=[0, *reached],
            mode="lines+markers",
            line={"shape": "hv", "color": colour, "width": 2},
            marker={"size": 5},
            name=f"{category.value} (n = {len(minutes)})",
            hovertemplate="%{y:.0f} % within %{x:.0f} min<extra>" + category.value + "</extra>",
        )
        limit = max(t.within for t in here).total_seconds() / 60
        shown.add_vline(x=limit, line={"color": colour, "width": 1, "dash": "dot"})
    dressed(
        shown, title="How long until somebody heard? What was told, by time; dotted: the limit", height=340
    )
    shown.update_xaxes(
        type="log", tickvals=list(_TICKS), ticktext=list(_TICKS.values()), title="found to heard"
    )
    shown.update_yaxes(title="% of those told", range=[0, 103])
    return shown


def table(found: Sequence[Share], told: Sequence[Telling]) -> Markup:
    """The same numbers to read, with what a chart hides: who was reached without a read-back, what had to escalate."""
    rows = [
        markup(
            '<tr><th scope="row">{}</th>{}</tr>',
            s.category.value,
            joined([markup('<td class="n">{}</td>', cell) for cell in _cells(s, told)]),
        )
        for s in found
    ]
    return markup(
        '<table class="fr-table"><caption>What is open and not due yet counts for neither side; what is open and overdue '
        'counts as not in time.</caption><thead><tr><th scope="col">Category</th>{}</tr></thead><tbody>{}</tbody></table>',
        joined([markup('<th class="n" scope="col">{}</th>', name) for name in _COLUMNS]),
        joined(rows),
    )


_COLUMNS = ("told in time", "95 % interval", "read back", "without read-back", "escalated", "not due yet")


def _cells(share: Share, told: Sequence[Telling]) -> tuple[str, ...]:
    here = [t for t in told if t.category is share.category]
    share_words = (
        f"{share.in_time} of {share.n} ({share.share:.0%})" if share.share is not None else "none yet"
    )
    interval = f"{share.low:.0%} to {share.high:.0%}" if share.n else "—"
    back = sum(t.read_back is ReadBack.CONFIRMED for t in here)
    without = sum(t.read_back is ReadBack.REACHED for t in here)
    return (
        share_words,
        interval,
        str(back),
        str(without),
        str(sum(t.escalated for t in here)),
        str(share.waiting),
    )
