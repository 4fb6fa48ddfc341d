"""How measurements and probabilities go together: the matrix, one pair up close, what is missing; association, not cause."""

from typing import Any

import plotly.graph_objects as go
from markupsafe import Markup

from dashboard.cohort import Association, Associations
from dashboard.cohort_file import HIDDEN, RANKED, missing
from dashboard.parts import phrases
from dashboard.parts.chart import BLUE, GREY, ORANGE, diverging, dressed
from dashboard.parts.look import joined, markup
from triage.correlation import AGE, FEWEST, PATHOLOGY, Correlation
from triage.finding import LABELS
from triage.vitals import PARAMETERS

MEASURES = {"pearson": "Pearson r", "spearman": "Spearman ρ", "partial": "Partial r (age, sex)"}
NOT_CAUSE = "Association, not cause"
OLDEST_SHOWN = 90
"""Years; an older patient is drawn here, because few people are older and one of them could be known by it."""
_GROUND, _INK = {False: "#fbfcfd", True: "#12181e"}, {False: "#1c2733", True: "#e3e9ee"}
_ROW = 42  # pixels


def label(code: str) -> str:
    """A column's name with its unit."""
    if code in PARAMETERS:
        return f"{PARAMETERS[code].label}, {PARAMETERS[code].unit}"
    return {AGE: "Age, years", PATHOLOGY: "Any pathology"}.get(code) or LABELS[code]


def config(name: str) -> dict[str, Any]:
    """Plotly's tool bar with its picture button: the figure says itself that it shows no cause, and shows no names."""
    return {
        "displaylogo": False,
        "displayModeBar": True,
        "modeBarButtons": [["toImage", "resetScale2d"]],
        "toImageButtonOptions": {"format": "png", "filename": name, "scale": 2},
    }


# ── the matrix ────────────────────────────────────────────────────────────────────────────────────────


