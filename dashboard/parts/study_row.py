"""One line of the lists beside the open one: a signed study, a file that was kept apart."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from markupsafe import Markup

from dashboard.parts import badges, phrases
from dashboard.parts.look import joined, markup
from dashboard.parts.signed import VERDICTS
from triage.report import Report
from triage.stores import Quarantined
from triage.study import Study
from triage.worklist import Entry

_ROW = (
    '<div class="fr-row"><div>{}</div><div>{}</div><div>{}</div><div>{}</div><div>{}</div><div>{}</div></div>'
)


def columns(*names: str) -> Markup:
    """What stands in each column, above the rows."""
    return markup(
        '<div class="fr-row fr-columns">{}</div>', joined([markup("<div>{}</div>", n) for n in names])
    )


SIGNED_COLUMNS = columns("Urgency", "Patient", "Study", "Report", "Signed by", "Status")


def patient(study: Study) -> Markup:
    """Name, number, age and sex."""
    return markup(
        '<b>{}</b><small><span class="fr-nums">{}</span> · {}</small>',
        phrases.name(study.patient),
        study.patient.patient_id.value,
        phrases.age_and_sex(study),
    )


def study_cell(study: Study, priors: int, now: datetime, zone: tzinfo) -> Markup:
    """Accession number, modality, when it was taken, and what there is to compare with."""
    return markup(
        '<span class="fr-nums">{}</span> · {}{}<small title="{}">taken {} · {}</small>',
        study.accession_number or "no accession number",
        study.modality,
        " · simulated" if study.simulated else "",
        phrases.when(study.studied_at, zone),
        phrases.when_near(study.studied_at, now, zone),
        phrases.priors(priors),
    )


def signed_row(entry: Entry, report: Report | None, now: datetime, zone: tzinfo) -> Markup:
    """One finished study with who signed it and what became of the draft."""
    signature = (
        markup("{}<small>{}</small>", report.by, phrases.when(report.signed_at, zone))
        if report
        else markup("—")
    )
    return markup(
        _ROW,
        badges.urgency(entry.assessment.urgency),
        patient(entry.study),
        study_cell(entry.study, entry.priors, now, zone),
        report.impression[:160] if report else "",
        signature,
        markup(
            "{}<small>{}</small>",
            badges.status(entry.status, phrases.status(entry.status)),
            VERDICTS[report.verdict] if report else "",
        ),
    )


def quarantined(files: Sequence[Quarantined], zone: tzinfo) -> Markup:
    """Files kept apart: what they were called, why, when, and under which hash their bytes lie."""
    rows = [
        markup(
            '<tr><td>{}</td><td>{}</td><td>{}</td><td class="fr-nums">{}</td></tr>',
            file.name,
            file.reason,
            phrases.when(file.kept_at, zone),
            file.sha256[:12],
        )
        for file in files
    ]
    return markup(
        '<table class="fr-table"><caption>Nothing is thrown away; the bytes are kept under their hash</caption><thead><tr>'
        '<th scope="col">File</th><th scope="col">Reason</th><th scope="col">Kept apart</th><th scope="col">sha256</th>'
        "</tr></thead><tbody>{}</tbody></table>",
        joined(rows),
    )
