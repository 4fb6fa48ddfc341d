"""What the house does, as charts whose titles are questions."""

from collections.abc import Mapping
from datetime import timedelta, tzinfo
from html import escape

import plotly.graph_objects as go
from markupsafe import Markup

from dashboard.parts import phrases
from dashboard.parts.chart import BLUE, GREEN, GREY, ORANGE, RED, VIOLET, dressed
from dashboard.parts.look import joined, markup
from triage.finding import LABELS
from triage.report import Verdict
from triage.study import Urgency
from triage.usage import DraftUse, Milestone, Queue, Turnaround, Usage

FEWEST = 10
"""What rests on fewer reports than this is not told of a style or of a person."""
_FEW = f"fewer than {FEWEST}"
_VERDICTS = {
    Verdict.ACCEPTED: ("accepted", GREEN),
    Verdict.EDITED: ("edited", BLUE),
    Verdict.REJECTED: ("rejected", RED),
}
_MILESTONES = {
    Milestone.READ: ("read by AI", VIOLET, "circle"),
    Milestone.RANKED: ("ranked", GREY, "diamond"),
    Milestone.SIGNED: ("signed", GREEN, "square"),
    Milestone.COMMUNICATED: ("told to somebody who confirmed", RED, "triangle-up"),
}
_TICKS = {
    1 / 60: "1 s",
    1 / 6: "10 s",
    1: "1 min",
    10: "10 min",
    60: "1 h",
    360: "6 h",
    1440: "1 d",
    10080: "7 d",
}


# ── in numbers ────────────────────────────────────────────────────────────────────────────────────────


def tile(label: str, value: int | str, meaning: str) -> Markup:
    """One number with what it counts."""
    return markup("<div><span>{}</span><b>{}</b><small>{}</small></div>", label, value, meaning)


def _tiles(cells: list[tuple[str, int | str, str]]) -> Markup:
    return markup('<div class="fr-tiles">{}</div>', joined([tile(*cell) for cell in cells]))


def tiles(usage: Usage) -> Markup:
    """What an administrator asks first."""
    middle, slowest = turnaround_words(usage.turnaround(Milestone.SIGNED))
    days = usage.days
    return _tiles(
        [
            ("Waiting now", usage.waiting, "open studies"),
            ("Received", sum(d.received for d in days), "studies"),
            ("Read by AI", sum(d.read for d in days), "studies"),
            ("Signed", sum(d.signed for d in days), "reports"),
            ("Median turnaround", middle, "arrival to signature"),
            ("9 in 10 within", slowest, "arrival to signature"),
            ("Refused AI", usage.refusals, "patients"),
            ("AI failures", usage.failures, "studies left to a person"),
            ("Kept apart", usage.quarantined, "files in quarantine"),
        ]
    )


def turnaround_words(found: Turnaround | None) -> tuple[str, str]:
    """Median and 90th percentile as words; a dash when nothing was signed."""
    if found is None:
        return "—", "—"
    return _span(found.median_s), _span(found.ninetieth_s)


def _span(seconds: float) -> str:
    return phrases.span(timedelta(seconds=seconds)) if seconds >= 60 else f"{seconds:.0f} s"


def queue_tiles(queue: Queue) -> Markup:
    """How the worker keeps up, now."""
    return _tiles(
        [
            ("Films waiting", queue.films, "to be looked at"),
            ("Longest wait", "—" if queue.oldest_s is None else _span(queue.oldest_s), "for a first look"),
            ("Words waiting", queue.words, "studies without impressions"),
            ("At work", queue.busy, "jobs"),
            ("Given up", queue.failed, "jobs on file"),
            ("Workers", queue.workers, "heard of within a minute"),
        ]
    )


def queue_words(queue: Queue) -> str:
    """What an administrator should do about the queue, or that nothing is to be done."""
    if not queue.workers:
        heard = "" if queue.silent_s is None else f"; the last one was heard {_span(queue.silent_s)} ago"
        return f"No worker is at work{heard}. Start `firstread worker`: until then a person reads without AI."
    if queue.oldest_s is not None and queue.oldest_s > 600:
        return f"A film has waited {_span(queue.oldest_s)} for its first look: one worker more would help."
    return "The worker keeps up."


# ── volumes and times ─────────────────────────────────────────────────────────────────────────────────


