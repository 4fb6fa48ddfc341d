"""Several measurements of one value as a small line above the band of its reference."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime, tzinfo

from markupsafe import Markup

from dashboard.parts import phrases
from dashboard.parts.look import markup
from triage.vitals import Parameter

WIDE, HIGH, EDGE = 84, 24, 3
_LINE, _BAND, _OUT = "#2f86a8", "#7f8fa4", "#c2453a"  # readable on the light and on the dark ground


def line(parameter: Parameter, measured: Sequence[tuple[datetime, float]], zone: tzinfo) -> Markup:
    """Draw it; nothing for a single measurement.

    Args:
        parameter: for the band and the unit.
        measured: when and how much, the latest last.
        zone: of the person at the screen.
    """
    if len(measured) < 2:
        return markup("")
    told = "; ".join(f"{value:g} at {phrases.when(at, zone)}" for at, value in measured)
    low, high = parameter.reference
    said = f"{parameter.label}, {parameter.unit}, reference {low:g} to {high:g}: {told}"
    drawn = b64encode(_svg(parameter, measured).encode()).decode()
    return markup(
        '<img class="fr-trend" width="{}" height="{}" src="data:image/svg+xml;base64,{}" alt="{}" title="{}">',
        WIDE,
        HIGH,
        drawn,
        said,
        said,
    )


def _svg(parameter: Parameter, measured: Sequence[tuple[datetime, float]]) -> str:
    points = places(parameter, measured)
    top, bottom = _band(parameter, [value for _, value in measured])
    low, high = parameter.reference
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{2.6 if last else 1.5}" fill="{_LINE if low <= v <= high else _OUT}"/>'
        for (x, y), (_, v), last in zip(points, measured, [False] * (len(points) - 1) + [True], strict=True)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}">'
        f'<rect x="0" y="{top:.1f}" width="{WIDE}" height="{bottom - top:.1f}" fill="{_BAND}" opacity=".28"/>'
        f'<polyline points="{path}" fill="none" stroke="{_LINE}" stroke-width="1.5"/>{dots}</svg>'
    )


def places(parameter: Parameter, measured: Sequence[tuple[datetime, float]]) -> list[tuple[float, float]]:
    """Where each measurement stands in the drawing: along by its time, up by its value."""
    first, last = measured[0][0], measured[-1][0]
    lasted = (last - first).total_seconds() or 1.0
    values = [value for _, value in measured]
    across = WIDE - 2 * EDGE
    return [
        (EDGE + across * (at - first).total_seconds() / lasted, _height(parameter, values, value))
        for at, value in measured
    ]


def _reach(parameter: Parameter, values: Sequence[float]) -> tuple[float, float]:
    """The values in view: all that was measured, and the side of the band they come from or fall out of."""
    low, high = parameter.reference
    bottom, top = min(values), max(values)
    inside = [edge for edge in (low, high) if bottom <= edge <= top]
    nearest = min((low, high), key=lambda edge: min(abs(edge - bottom), abs(edge - top)))
    seen = [bottom, top, nearest, *inside]
    room = (max(seen) - min(seen)) * 0.1 or 1.0
    return min(seen) - room, max(seen) + room


def _height(parameter: Parameter, values: Sequence[float], value: float) -> float:
    low, high = _reach(parameter, values)
    return EDGE + (HIGH - 2 * EDGE) * (high - value) / (high - low)


def _band(parameter: Parameter, values: Sequence[float]) -> tuple[float, float]:
    """The top and the bottom of the reference, within the drawing."""
    low, high = parameter.reference
    top, bottom = (_height(parameter, values, edge) for edge in (high, low))
    return max(0.0, min(top, HIGH)), max(0.0, min(bottom, HIGH))
