"""Who waits how long with AI and without: the figures a head of department shows, from the answer of the command."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go
from markupsafe import Markup

from dashboard.parts.chart import BLUE, GREEN, GREY, ORANGE, RED, dressed
from dashboard.parts.look import joined, markup

Row = Mapping[str, Any]

WORDS = {
    "all": "all studies",
    "AI+": "flagged by AI",
    "AI-": "not flagged",
    "no AI": "no AI looks at them",
}


def shown(result: Row) -> list[Row]:
    """The sets worth a line: interrupting cases and sets that are the same studies as one before are left out."""
    kept: list[Row] = []
    for one in result["outcomes"]:
        alike = any(k["n"] == one["n"] and k["without"]["mean"] == one["without"]["mean"] for k in kept)
        if one["name"] != "interrupting" and not alike:
            kept.append(one)
    return kept


def words(one: Row) -> str:
    """What a set is called on screen; a disease that no device looks for says so."""
    name = str(one["name"])
    kind, _, rest = name.partition(": ")
    if kind == "disease" and rest:
        return rest if one["has_ai"] else f"{rest} (no AI)"
    if kind == "group" and rest:
        return f"{rest}, all"
    return WORDS.get(name, name)


def span(minutes: float) -> str:
    """Minutes as a person says them."""
    return f"{minutes:.0f}" if abs(minutes) >= 100 else f"{minutes:.1f}"


def signed(minutes: float) -> str:
    """A change in minutes, with its sign."""
    return f"{minutes:+.0f}".replace("-", "−") if abs(minutes) >= 100 else f"{minutes:+.1f}".replace("-", "−")


def is_sure(estimate: Row) -> bool:
    """Whether the interval leaves zero out."""
    low, high = estimate["low"], estimate["high"]
    return low is not None and (low > 0 or high < 0)


def verdict(result: Row) -> list[str]:
    """The answer in sentences: who gains, who pays, and whom nobody looks for."""
    rows = {o["name"]: o for o in result["outcomes"]}
    said = [
        _sentence(words(rows[name]).capitalize(), rows[name])
        for name in ("diseased", "non-diseased")
        if name in rows
    ]
    unseen = [o for o in result["outcomes"] if o["name"].startswith("disease: ") and not o["has_ai"]]
    said += [_sentence(f"{words(o).removesuffix(' (no AI)')}, which no AI looks for", o) for o in unseen]
    return said


def _sentence(who: str, one: Row) -> str:
    more = one["difference"]["mean"]
    before, after = span(one["without"]["mean"]["value"]), span(one["with"]["mean"]["value"])
    if not is_sure(more):
        return f"{who}: no difference beyond chance ({before} min without AI, {after} with)."
    change = "less" if more["value"] < 0 else "more"
    ends = sorted(abs(more[end]) for end in ("low", "high"))
    size = span(abs(more["value"]))
    return f"{who}: {size} min {change} ({span(ends[0])} to {span(ends[1])}); {before} min without AI, {after} with."


def tiles(result: Row) -> Markup:
    """What was simulated, in numbers."""
    everybody = next(o for o in result["outcomes"] if o["name"] == "all")
    cells = [
        ("Readers busy", f"{result['traffic']:.0%}", f"of the time, {result['readers']} reading"),
        ("Flagged by AI", f"{_share(result, 'AI+'):.0%}", "of all that do not interrupt"),
        ("Longest wait without AI", span(everybody["without"]["max"]), "min, of all simulated"),
        ("Longest wait with AI", span(everybody["with"]["max"]), "min, of all simulated"),
        ("Simulated", f"{everybody['n']:,}", f"studies in {result['trials']} trials"),
    ]
    drawn = [markup("<div><span>{}</span><b>{}</b><small>{}</small></div>", *cell) for cell in cells]
    return markup('<div class="fr-tiles">{}</div>', joined(drawn))


def _share(result: Row, name: str) -> float:
    shares = {o["name"]: o["share"] for o in result["outcomes"]}
    return float(shares.get(name, 0.0) / shares["all"])


# ── figures ───────────────────────────────────────────────────────────────────────────────────────────


def waits(result: Row) -> go.Figure:
    """Mean waits of every set, both ways, with the interval over the trials."""
    rows = shown(result)
    figure = go.Figure()
    for way, label, colour in (("with", "with AI", BLUE), ("without", "without AI", GREY)):
        means = [o[way]["mean"] for o in rows]
        figure.add_bar(
            y=_names(rows),
            x=[m["value"] for m in means],
            name=label,
            orientation="h",
            marker_color=colour,
            error_x=_errors(means),
            hovertemplate="%{y}, " + label + ": %{x:.2f} min<extra></extra>",
        )
    dressed(
        figure,
        title="How long does each group wait, with AI and without? Mean minutes",
        height=_tall(rows, 44),
    )
    longer = [max((o["with"]["mean"], o["without"]["mean"]), key=_end) for o in rows]
    both = [f"{span(o['without']['mean']['value'])} → {span(o['with']['mean']['value'])}" for o in rows]
    _beyond(figure, rows, longer, both)
    figure.update_layout(barmode="group", bargap=0.25)
    figure.update_layout(legend={"traceorder": "reversed"})
    figure.update_xaxes(range=[0, 1.35 * max(map(_end, longer))])
    return _lines(figure, "minutes, 95 % interval")


def change(result: Row) -> go.Figure:
    """The difference AI makes to every set: less waiting to the left, more to the right."""
    rows = shown(result)
    means = [o["difference"]["mean"] for o in rows]
    figure = go.Figure(
        go.Bar(
            y=_names(rows),
            x=[m["value"] for m in means],
            orientation="h",
            marker_color=[_colour(m) for m in means],
            error_x=_errors(means),
            hovertemplate="%{y}: %{x:+.2f} min<extra></extra>",
            showlegend=False,
        )
    )
    _beyond(figure, rows, means, [_change_words(m) for m in means])
    dressed(
        figure,
        title="Who waits less (−), and who pays for it (+)? With AI less without",
        height=_tall(rows, 34),
    )
    figure.add_vline(x=0, line={"color": GREY, "width": 1})
    low, high = min(0.0, *map(_start, means)), max(0.0, *map(_end, means))
    around = 0.45 * ((high - low) or 1.0)
    figure.update_xaxes(range=[low - around, high + around])
    return _lines(figure, "minutes of waiting, 95 % interval")


def _beyond(figure: go.Figure, rows: Sequence[Row], means: Sequence[Row], said: Sequence[str]) -> None:
    """Write each number past the end of its interval, on the side to which its bar goes."""
    left = [m["value"] < 0 for m in means]
    figure.add_scatter(
        y=_names(rows),
        x=[_start(m) if to_left else _end(m) for m, to_left in zip(means, left, strict=True)],
        text=[
            f"{words}\u2002" if to_left else f"\u2002{words}"
            for words, to_left in zip(said, left, strict=True)
        ],
        textposition=["middle left" if to_left else "middle right" for to_left in left],
        mode="text",
        cliponaxis=False,
        hoverinfo="skip",
        showlegend=False,
    )


def _start(mean: Row) -> float:
    return float(mean["value"] if mean["low"] is None else mean["low"])


def _end(mean: Row) -> float:
    return float(mean["value"] if mean["high"] is None else mean["high"])


def tail(result: Row) -> go.Figure:
    """How long one in twenty waits at least, and the longest wait of all."""
    rows = shown(result)
    figure = go.Figure()
    for way, label, colour in (("without", "without AI", GREY), ("with", "with AI", BLUE)):
        for measure, symbol in (("p95", "circle"), ("max", "diamond-open")):
            said = "19 in 20 wait less" if measure == "p95" else "the longest"
            figure.add_scatter(
                y=_names(rows),
                x=[_value(o[way][measure]) for o in rows],
                name=f"{said}, {label}",
                mode="markers",
                marker={"color": colour, "size": 11, "symbol": symbol, "line": {"width": 2}},
                hovertemplate=f"%{{y}}, {said}, {label}: %{{x:.1f}} min<extra></extra>",
            )
    dressed(
        figure,
        title="How bad does it get? The slowest twentieth, and the longest wait",
        height=_tall(rows, 36) + 60,
    )
    figure.update_layout(legend={"y": -0.12, "yanchor": "top", "x": 0, "xanchor": "left"})
    return _lines(figure, "minutes")


def _names(rows: Sequence[Row]) -> list[str]:
    return [escape(words(o)) for o in rows]


def _value(said: Any) -> float:
    return float(said["value"] if isinstance(said, Mapping) else said)


def _tall(rows: Sequence[Row], each: int) -> int:
    return 120 + each * len(rows)


def _errors(estimates: Iterable[Row]) -> dict[str, Any]:
    half = [0.0 if e["high"] is None else e["high"] - e["value"] for e in estimates]
    return {"type": "data", "array": half, "thickness": 1.4, "width": 4, "color": ORANGE}


def _colour(more: Row) -> str:
    if not is_sure(more):
        return GREY
    return RED if more["value"] > 0 else GREEN


def _change_words(more: Row) -> str:
    if not is_sure(more):
        return "no difference"
    return f"{signed(more['value'])} min"


def _lines(figure: go.Figure, unit: str) -> go.Figure:
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(title=unit)
    return figure