def per_day(usage: Usage) -> go.Figure:
    """Received, read by AI and signed, day by day."""
    found = usage.days
    days = [d.day for d in found]
    shown = go.Figure(
        [
            go.Bar(x=days, y=[d.received for d in found], name="received", marker_color=GREY),
            go.Bar(x=days, y=[d.read for d in found], name="read by AI", marker_color=VIOLET),
            go.Bar(x=days, y=[d.signed for d in found], name="signed", marker_color=GREEN),
        ]
    )
    dressed(shown, title="Do we keep up? Studies per day (UTC)", height=320)
    shown.update_xaxes(tickformat="%d %b", dtick=86_400_000 if len(days) <= 14 else None)
    shown.update_yaxes(title="studies", rangemode="tozero")
    return shown


def turnarounds(usage: Usage) -> go.Figure:
    """Median and ninetieth percentile from arrival to every step, a line per level."""
    levels: list[Urgency | None] = [*reversed(Urgency), None]
    shown = go.Figure()
    for milestone, (words, colour, symbol) in _MILESTONES.items():
        found = [t for level in levels if (t := usage.turnaround(milestone, level)) is not None]
        if not found:
            continue
        middle = [max(t.median_s / 60, 1 / 120) for t in found]
        shown.add_scatter(
            x=middle,
            y=[_level(t.level) for t in found],
            mode="markers",
            name=words,
            marker={"color": colour, "symbol": symbol, "size": 11},
            error_x={
                "array": [t.ninetieth_s / 60 - m for t, m in zip(found, middle, strict=True)],
                "arrayminus": [0.0] * len(found),
                "color": colour,
                "thickness": 1.5,
            },
            customdata=[[_span(t.median_s), _span(t.ninetieth_s), t.n] for t in found],
            hovertemplate="%{y}, " + words + "<br>median %{customdata[0]}, 9 in 10 within %{customdata[1]}"
            "<br>%{customdata[2]} studies<extra></extra>",
        )
    dressed(shown, title="How long from arrival to each step? Median, and the line to 9 in 10", height=340)
    shown.update_layout(
        legend={"y": -0.18, "yanchor": "top", "x": 0, "xanchor": "left"},
        scattermode="group",
        hovermode="closest",
    )
    shown.update_xaxes(type="log", tickvals=list(_TICKS), ticktext=list(_TICKS.values()))
    shown.update_yaxes(categoryorder="array", categoryarray=[_level(level) for level in reversed(levels)])
    return shown


def _level(level: Urgency | None) -> str:
    return "all" if level is None else level.name.lower()


def by_hour(usage: Usage, zone: tzinfo) -> go.Figure:
    """The mean of every hour of the day, arrivals beside signatures, in the zone of whoever looks."""
    received, signed = [0] * 24, [0] * 24
    for hour in usage.hours:
        at = hour.began_at.astimezone(zone).hour
        received[at] += hour.received
        signed[at] += hour.signed
    days = max(1, len(usage.days))
    clock = [f"{hour:02}" for hour in range(24)]
    shown = go.Figure(
        [
            go.Bar(x=clock, y=[n / days for n in received], name="received", marker_color=GREY),
            go.Bar(x=clock, y=[n / days for n in signed], name="signed", marker_color=GREEN),
        ]
    )
    dressed(shown, title="At which hours is the work? Mean per day, by your clock", height=340)
    shown.update_xaxes(title="hour of the day", type="category")
    shown.update_yaxes(title="studies an hour", rangemode="tozero")
    return shown


# ── drafts ────────────────────────────────────────────────────────────────────────────────────────────


def judged(by_style: Mapping[str, DraftUse]) -> dict[str, DraftUse]:
    """The styles of which there are enough reports to say anything."""
    return {style: use for style, use in by_style.items() if use.n >= FEWEST}


