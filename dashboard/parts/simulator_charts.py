"""Who waits how long with AI and without: the figures a head of department shows, from the answer of the command."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from io import StringIO
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
MEASURES = ("mean", "p95")


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


def _signed(minutes: float) -> str:
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
            text=[span(m["value"]) for m in means],
            textposition="outside",
            hovertemplate="%{y}, " + label + ": %{x:.2f} min<extra></extra>",
        )
    dressed(
        figure,
        title="How long does each group wait, with AI and without? Mean minutes",
        height=_tall(rows, 44),
    )
    figure.update_layout(barmode="group", bargap=0.25, legend={"traceorder": "reversed"})
    return _lines(figure, "minutes")


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
            text=[_change_words(m) for m in means],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{x:+.2f} min<extra></extra>",
            showlegend=False,
        )
    )
    dressed(figure, title="Who waits less, and who pays for it? With AI less without", height=_tall(rows, 34))
    figure.add_vline(x=0, line={"color": GREY, "width": 1})
    widest = max((abs(m["value"]) for m in means), default=1.0) or 1.0
    figure.update_xaxes(range=[-1.45 * widest, 1.45 * widest])
    return _lines(figure, "minutes of waiting, 95 % interval")


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
        return "no difference beyond chance"
    return f"{_signed(more['value'])} min, {'longer' if more['value'] > 0 else 'shorter'}"


def _lines(figure: go.Figure, unit: str) -> go.Figure:
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(title=unit)
    return figure


# ── numbers ───────────────────────────────────────────────────────────────────────────────────────────


def table(result: Row) -> Markup:
    """Every number with its theory, n and interval."""
    heads = ("", "n", "without", "theory", "with AI", "theory", "difference (95 %)", "theory", "p95", "max")
    head = joined([markup('<th class="{}">{}</th>', "n" if i else "", h) for i, h in enumerate(heads)])
    body = joined([_line(one) for one in result["outcomes"]])
    return markup(
        '<table class="fr-table"><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table>',
        "Minutes of waiting; p95 and max without AI → with AI. Theory is a dash where no formula is known.",
        head,
        body,
    )


def _line(one: Row) -> Markup:
    more = one["difference"]["mean"]
    ends = "" if more["low"] is None else f" ({_signed(more['low'])} … {_signed(more['high'])})"
    cells = [
        f"{one['n']:,}",
        f"{one['without']['mean']['value']:.2f}",
        _theory(one["without"]["theory"]),
        f"{one['with']['mean']['value']:.2f}",
        _theory(one["with"]["theory"]),
        _signed(more["value"]) + ends,
        _theory(one["difference"]["theory"]),
        f"{span(one['without']['p95']['value'])} → {span(one['with']['p95']['value'])}",
        f"{span(one['without']['max'])} → {span(one['with']['max'])}",
    ]
    return markup(
        '<tr><th scope="row">{}</th>{}</tr>',
        words(one),
        joined([markup('<td class="n">{}</td>', c) for c in cells]),
    )


def _theory(value: float | None) -> str:
    return "—" if value is None else f"{value:.2f}"


def as_csv(result: Row) -> str:
    """The numbers of the page as a table for a spreadsheet; a name can be no formula there."""
    made = StringIO()
    sheet = csv.writer(made)
    ends = ("value", "low", "high")
    names = [f"{way}_{m}_{e}" for way in ("without", "with") for m in MEASURES for e in ends]
    changes = [f"difference_{m}_{e}" for m in MEASURES for e in ends]
    rest = ("without_max", "with_max", "without_theory", "with_theory", "difference_theory")
    sheet.writerow(["set", "has_ai", "n", *names, *changes, *rest])
    for one in result["outcomes"]:
        values = [one[way][m][e] for way in ("without", "with") for m in MEASURES for e in ends]
        moved = [one["difference"][m][e] for m in MEASURES for e in ends]
        last = [one["without"]["max"], one["with"]["max"], one["without"]["theory"], one["with"]["theory"]]
        name = one["name"]
        safe = f"'{name}" if name[:1] in "=+-@\t\r" else name
        sheet.writerow([safe, one["has_ai"], one["n"], *values, *moved, *last, one["difference"]["theory"]])
    return made.getvalue()
