"""Vital signs and laboratory values with unit, reference range, direction, score and trend."""

from collections.abc import Sequence
from datetime import tzinfo

from markupsafe import Markup

from dashboard.parts import phrases
from dashboard.parts.look import draw, empty, joined, markup
from triage.vitals import PARAMETERS, Parameter, Vitals, early_warning


def direction(parameter: Parameter, value: float) -> str:
    """Whether a value lies above or below what a healthy patient has, as an arrow and a word."""
    low, high = parameter.normal
    if value < low:
        return "↓ low"
    return "↑ high" if value > high else ""


def trend(values: Sequence[float], label: str) -> Markup:
    """Several measurements as a small line, the latest marked; nothing for a single one."""
    if len(values) < 2:
        return markup("")
    low, reach = min(values), (max(values) - min(values)) or 1.0
    xs = [4 + 72 * i / (len(values) - 1) for i in range(len(values))]
    ys = [17 - 14 * (v - low) / reach for v in values]
    return markup(
        '<svg class="fr-trend" viewBox="0 0 80 20" role="img" aria-label="{}"><polyline points="{}"></polyline>'
        '<circle cx="{}" cy="{}" r="2.4"></circle></svg>',
        f"{label}: {', '.join(f'{v:g}' for v in values)}",
        " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True)),
        f"{xs[-1]:.1f}",
        f"{ys[-1]:.1f}",
    )


def _row(parameter: Parameter, measured: Sequence[Vitals], points: int | None) -> Markup:
    value = measured[-1].values[parameter.code]
    before = [v.values[parameter.code] for v in measured if parameter.code in v.values]
    away = direction(parameter, value)
    low, high = parameter.normal
    return markup(
        '<tr><td>{}</td><td class="n"><b>{}</b> {}</td><td><span class="fr-out">{}</span></td>'
        '<td class="n">{}</td><td class="n">{}</td><td>{}</td></tr>',
        parameter.label,
        f"{value:g}",
        parameter.unit,
        away,
        f"{low:g} to {high:g}" if parameter.code != "days_since_onset" else "",
        "" if points is None else points,
        trend(before, parameter.label),
    )


def _answers(latest: Vitals, points: dict[str, int]) -> Markup:
    oxygen = {None: "not recorded", True: "yes", False: "no, room air"}[latest.on_oxygen]
    awake = latest.consciousness.value if latest.consciousness else "not recorded"
    rows = [("Oxygen given", oxygen, "on_oxygen"), ("Consciousness", awake, "consciousness")]
    return joined(
        [
            markup(
                '<tr><td>{}</td><td class="n">{}</td><td></td><td></td><td class="n">{}</td><td></td></tr>',
                label,
                said,
                points.get(code, ""),
            )
            for label, said, code in rows
        ]
    )


def table(measured: Sequence[Vitals], zone: tzinfo) -> Markup:
    """The latest measurements, each against its reference range, and what each gives to NEWS2.

    Args:
        measured: all measurements of a study, the latest last; at least one.
        zone: of the person at the screen.
    """
    latest = measured[-1]
    warning = early_warning(latest)
    rows = [
        _row(p, measured, warning.points.get(p.code)) for p in PARAMETERS.values() if p.code in latest.values
    ]
    scale = " SpO₂ on scale 2 (hypercapnic failure)." if latest.hypercapnic else ""
    return markup(
        '<table class="fr-table"><caption>Measured {}. <b>{}</b> {}{}</caption><thead><tr><th scope="col">Parameter</th>'
        '<th scope="col" class="n">Value</th><th scope="col"></th><th scope="col" class="n">Reference</th>'
        '<th scope="col" class="n">NEWS2</th><th scope="col">Trend</th></tr></thead><tbody>{}{}</tbody></table>',
        phrases.when(latest.measured_at, zone),
        phrases.score(warning),
        phrases.missing(warning.missing),
        scale,
        joined(rows),
        _answers(latest, dict(warning.points)),
    )


def show(measured: Sequence[Vitals], zone: tzinfo) -> None:
    """The bedside at a glance, or that nothing was measured."""
    if measured:
        draw(table(measured, zone))
    else:
        empty(
            "No vitals with this study", "Its place rests on the order and the film. Add vitals under Upload."
        )
