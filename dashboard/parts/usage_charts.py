"""What the house does, as charts whose titles are questions."""

from collections.abc import Sequence
from datetime import timedelta
from html import escape
from math import ceil
from statistics import median

import plotly.graph_objects as go
from markupsafe import Markup

from dashboard.parts import phrases
from dashboard.parts.chart import BLUE, GREEN, GREY, ORANGE, RED, VIOLET, dressed
from dashboard.parts.look import joined, markup
from triage.report import Verdict
from triage.usage import Usage

_VERDICTS = {
    Verdict.ACCEPTED: ("accepted", GREEN),
    Verdict.EDITED: ("edited", BLUE),
    Verdict.REJECTED: ("rejected", RED),
    Verdict.UNAIDED: ("no draft used", GREY),
}


def ninetieth(values: Sequence[float]) -> float:
    """The value that nine in ten do not exceed: the nearest rank, so always one that happened."""
    ordered = sorted(values)
    return ordered[max(0, ceil(0.9 * len(ordered)) - 1)]


def turnaround_words(seconds: Sequence[float]) -> tuple[str, str]:
    """Median and 90th percentile as words; a dash when nothing was signed."""
    if not seconds:
        return "—", "—"
    return phrases.span(timedelta(seconds=median(seconds))), phrases.span(
        timedelta(seconds=ninetieth(seconds))
    )


def tile(label: str, value: int | str, meaning: str) -> Markup:
    """One number with what it counts."""
    return markup("<div><span>{}</span><b>{}</b><small>{}</small></div>", label, value, meaning)


def tiles(usage: Usage) -> Markup:
    """What an administrator asks first."""
    middle, slowest = turnaround_words(usage.turnaround_s)
    cells: list[tuple[str, int | str, str]] = [
        ("Waiting now", usage.waiting, "open studies"),
        ("Received", sum(d.received for d in usage.days), "studies"),
        ("Read by AI", sum(d.read for d in usage.days), "studies"),
        ("Signed", len(usage.turnaround_s), "reports"),
        ("Median turnaround", middle, "arrival to signature"),
        ("9 in 10 within", slowest, "arrival to signature"),
        ("Refused AI", usage.refusals, "patients"),
        ("AI failures", usage.failures, "studies left to a person"),
        ("Kept apart", usage.quarantined, "files in quarantine"),
    ]
    return markup('<div class="fr-tiles">{}</div>', joined([tile(*c) for c in cells]))


def per_day(usage: Usage) -> go.Figure:
    """Received, read by AI and signed, day by day."""
    days = [d.day for d in usage.days]
    shown = go.Figure(
        [
            go.Bar(x=days, y=[d.received for d in usage.days], name="received", marker_color=GREY),
            go.Bar(x=days, y=[d.read for d in usage.days], name="read by AI", marker_color=VIOLET),
            go.Bar(x=days, y=[d.signed for d in usage.days], name="signed", marker_color=GREEN),
        ]
    )
    dressed(shown, title="Do we keep up? Studies per day (UTC)", height=320)
    shown.update_xaxes(tickformat="%d %b", dtick=86_400_000 if len(days) <= 14 else None)
    shown.update_yaxes(title="studies", rangemode="tozero")
    return shown


def turnaround(usage: Usage) -> go.Figure:
    """How the times from arrival to signature spread, with the median and the slowest tenth marked."""
    hours = [s / 3600 for s in usage.turnaround_s]
    shown = go.Figure(go.Histogram(x=hours, nbinsx=24, marker_color=BLUE, name="reports"))
    n = phrases.count(len(hours), "report", "reports")
    dressed(shown, title=f"How long from arrival to signature? {n}", height=320)
    for value, word, colour in ((median(hours), "median", ORANGE), (ninetieth(hours), "9 in 10 by", RED)):
        shown.add_vline(x=value, line={"color": colour, "width": 2, "dash": "dot"})
        shown.add_annotation(
            x=value,
            y=1,
            yref="paper",
            yanchor="bottom",
            showarrow=False,
            text=f"{word} {phrases.span(timedelta(hours=value))}",
            font={"color": colour},
            yshift=0 if word == "median" else -16,
            xanchor="left",
        )
    shown.update_xaxes(title="hours", rangemode="tozero")
    shown.update_yaxes(title="reports")
    return shown


def verdicts(usage: Usage) -> go.Figure:
    """What became of the drafts."""
    rows = [(words, usage.verdicts.get(v, 0), colour) for v, (words, colour) in _VERDICTS.items()]
    shown = go.Figure(
        go.Bar(
            y=[r[0] for r in rows],
            x=[r[1] for r in rows],
            orientation="h",
            marker_color=[r[2] for r in rows],
            text=[r[1] for r in rows],
            textposition="auto",
        )
    )
    dressed(shown, title="Do readers keep the drafts? Signed reports", height=260)
    shown.update_yaxes(autorange="reversed")
    return shown


def people(usage: Usage) -> go.Figure:
    """Actions per person, the busiest first."""
    ranked = sorted(usage.people.items(), key=lambda p: -p[1])[:20]
    shown = go.Figure(
        go.Bar(
            y=[escape(p[0]) for p in ranked],
            x=[p[1] for p in ranked],
            orientation="h",
            marker_color=BLUE,
            text=[p[1] for p in ranked],
        )
    )
    dressed(shown, title="Who works with it? Recorded actions", height=110 + 30 * max(4, len(ranked)))
    shown.update_yaxes(autorange="reversed")
    return shown
