"""How good the answers are on films of known truth: per finding, whether numbers hold, and for whom; small cells hidden."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from markupsafe import Markup
from plotly.subplots import make_subplots

from dashboard.parts.chart import BLUE, GREY, dressed
from dashboard.parts.look import joined, markup
from triage.finding import LABELS

Row = Mapping[str, Any]
HIDDEN = "fewer than 10"
COLUMNS = 4
_KEYS = {"sex": "Sex", "age": "Age", "view": "View", "source": "Source", "origin": "Archive"}


def label(name: str) -> str:
    """What a person calls one answer of the head."""
    return LABELS.get(name, "Any pathology")


def key(name: str) -> str:
    """What films are told apart by."""
    return _KEYS.get(name, name)


def measured(evaluation: Row) -> dict[str, Row]:
    """The findings that were measured, on films whose labels come from a report of that film."""
    return {name: row for name, row in evaluation.get("labels_from_report", {}).items() if row["n"]}


def results(evaluation: Row) -> Markup:
    """Per finding how well it is found and how far its probability is from what was so."""
    heads = (
        "finding",
        "films with it",
        "AUC (95 %)",
        "calibration error (95 %)",
        "luck alone",
        "called unlikely with it",
    )
    rows = [
        (
            label(name),
            f"{_count(row['positives'])} of {row['n']}",
            _spread(row, "auc", "low", "high"),
            _spread(row, "ece", "ece_low", "ece_high", 3),
            "—" if row["ece_honest"] is None else f"{row['ece_honest']:.3f}",
            "—" if row["called_unlikely_with_it"] is None else row["called_unlikely_with_it"],
        )
        for name, row in measured(evaluation).items()
    ]
    return _table("How well is each finding found? Films with labels from their own report", heads, rows)


def under(evaluation: Row) -> str:
    """On what it rests, in one line."""
    draws = evaluation["bootstrap"]
    return (
        f"{evaluation['films']} films of {evaluation['patients']} patients, {len(evaluation['unreadable'])} refused; "
        f"intervals {draws['interval']} by {draws['by']}, {draws['draws']:,} draws; luck alone: the error that exactly right "
        "probabilities would show on so few films."
    )


def goals(evaluation: Row) -> Markup:
    """What the weights were meant to reach, and whether they did."""
    verdicts = {None: "not estimable", True: "met", False: "missed"}
    rows = [
        (
            name,
            _spread(row, "value", "low", "high"),
            row["goal"],
            "met, not surely" if row["met"] and not row["surely"] else verdicts[row["met"]],
        )
        for name, row in evaluation.get("goals", {}).items()
    ]
    return _table("Did it reach its goals?", ("goal", "value (95 %)", "meant", "verdict"), rows)


def reliability(evaluation: Row) -> go.Figure | None:
    """Said against seen, a small plot per finding; None when no finding has enough films."""
    named = {name: row for name, row in measured(evaluation).items() if row["bins"]}
    if not named:
        return None
    titles = [f"{label(name)}, error {row['ece']:.3f}" for name, row in named.items()]
    lines = -(-len(named) // COLUMNS)
    shown = make_subplots(
        lines, COLUMNS, subplot_titles=titles, vertical_spacing=0.4 / lines, horizontal_spacing=0.05
    )
    for i, row in enumerate(named.values()):
        place = {"row": i // COLUMNS + 1, "col": i % COLUMNS + 1}
        top = max(0.1, *(b[side] for b in row["bins"] for side in ("p", "share")))
        dotted = {"color": GREY, "dash": "dot", "width": 1}
        shown.add_scatter(x=[0, top], y=[0, top], mode="lines", line=dotted, hoverinfo="skip", **place)
        shown.add_scatter(
            x=[b["p"] for b in row["bins"]],
            y=[b["share"] for b in row["bins"]],
            text=[f"{b['n']} films" for b in row["bins"]],
            hovertemplate="said %{x:.0%}, seen %{y:.0%}<br>%{text}<extra></extra>",
            mode="lines+markers",
            line={"color": BLUE},
            marker={"size": 5},
            **place,
        )
    title = "Does 30 % mean three films in ten, finding by finding? Said (across) against seen (up)"
    dressed(shown, title=title, height=90 + 200 * lines)
    shown.update_layout(showlegend=False, margin={"t": 80})
    shown.update_annotations(font_size=12)
    shown.update_xaxes(tickformat=".0%", nticks=4)
    shown.update_yaxes(tickformat=".0%", nticks=4)
    return shown


def findings_of(evaluation: Row) -> list[str]:
    """The findings of which some group has a figure."""
    cells = [cell for groups in evaluation.get("groups", {}).values() for cell in groups.values()]
    return list(dict.fromkeys(name for cell in cells for name in cell["labels"]))


def subgroups(evaluation: Row, by: str, finding: str) -> Markup:
    """One finding in every group of films; what rests on fewer than ten films is hidden."""
    heads = (key(by).lower(), "films", "with it", "AUC (95 %)", "noticed (95 %)", "false alarms (95 %)")
    rows = [(name, *_group(cell, finding)) for name, cell in evaluation["groups"][by].items()]
    return _table(f"Is it as good for everybody? {label(finding)} by {key(by).lower()}", heads, rows)


def _group(cell: Row, finding: str) -> tuple[object, ...]:
    row = cell["labels"].get(finding)
    if cell["n"] is None or row is None:
        return (HIDDEN if cell["n"] is None else cell["n"], "", "", "", "")
    spreads = (_spread(row[what], "value", "low", "high") for what in ("auc", "noticed", "false_alarms"))
    return (cell["n"], HIDDEN if row["positives"] is None else row["positives"], *spreads)


def _count(n: int) -> str:
    return HIDDEN if 0 < n < 10 else str(n)


def _spread(row: Row, value: str, low: str, high: str, digits: int = 2) -> str:
    if row[value] is None:
        return "—"
    if row[low] is None:
        return f"{row[value]:.{digits}f}"
    return f"{row[value]:.{digits}f} ({row[low]:.{digits}f}–{row[high]:.{digits}f})"


def _table(caption: str, heads: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> Markup:
    head = joined([markup('<th class="n">{}</th>' if i else "<th>{}</th>", h) for i, h in enumerate(heads)])
    lines = joined([markup("<tr>{}</tr>", joined(_cells(row))) for row in rows])
    return markup('<table class="fr-table"><caption>{}</caption><tr>{}</tr>{}</table>', caption, head, lines)


def _cells(row: tuple[object, ...]) -> list[Markup]:
    return [markup('<td class="n">{}</td>' if i else "<td>{}</td>", value) for i, value in enumerate(row)]
