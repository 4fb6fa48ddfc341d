"""The model on its page: how it learnt, whether its numbers can be believed, and what each width of weights costs."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
from markupsafe import Markup

from dashboard.parts import phrases
from dashboard.parts.chart import BLUE, GREEN, GREY, ORANGE, RED, VIOLET, dressed
from dashboard.parts.look import joined, markup
from dashboard.parts.model_record import ModelRecord
from triage.finding import LABELS

ABNORMAL = "abnormal"
_COLOURS = {"total": BLUE, "findings": ORANGE, "text": GREEN}
_PALETTE = (BLUE, ORANGE, GREEN, RED, VIOLET)
_SMOOTHED = 10  # steps
_WIDTHS = {"fp32": "32 bits", "bf16": "16 bits", "int8": "8 bits", "nf4": "4 bits (NF4)"}


def label(name: str) -> str:
    """What a person calls one answer of the head."""
    return LABELS.get(name, "Any pathology")


# ── how it learnt ─────────────────────────────────────────────────────────────────────────────────────


def losses(series: dict[str, list[float | None]], *, title: str, step: str) -> go.Figure:
    """The losses of one stage, smoothed where there are many steps; the steps themselves stay behind as a shade."""
    shown = go.Figure()
    for name, values in series.items():
        colour, at = _COLOURS.get(name, GREY), list(range(1, len(values) + 1))
        line: dict[str, Any] = {"name": name, "line": {"color": colour}, "connectgaps": True}
        if len(values) > 3 * _SMOOTHED:
            faint = {"color": colour, "width": 1}
            shown.add_scatter(x=at, y=values, line=faint, opacity=0.25, showlegend=False, hoverinfo="skip")
            shown.add_scatter(x=at, y=smoothed(values), mode="lines", **line)
        else:
            shown.add_scatter(x=at, y=values, mode="lines+markers", **line)
    dressed(shown, title=title, height=320)
    shown.update_xaxes(title=step)
    shown.update_yaxes(title="loss", rangemode="tozero")
    return shown


def smoothed(values: Sequence[float | None]) -> list[float | None]:
    """The mean of the latest steps; None where none of them has a value."""
    found: list[float | None] = []
    for i in range(len(values)):
        known = [v for v in values[max(0, i + 1 - _SMOOTHED) : i + 1] if v is not None]
        found.append(sum(known) / len(known) if known else None)
    return found


# ── what it answers ───────────────────────────────────────────────────────────────────────────────────


def reliability(record: ModelRecord) -> go.Figure | None:
    """Said against seen on held-out films, per answered label; None when no label has points."""
    named = {name: bins for name in record.answered if (bins := _bins(record.calibration[name]))}
    if not named:
        return None
    shown = go.Figure()
    exact = {"color": GREY, "dash": "dot"}
    shown.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line=exact, name="exact", hoverinfo="skip")
    for i, (name, bins) in enumerate(named.items()):
        shown.add_scatter(
            x=[b["p"] for b in bins],
            y=[b["share"] for b in bins],
            text=[phrases.count(b["n"], "film", "films") for b in bins],
            hovertemplate="said %{x:.0%}, seen %{y:.0%}<br>%{text}",
            mode="lines+markers",
            name=label(name),
            line={"color": _PALETTE[i % len(_PALETTE)]},
        )
    dressed(shown, title="Does 30 % mean three films in ten? Said against seen, held-out films", height=420)
    shown.update_layout(legend={"y": -0.2, "yanchor": "top", "x": 0, "xanchor": "left"})
    shown.update_xaxes(title="probability said", range=[0, 1], tickformat=".0%")
    shown.update_yaxes(title="share that showed it", range=[0, 1], tickformat=".0%")
    return shown


def _bins(row: dict[str, Any]) -> list[dict[str, Any]]:
    return list((row.get("after") or {}).get("bins") or [])


def answers(record: ModelRecord) -> Markup:
    """Which labels are answered, on how many films that rests, and why the others are not."""
    rows = [_answer(name, row) for name, row in record.calibration.items()]
    head = '<th>finding</th><th>shown as</th><th class="n">films with it</th><th class="n">AUC (95 %)</th><th>why not</th>'
    return markup(
        '<table class="fr-table"><tr>' + head + "</tr>{}</table>",  # a literal, all of it
        joined(rows),
    )


def _answer(name: str, row: dict[str, Any]) -> Markup:
    known = row["auc"] is not None
    area = f"{row['auc']:.2f} ({row['low']:.2f}–{row['high']:.2f})" if known else "—"
    why = "" if row["assessed"] else row.get("why") or "too few films to judge"
    return markup(
        '<tr><td>{}</td><td>{}</td><td class="n">{} of {}</td><td class="n">{}</td><td>{}</td></tr>',
        label(name),
        "a probability" if row["assessed"] else "not assessed",
        row["positives"],
        row["n"],
        area,
        why,
    )


# ── what each width costs ─────────────────────────────────────────────────────────────────────────────


def widths(passport: dict[str, Any]) -> Markup:
    """The quantisation passport: every width of the weights against 32 bits, on the same films."""
    heads = (
        "weights",
        "same urgency",
        "largest change of p",
        "largest change of AUC",
        "same facts",
        "likeness of texts (ROUGE-L)",
        "texts without fault",
        "tokens/s",
        "MiB",
    )
    head = joined([markup('<th class="n">{}</th>' if i else "<th>{}</th>", h) for i, h in enumerate(heads)])
    rows = [_width(name, row) for name, row in passport["widths"].items()]
    return markup('<table class="fr-table"><tr>{}</tr>{}</table>', head, joined(rows))


def _width(name: str, row: dict[str, Any]) -> Markup:
    words = _WIDTHS.get(name, name)
    if not row["runs"]:
        return markup("<tr><td>{}</td><td colspan=8>does not run here: {}</td></tr>", words, row["why"])
    cells = (
        _share(row.get("same_urgency")),
        _figure(row.get("largest_change_of_p")),
        _figure(row.get("largest_change_of_auc")),
        _share(row.get("same_facts")),
        _share(row.get("rouge_l")),
        _share(row.get("without_fault")),
        f"{row['tokens_per_s']:.0f}",
        f"{row['peak_mib']}",
    )
    return markup(
        "<tr><td>{}</td>{}</tr>", words, joined([markup('<td class="n">{}</td>', cell) for cell in cells])
    )


def _figure(value: float | None) -> str:
    return "—" if value is None else f"{value:.4f}"


def _share(value: float | None) -> str:
    return "—" if value is None else f"{value:.0%}"


ONE_SET_OF_NUMBERS = (
    "Our own language model comes in four bits from its package, and what was taught lies beside the numbers that four bits "
    "hold, so every width carries the same numbers, and film, patient and findings stay in 32 bits: a width is meant to "
    "change speed and memory alone, and this table shows whether it does. There is no unrounded model to compare with."
)


def under(passport: dict[str, Any]) -> str:
    """Where and when the passport was made, in one line."""
    films, here = passport["films"], passport["machine"]
    what = "simulated films" if films["simulated"] == films["n"] else "films"
    versions = ", ".join(f"{name} {number}" for name, number in here["versions"].items())
    return f"{films['n']} {what}; {here['cpu']}, {here['cores']} cores; {versions}; made {passport['made_at'][:10]}."
