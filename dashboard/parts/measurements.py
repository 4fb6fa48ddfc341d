"""Vital signs and laboratory values with unit, time, reference range, direction, score and trend."""

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

from markupsafe import Markup

from dashboard.parts import phrases, trend
from dashboard.parts.look import draw, empty, joined, markup
from triage.vitals import PARAMETERS, REFERENCE_SOURCE, Parameter, Vitals, early_warning, standing

BEDSIDE = (
    "temperature_c",
    "spo2_pct",
    "heart_rate_bpm",
    "resp_rate_bpm",
    "systolic_mmhg",
    "diastolic_mmhg",
)
"""What is measured at the bed; the rest comes from the laboratory."""


_TOTAL = Parameter("news2", "NEWS2 total", "points", 0.0, 20.0, (0.0, 4.0), "")
"""Up to 4 points are a low clinical risk (RCP 2017); what was not measured at a moment adds nothing to its total."""


def direction(parameter: Parameter, value: float) -> str:
    """Whether a value lies above or below what a healthy patient has, as an arrow and a word."""
    low, high = parameter.reference
    if value < low:
        return "↓ low"
    return "↑ high" if value > high else ""


def over_time(code: str, measured: Iterable[Vitals]) -> list[tuple[datetime, float]]:
    """When a value was measured and how much it was, the latest last."""
    return [(v.measured_at, v.values[code]) for v in measured if code in v.values]


def scores(measured: Sequence[Vitals]) -> list[tuple[datetime, float]]:
    """The NEWS2 total at each measurement, by how the patient stood then, the latest last."""
    stood = [standing(measured[: count + 1]) or v for count, v in enumerate(measured)]
    return [(v.measured_at, early_warning(v).total) for v in stood]


def _total(measured: Sequence[Vitals], zone: tzinfo) -> Markup:
    """How the score went; nothing for a single measurement, whose score stands above."""
    if len(measured) < 2:
        return markup("")
    return _row(_TOTAL, scores(measured), None, measured[-1].measured_at, zone)


def _row(
    parameter: Parameter,
    known: Sequence[tuple[datetime, float]],
    points: int | None,
    newest: datetime,
    zone: tzinfo,
) -> Markup:
    at, value = known[-1]
    low, high = parameter.reference
    return markup(
        '<tr><th scope="row">{}</th><td class="n"><b>{}</b> {}</td><td><span class="fr-out">{}</span></td>'
        '<td class="n">{}</td><td class="n">{}</td><td>{}</td><td class="fr-at">{}</td></tr>',
        parameter.label,
        f"{value:g}",
        parameter.unit,
        direction(parameter, value),
        f"{low:g} to {high:g}" if parameter.code != "days_since_onset" else "",
        "" if points is None else points,
        trend.line(parameter, known, zone),
        phrases.when_near(at, newest, zone),
    )


def _answers(stands: Vitals, points: dict[str, int]) -> Markup:
    oxygen = {None: "not recorded", True: "yes", False: "no, room air"}[stands.on_oxygen]
    awake = stands.consciousness.value if stands.consciousness else "not recorded"
    rows = [("Oxygen given", oxygen, "on_oxygen"), ("Consciousness", awake, "consciousness")]
    return joined(
        [
            markup(
                '<tr><th scope="row">{}</th><td class="n">{}</td><td></td><td></td><td class="n">{}</td><td></td><td></td></tr>',
                label,
                said,
                points.get(code, ""),
            )
            for label, said, code in rows
        ]
    )


def _group(title: str, rows: Sequence[Markup], rest: Markup | str = "") -> Markup:
    if not rows and not rest:
        return markup("")
    return markup(
        '<tbody><tr class="fr-group"><th scope="rowgroup" colspan="7">{}</th></tr>{}{}</tbody>',
        title,
        joined(list(rows)),
        rest,
    )


def table(measured: Sequence[Vitals], zone: tzinfo) -> Markup:
    """The latest value of each parameter against its reference range, what it gives to NEWS2, and how it came to be.

    Args:
        measured: all measurements of a study, the latest last; at least one.
        zone: of the person at the screen.
    """
    stands = standing(measured) or measured[-1]
    warning = early_warning(stands)
    known = [p for p in PARAMETERS.values() if any(p.code in v.values for v in measured)]
    rows = {
        p.code: _row(
            p,
            over_time(p.code, measured),
            warning.points.get(p.code) if p.code in stands.values else None,
            measured[-1].measured_at,
            zone,
        )
        for p in known
    }
    scale = " SpO₂ on scale 2 (hypercapnic failure)." if stands.hypercapnic else ""
    return markup(
        '<table class="fr-table fr-values"><caption>Last measured {}. <b>{}</b> {}{}</caption><thead><tr>'
        '<th scope="col">Parameter</th><th scope="col" class="n">Value</th><th scope="col"></th>'
        '<th scope="col" class="n" title="{}">Reference</th><th scope="col" class="n">NEWS2</th>'
        '<th scope="col">Trend, reference shaded</th><th scope="col">Measured</th></tr></thead>{}{}</table>',
        phrases.when(stands.measured_at, zone),
        phrases.score(warning),
        phrases.missing(warning.missing),
        scale,
        REFERENCE_SOURCE,
        _group(
            "Vital signs",
            [row for code, row in rows.items() if code in BEDSIDE],
            joined([_answers(stands, dict(warning.points)), _total(measured, zone)]),
        ),
        _group("Laboratory and course", [row for code, row in rows.items() if code not in BEDSIDE]),
    )


def show(measured: Sequence[Vitals], zone: tzinfo) -> None:
    """The bedside at a glance, or that nothing was measured."""
    if measured:
        draw(table(measured, zone))
    else:
        empty(
            "No vitals with this study", "Its place rests on the order and the film. Add vitals under Upload."
        )
