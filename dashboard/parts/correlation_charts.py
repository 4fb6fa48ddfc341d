"""How measurements and probabilities go together: the matrix, and one pair up close; association, not cause."""

from collections.abc import Sequence
from typing import cast

import plotly.graph_objects as go

from dashboard.parts import phrases
from dashboard.parts.chart import BLUE, ORANGE, diverging, dressed
from triage.correlation import Correlation, Measured, column, pearson
from triage.errors import TooFewPairs
from triage.finding import LABELS
from triage.vitals import PARAMETERS

AGE, PATHOLOGY = "age", "pathology"


def label(code: str) -> str:
    """A column's name with its unit."""
    if code in PARAMETERS:
        return f"{PARAMETERS[code].label}, {PARAMETERS[code].unit}"
    return {AGE: "Age, years", PATHOLOGY: "Any pathology"}.get(code) or LABELS[code]


def parameters(cohort: Sequence[Measured]) -> list[str]:
    """What was measured in anybody, age first, then in the order of the vitals table."""
    return [c for c in (AGE, *PARAMETERS) if any(c in m.values for m in cohort)]


def outcomes(cohort: Sequence[Measured]) -> list[str]:
    """What the model gave a probability for, pathology first; what it never assessed is left out."""
    return [c for c in (PATHOLOGY, *LABELS) if any(c in m.probabilities for m in cohort)]


def correlate(cohort: Sequence[Measured], x: str, y: str) -> Correlation | str:
    """One pair's correlation, or the sentence that says why there is none."""
    try:
        return pearson(column(cohort, x), column(cohort, y))
    except TooFewPairs as e:
        return str(e)


def _cell(found: Correlation | str) -> tuple[float | None, str, str]:
    if isinstance(found, str):
        return None, "", found
    r = phrases.signed(found.r)
    return found.r, f"{r}<br>n {found.n}", f"r {r}, n {found.n}, {_interval(found)}"


def _interval(found: Correlation) -> str:
    return f"95 % interval {phrases.signed(found.low)} to {phrases.signed(found.high)}"


def matrix(cohort: Sequence[Measured], *, dark: bool) -> go.Figure:
    """Every parameter against every probability; a cell with too few pairs stays blank and says so."""
    rows, columns = parameters(cohort), outcomes(cohort)
    cells = [[_cell(correlate(cohort, row, col)) for col in columns] for row in rows]
    heat = go.Heatmap(
        x=[label(c) for c in columns],
        y=[label(r) for r in rows],
        z=[[r for r, _, _ in line] for line in cells],
        text=[[text for _, text, _ in line] for line in cells],
        customdata=[[hover for _, _, hover in line] for line in cells],
        texttemplate="%{text}",
        textfont={"size": 11},
        hovertemplate="%{y} and %{x}<br>%{customdata}<extra></extra>",
        hoverongaps=True,
        colorscale=diverging(dark=dark),
        zmin=-1,
        zmax=1,
        xgap=2,
        ygap=2,
        colorbar={"title": {"text": "r"}, "thickness": 12, "len": 0.6},
    )
    title = "Which measurements go with which probabilities? Pearson's r and n; blank below 10 pairs"
    shown = dressed(go.Figure(heat), title=title, height=150 + 42 * len(rows))
    shown.update_yaxes(autorange="reversed", showgrid=False)
    shown.update_xaxes(side="bottom", showgrid=False, tickangle=-35)
    return shown


def line(xs: Sequence[float], ys: Sequence[float]) -> tuple[float, float]:
    """Slope and intercept of the least-squares line.

    Args:
        xs: at least two different values.
        ys: as many.
    """
    middle_x, middle_y = sum(xs) / len(xs), sum(ys) / len(ys)
    slope = sum((x - middle_x) * (y - middle_y) for x, y in zip(xs, ys, strict=True)) / sum(
        (x - middle_x) ** 2 for x in xs
    )
    return slope, middle_y - slope * middle_x


def scatter(cohort: Sequence[Measured], x: str, y: str) -> go.Figure | str:
    """One pair, study by study, with its line; or the sentence that says why it is not drawn."""
    found = correlate(cohort, x, y)
    if isinstance(found, str):
        return found
    both = zip(column(cohort, x), column(cohort, y), strict=True)
    pairs = [cast("tuple[float, float]", p) for p in both if None not in p]
    xs, ys = [p[0] for p in pairs], [p[1] for p in pairs]
    slope, start = line(xs, ys)
    ends = [min(xs), max(xs)]
    shown = go.Figure(
        [
            go.Scatter(
                x=xs,
                y=ys,
                mode="markers",
                name="one study",
                marker={"color": BLUE, "size": 8, "opacity": 0.7},
            ),
            go.Scatter(
                x=ends,
                y=[start + slope * e for e in ends],
                mode="lines",
                name="least squares",
                line={"color": ORANGE, "width": 2},
            ),
        ]
    )
    said = f"r {phrases.signed(found.r)}, n {found.n}, {_interval(found)}. Association, not cause"
    dressed(shown, title=said, height=420)
    shown.update_xaxes(title=label(x))
    shown.update_yaxes(title=f"{label(y)}, probability", range=[-0.02, 1.02])
    return shown