def matrix(
    found: Associations, measure: str, *, dark: bool, chosen: tuple[str, str] | None = None
) -> go.Figure:
    """Every parameter against every probability; a cell with too few pairs stays blank and says so.

    Args:
        found: the matrix.
        measure: one of `MEASURES`.
        dark: the ground it is drawn on, kept in a saved picture.
        chosen: the pair that is looked at up close; it is framed.
    """
    xs, ys = found.parameters, found.outcomes
    cells = [[found.cells[x, y] for y in ys] for x in xs]
    heat = go.Heatmap(
        x=[label(y) for y in ys],
        y=[label(x) for x in xs],
        z=[[_value(cell, measure) for cell in row] for row in cells],
        text=[[_in_cell(cell, measure) for cell in row] for row in cells],
        texttemplate="%{text}",
        textfont={"size": 11},
        hoverinfo="skip",
        colorscale=diverging(dark=dark),
        zmin=-1,
        zmax=1,
        xgap=2,
        ygap=2,
        colorbar={"title": {"text": "r"}, "thickness": 12, "len": 0.6},
    )
    shown = dressed(go.Figure([heat, _handles(cells)]), title="", height=200 + _ROW * len(xs))
    title = f"Which measurements go with which probabilities? {MEASURES[measure]}, n below it"
    _say(shown, title, f"<b>{NOT_CAUSE}.</b> {_marks(found)}", dark=dark)
    shown.update_layout(clickmode="event+select", dragmode=False, showlegend=False)
    shown.update_yaxes(range=[len(xs) - 0.5, -0.5], showgrid=False, fixedrange=True)
    shown.update_xaxes(range=[-0.5, len(ys) - 0.5], showgrid=False, tickangle=-35, fixedrange=True)
    if chosen in found.cells and chosen is not None:
        row, column = xs.index(chosen[0]), ys.index(chosen[1])
        frame = {"x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5}
        shown.add_shape(type="rect", **frame, line={"color": _INK[dark], "width": 2})
    return shown


def _handles(cells: list[list[Association]]) -> go.Scatter:
    """What a pointer meets: a heatmap's own cells cannot be selected, unseen squares over them can."""
    every = [cell for row in cells for cell in row]
    return go.Scatter(
        x=[label(cell.y) for cell in every],
        y=[label(cell.x) for cell in every],
        mode="markers",
        marker={"symbol": "square", "size": 38, "color": "rgba(0,0,0,0)"},
        customdata=[[cell.x, cell.y, told(cell)] for cell in every],
        hovertemplate="%{y} and %{x}<br>%{customdata[2]}<extra></extra>",
    )


def _value(cell: Association, measure: str) -> float | None:
    value: Correlation | None = getattr(cell, measure)
    return None if value is None else value.r


def _in_cell(cell: Association, measure: str) -> str:
    value: Correlation | None = getattr(cell, measure)
    if value is None:
        return ""
    marks = ("*" if cell.stands else "") + ("" if cell.steady else "~")
    return f"{phrases.signed(value.r)}{marks}<br>{_count(value.n)}"


def _count(n: int) -> str:
    return f"{n:,}" if n < 100_000 else f"{n / 1e6:.2f} M"


def _marks(found: Associations) -> str:
    return (
        f"{found.studies:,} studies. * p below 0.05 after Holm's correction for {found.tests} tests, "
        "~ sign not the same in 95 % of resamples; blank: fewer than ten"
    )


def told(cell: Association) -> str:
    """Everything about one cell, for the pointer."""
    if cell.pearson is None or cell.spearman is None:
        return cell.refused
    lines = [f"r {_with(cell.pearson)}, n {cell.pearson.n:,}", f"ρ {_with(cell.spearman)}"]
    if cell.partial:
        lines.append(f"beside age and sex {_with(cell.partial)}, n {cell.partial.n:,}")
    if cell.chance and cell.p_corrected is not None:
        lines.append(f"p {_p(cell.chance.p)}, corrected {_p(cell.p_corrected)}")
    return "<br>".join(lines)


def _with(found: Correlation) -> str:
    return f"{phrases.signed(found.r)} ({phrases.signed(found.low)} to {phrases.signed(found.high)})"


def _p(p: float) -> str:
    return f"{p:.4f}" if p < 0.001 else f"{p:.3f}"


def _say(figure: go.Figure, title: str, below: str, *, dark: bool) -> None:
    """Write the question and the warning into the figure itself, on the ground it was drawn for."""
    figure.update_layout(
        title={
            "text": f'{title}<br><span style="font-size:12px">{below}</span>',
            "y": 1,
            "yanchor": "top",
            "pad": {"t": 12},
            "automargin": False,
        },
        margin={"t": 66},
        paper_bgcolor=_GROUND[dark],
        font={"color": _INK[dark]},
    )


# ── one pair ──────────────────────────────────────────────────────────────────────────────────────────


def scatter(found: Associations, x: str, y: str, *, dark: bool) -> go.Figure | str:
    """One pair, study by study, with the line of all of them; or the sentence that says why it is not drawn."""
    cell = found.cells[x, y]
    if cell.pearson is None:
        return cell.refused
    pairs = [
        (m.values[x], m.probabilities[y]) for m in found.points if x in m.values and y in m.probabilities
    ]
    if len(pairs) < FEWEST:
        pairs = []
    xs = [min(a, OLDEST_SHOWN) if x == AGE else a for a, _ in pairs]
    shown = go.Figure(
        go.Scatter(
            x=xs,
            y=[b for _, b in pairs],
            mode="markers",
            name="one study",
            marker={"color": BLUE, "size": 7, "opacity": 0.6 if len(pairs) < 300 else 0.3},
        )
    )
    if xs:
        ends, (slope, start) = [min(xs), max(xs)], cell.line
        shown.add_scatter(
            x=ends,
            y=[start + slope * end for end in ends],
            mode="lines",
            name="least squares, all studies",
            line={"color": ORANGE, "width": 2},
        )
    dressed(shown, title="", height=430)
    below = (
        f"r {_with(cell.pearson)}, n {cell.pearson.n:,}<br><b>{NOT_CAUSE}.</b> {_drawn(found, len(pairs))}"
    )
    if x == AGE:
        below += f"; {OLDEST_SHOWN} stands for {OLDEST_SHOWN} and older"
    _say(shown, question(x, y), below, dark=dark)
    shown.update_layout(margin={"t": 84})
    shown.update_layout(legend={"y": -0.22, "yanchor": "top", "x": 0, "xanchor": "left"})
    shown.update_xaxes(title=label(x))
    shown.update_yaxes(title=f"{label(y)}, probability", range=[-0.02, 1.02])
    return shown


def question(x: str, y: str) -> str:
    """What one pair is looked at for."""
    x, y = (label(code).split(",")[0] for code in (x, y))
    return f"Does {x} go with {y[0].lower()}{y[1:]}?"


def _drawn(found: Associations, points: int) -> str:
    if not points:
        return "Too few of them are in the sample to draw"
    everybody = found.studies == len(found.points)
    return f"{points:,} points" if everybody else f"{points:,} studies drawn at random"


def facts(found: Associations, x: str, y: str) -> Markup:
    """What a careful reader asks of one pair, a line each."""
    cell = found.cells[x, y]
    if cell.pearson is None or cell.spearman is None or found.studies is None:
        return Markup()
    gaps = cell.pearson.n < max(found.having[x], found.having[y])
    ranked = f". {RANKED}" if gaps else ""
    rows = [("Pearson r", _with(cell.pearson)), ("Spearman ρ", _with(cell.spearman) + ranked)]
    beside = "sex" if x == AGE else "age and sex"
    partial = f"{_with(cell.partial)}, n {cell.partial.n:,}" if cell.partial else "cannot be said"
    rows.append((f"Beside {beside} (partial r)", partial))
    chance = cell.chance
    if chance and cell.p_corrected is not None:
        rows += [
            ("Permutation p", f"{_p(chance.p)}, {chance.shuffles:,} shuffles of {chance.n:,} studies"),
            ("Corrected (Holm)", f"{_p(cell.p_corrected)}, {found.tests} tests"),
            ("Same sign", f"in {chance.stable:.1%} of 1,000 resamples by patient"),
            ("Resampled r", f"95 % in {phrases.signed(chance.low)} to {phrases.signed(chance.high)}"),
        ]
    rows.append(("Missing", f"{missing(found.studies, cell.pearson.n)} of {found.studies:,} studies"))
    lines = [markup("<dt>{}</dt><dd>{}</dd>", *row) for row in rows]
    return markup('<dl class="fr-facts">{}</dl>', joined(lines))


def doubts(cell: Association) -> list[str]:
    """What speaks against reading anything into a pair, in sentences."""
    found = []
    if cell.pearson and cell.partial and cell.pearson.r * cell.partial.r < 0:
        found.append("The sign turns when age and sex are taken out of both sides.")
    if cell.chance and not cell.steady:
        found.append(
            f"The sign holds in {cell.chance.stable:.0%} of resamples only: other patients could show the opposite."
        )
    if cell.chance and not cell.stands:
        found.append("After correction for all pairs that were asked, chance alone would explain it.")
    return found


# ── what is missing ───────────────────────────────────────────────────────────────────────────────────


def gaps(found: Associations, *, dark: bool) -> go.Figure:
    """The share of studies without each measurement or probability; a handful is not counted out."""
    studies = found.studies or 1
    codes = [code for code in (*found.parameters, *found.outcomes) if found.having[code]]
    words = [_gap(studies, found.having[code]) for code in codes]
    bars = go.Bar(
        y=[label(code) for code in codes],
        x=[share for share, _ in words],
        text=[text for _, text in words],
        orientation="h",
        marker_color=GREY,
        textposition="auto",
        hoverinfo="skip",
    )
    shown = dressed(go.Figure(bars), title="", height=130 + 24 * len(codes))
    _say(
        shown,
        "What is missing, and from how many studies?",
        "A value is often missing for a reason",
        dark=dark,
    )
    shown.update_yaxes(autorange="reversed")
    shown.update_xaxes(range=[0, 1], tickformat=".0%", title="share of the studies")
    return shown


def _gap(studies: int, n: int) -> tuple[float, str]:
    if n < FEWEST:
        return 1.0, f"known in {HIDDEN}"
    lacking = missing(studies, n)
    return (0.0, lacking) if lacking == HIDDEN else (1 - n / studies, f"{1 - n / studies:.0%}")
