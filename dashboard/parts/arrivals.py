"""What became of uploaded files and lines, each with its reason."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from dashboard.parts import badges
from dashboard.parts.look import joined, markup

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
