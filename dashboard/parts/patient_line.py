"""Whose film this is: restated on every step that shows, changes or signs something."""

from datetime import datetime, tzinfo

from markupsafe import Markup

from dashboard.parts import badges, phrases
from dashboard.parts.look import joined, markup
from triage.study import Study
from triage.worklist import Entry


def identity(study: Study, zone: tzinfo) -> Markup:
    """Name, number, birth date, accession number and study date: what must agree with the film."""
    facts = [
        ("number", study.patient.patient_id.value),
        ("born", phrases.day(study.patient.birth_date)),
        ("", phrases.age_and_sex(study)),
        ("accession", study.accession_number or "none"),
        ("study", f"{study.modality}, {phrases.when(study.studied_at, zone)}"),
    ]
    return markup(
        '<div class="fr-patient"><b>{}</b>{}{}</div>',
        phrases.name(study.patient),
        joined(
            [
                markup('<span><span class="k">{}</span><span class="fr-nums">{}</span></span>', *f)
                for f in facts
            ]
        ),
        badges.simulated() if study.simulated else "",
    )


def standing(entry: Entry, subject: str, now: datetime, zone: tzinfo) -> Markup:
    """Urgency with every reason, how long it waits, where it stands and who holds it."""
    return markup(
        '<div class="fr-summary">{}<span>{}</span><span class="fr-quiet-text" title="received {}">waiting {}</span>{}'
        '<span class="fr-quiet-text">{}</span><span class="fr-quiet-text">{}</span></div>',
        badges.urgency(entry.assessment.urgency),
        " · ".join(entry.assessment.reasons),
        phrases.when(entry.study.received_at, zone),
        phrases.waiting(entry.study.received_at, now),
        badges.status(entry.status, phrases.status(entry.status)),
        entry.status_reason,
        phrases.holder(entry.claim, subject, now, zone),
    )
