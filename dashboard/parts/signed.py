"""What was signed: every version, who signed it and when, and what changed; nothing is ever painted over."""

from collections.abc import Sequence
from datetime import tzinfo
from urllib.parse import quote

import streamlit as st
from markupsafe import Markup

from dashboard.parts import changes, phrases
from dashboard.parts.look import draw, joined, markup
from triage.reading import Reading
from triage.report import Report, Verdict

SECOND = {"ru": "Russian"}
"""The languages a report can be printed in beside English; those of the patient pages."""
VERDICTS = {
    Verdict.ACCEPTED: "the AI draft, unchanged",
    Verdict.EDITED: "the AI draft, edited",
    Verdict.REJECTED: "the AI draft was rejected",
    Verdict.UNAIDED: "written without a draft",
}


def version(report: Report, zone: tzinfo) -> Markup:
    """One version with its signature, where one was given the reason, and the sentences its signer answers for."""
    return markup(
        '<p class="fr-label">Version {} · {} · signed by <b>{}</b>, {} · {}{}</p><div class="fr-text fr-signed">{}</div>{}',
        report.version,
        report.status.value,
        report.by,
        phrases.when(report.signed_at, zone),
        VERDICTS[report.verdict],
        f" · reason: {report.reason}" if report.reason else "",
        report.impression,
        joined([_taken_on(sentence, report) for sentence in report.taken_on]),
    )


def _taken_on(sentence: str, report: Report) -> Markup:
    return markup('<p class="fr-label">{} answers for “{}”.</p>', report.by, sentence)


def as_pdf(study_uid: str) -> Markup:
    """The ways to the report on paper; each asks again who is there, and is on record."""
    address = f"/api/studies/{quote(study_uid)}/report.pdf"
    links = [("Report as PDF", address)] + [
        (f"PDF, English and {title}", f"{address}?second={code}") for code, title in SECOND.items()
    ]
    return joined(
        [
            markup('<a class="fr-link" href="{}" target="_blank" rel="noopener">{}</a> ', to, words)
            for words, to in links
        ]
    )


def difference(report: Report, earlier: Report | None, reading: Reading | None) -> Markup:
    """What changed against the version before, or against the draft it started from; nothing when nothing did."""
    if earlier is not None:
        before, caption = earlier.impression, f"Changed against version {earlier.version}"
    else:
        drafts = reading.drafts if reading and report.style else ()
        before = next((d.text for d in drafts if d.style == report.style), "")
        caption = f"Changed against the {report.style} AI draft"
    if not before or not changes.changed(before, report.impression):
        return markup("")
    return changes.shown(before, report.impression, caption)


def show(reports: Sequence[Report], zone: tzinfo, reading: Reading | None = None) -> None:
    """The version that holds with what changed in it, and the earlier ones beneath it.

    Args:
        reports: every version, the first first; at least one.
        zone: of the person at the screen.
        reading: the model's answer while it may be looked at, so that a draft can be compared with.
    """
    before = dict(zip(reports[1:], reports, strict=False))
    *earlier, latest = reports
    draw(version(latest, zone))
    _changes(latest, before.get(latest), reading)
    if earlier:
        with st.expander(f"Earlier versions: {len(earlier)}"):
            for report in reversed(earlier):
                draw(joined([version(report, zone), difference(report, before.get(report), reading)]))


def _changes(report: Report, earlier: Report | None, reading: Reading | None) -> None:
    shown = difference(report, earlier, reading)
    if shown:
        with st.expander("What changed"):
            draw(shown)
