"""What became of uploaded files and lines, each with its reason."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from dashboard.parts import badges, phrases
from dashboard.parts.look import joined, markup
from triage.vitals import PARAMETERS
from triage.worklist import Entry

_TONES = {
    "accepted": ("done", "✓"),
    "duplicate": ("quiet", "="),
    "quarantined": ("urgent", "!"),
    "rejected": ("stat", "✕"),
}
_TABLE = (
    '<table class="fr-table"><caption>{}</caption><thead><tr><th scope="col">{}</th><th scope="col">Outcome</th>'
    '<th scope="col">Reason</th></tr></thead><tbody>{}</tbody></table>'
)
_LINE = "<tr><td>{}</td><td>{}</td><td>{}</td></tr>"


def files(outcomes: Sequence[Mapping[str, Any]]) -> Markup:
    """One line per file: accepted, duplicate, quarantined or rejected, and why."""
    rows = [
        markup(
            _LINE,
            o["path"],
            badges.badge(str(o["outcome"]), *_TONES.get(str(o["outcome"]), ("quiet", ""))),
            o.get("reason") or "",
        )
        for o in outcomes
    ]
    accepted = sum(o["outcome"] == "accepted" for o in outcomes)
    return markup(_TABLE, f"{accepted} of {len(outcomes)} accepted", "File", joined(rows))


def lines(outcomes: Sequence[Mapping[str, Any]]) -> Markup:
    """The lines of a table of vitals that were left out, and how many were taken."""
    bad = [o for o in outcomes if not o["ok"]]
    rows = [
        markup(
            _LINE,
            f"line {o['line']}, {o.get('accession_number') or 'no accession number'}",
            badges.badge("left out", "stat", "✕"),
            o["reason"],
        )
        for o in bad
    ]
    said = f"{len(outcomes) - len(bad)} of {len(outcomes)} lines taken"
    return markup(_TABLE, said, "Line", joined(rows)) if bad else markup('<p class="fr-note">{}.</p>', said)


_MEASURED = {
    "accession_number": "A-1001",
    "measured_at": "2026-11-21T03:15+00:00",
    "temperature_c": "38.4",
    "spo2_pct": "93",
    "heart_rate_bpm": "104",
    "resp_rate_bpm": "22",
    "systolic_mmhg": "118",
    "diastolic_mmhg": "74",
    "glucose_mmol_l": "6.8",
    "on_oxygen": "no",
    "consciousness": "alert",
}


def template() -> str:
    """A table of vitals as it should look: the header line and one example."""
    columns = ("accession_number", "measured_at", *PARAMETERS, "on_oxygen", "consciousness", "hypercapnic")
    return f"{','.join(columns)}\n{','.join(_MEASURED.get(c, '') for c in columns)}"


def progress(entry: Entry) -> Markup:
    """One new study on its way to its place."""
    return markup(
        '<div class="fr-summary"><b>{}</b><span class="fr-nums">{}</span>{}{}<span class="fr-quiet-text">{}</span></div>',
        phrases.name(entry.study.patient),
        entry.study.accession_number or "no accession number",
        badges.urgency(entry.assessment.urgency),
        badges.status(entry.status, phrases.status(entry.status)),
        entry.status_reason or " · ".join(entry.assessment.reasons),
    )