def styles(by_style: Mapping[str, DraftUse]) -> go.Figure:
    """What became of the drafts of each style, as shares; a style of a few reports is not drawn."""
    enough = judged(by_style)
    shown = go.Figure()
    for verdict, (words, colour) in _VERDICTS.items():
        counts = [use.verdicts.get(verdict, 0) for use in enough.values()]
        shares = [count / use.n for count, use in zip(counts, enough.values(), strict=True)]
        shown.add_bar(
            y=[_style(style, use) for style, use in enough.items()],
            x=shares,
            name=words,
            orientation="h",
            marker_color=colour,
            text=[f"{share:.0%}" if share >= 0.08 else "" for share in shares],
            textposition="inside",
            insidetextanchor="middle",
        )
    few = [style for style in by_style if style not in enough]
    title = "Which style do readers keep?" + (f" Not shown, {_FEW} reports: {', '.join(few)}" if few else "")
    dressed(shown, title=title, height=170 + 46 * len(enough))
    shown.update_layout(barmode="stack")
    shown.update_layout(legend={"y": -0.25, "yanchor": "top", "x": 0, "xanchor": "left"})
    shown.update_xaxes(range=[0, 1], tickformat=".0%")
    return shown


def _style(style: str, use: DraftUse) -> str:
    return f"{style}, {use.n} reports<br>{_changed(use)} of words changed"


def _changed(use: DraftUse) -> str:
    return "—" if use.changed is None else f"{use.changed:.0%}"


def readers(by_reader: Mapping[str, DraftUse]) -> Markup:
    """What each reader makes of drafts; nothing is told of a handful of reports."""
    heads = ("reader", "reports", "accepted", "edited", "rejected", "no draft used", "words changed (median)")
    head = joined([markup('<th class="n">{}</th>' if i else "<th>{}</th>", h) for i, h in enumerate(heads)])
    ranked = sorted(by_reader.items(), key=lambda item: (-item[1].n, item[0]))
    rows = joined([_reader(name, use) for name, use in ranked])
    caption = "Do readers keep the drafts? Numbers to mend the drafts by, not to judge people by."
    return markup('<table class="fr-table"><caption>{}</caption><tr>{}</tr>{}</table>', caption, head, rows)


def _reader(name: str, use: DraftUse) -> Markup:
    if use.n < FEWEST:
        return markup('<tr><td>{}</td><td class="n">{}</td><td colspan="5"></td></tr>', name, _FEW)
    shares = [f"{use.verdicts.get(v, 0) / use.n:.0%}" for v in (*_VERDICTS, Verdict.UNAIDED)]
    cells = joined([markup('<td class="n">{}</td>', cell) for cell in (use.n, *shares, _changed(use))])
    return markup("<tr><td>{}</td>{}</tr>", name, cells)


# ── without AI ────────────────────────────────────────────────────────────────────────────────────────


def alone(usage: Usage, most: int = 8) -> go.Figure:
    """Why studies went to a person unread, the most frequent reason first."""
    rows = list(usage.alone.items())[:most]
    rest = sum(list(usage.alone.values())[most:])
    rows += [("another reason", rest)] if rest else []
    title = "Why did a person read without AI? Studies"
    return _bars([(escape(why), n, str(n)) for why, n in rows], title, ORANGE)


def left_open(usage: Usage) -> go.Figure:
    """The share of readings that gave no probability, by finding."""
    shares = {code: 1 - usage.answered.get(code, 0) / usage.readings for code in LABELS}
    ranked = sorted(shares.items(), key=lambda item: -item[1])
    rows = [(LABELS[code], share, f"{share:.0%}") for code, share in ranked]
    title = f"Which findings does the model leave open? Share of {usage.readings:,} readings"
    shown = _bars(rows, title, VIOLET)
    shown.update_xaxes(range=[0, 1], tickformat=".0%")
    return shown


def people(usage: Usage) -> go.Figure:
    """Actions per person, the busiest first."""
    ranked = sorted(usage.people.items(), key=lambda p: -p[1])[:20]
    return _bars([(escape(who), n, str(n)) for who, n in ranked], "Who works with it? Recorded actions", BLUE)


def _bars(rows: list[tuple[str, float, str]], title: str, colour: str) -> go.Figure:
    bars = go.Bar(
        y=[_wrapped(row[0]) for row in rows],
        x=[row[1] for row in rows],
        text=[row[2] for row in rows],
        orientation="h",
        marker_color=colour,
        textposition="auto",
    )
    shown = dressed(go.Figure(bars), title=title, height=110 + 30 * max(4, len(rows)))
    shown.update_yaxes(autorange="reversed")
    return shown


def _wrapped(words: str, longest: int = 34) -> str:
    lines = [""]
    for word in words.split():
        if len(lines[-1]) + len(word) > longest and lines[-1]:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "<br>".join(lines)
