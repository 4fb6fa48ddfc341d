"""What was signed: every version, who signed it and when; nothing is ever painted over."""

from collections.abc import Sequence
from datetime import tzinfo

import streamlit as st
from markupsafe import Markup

from dashboard.parts import phrases
from dashboard.parts.look import draw, markup
from triage.report import Report, Verdict

VERDICTS = {
    Verdict.ACCEPTED: "the AI draft, unchanged",
    Verdict.EDITED: "the AI draft, edited",
    Verdict.REJECTED: "the AI draft was rejected",
    Verdict.UNAIDED: "written without a draft",
}


def version(report: Report, zone: tzinfo) -> Markup:
    """One version with its signature and, where one was given, the reason."""
    return markup(
        '<p class="fr-label">Version {} · {} · signed by <b>{}</b>, {} · {}{}</p><div class="fr-text fr-signed">{}</div>',
        report.version,
        report.status.value,
        report.signed_by,
        phrases.when(report.signed_at, zone),
        VERDICTS[report.verdict],
        f" · reason: {report.reason}" if report.reason else "",
        report.impression,
    )


def show(reports: Sequence[Report], zone: tzinfo) -> None:
    """The version that holds, and the earlier ones beneath it."""
    *earlier, latest = reports
    draw(version(latest, zone))
    if earlier:
        with st.expander(f"Earlier versions: {len(earlier)}"):
            for report in reversed(earlier):
                draw(version(report, zone))
