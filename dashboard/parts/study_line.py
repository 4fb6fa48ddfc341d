"""One line of the open list as plain words and numbers: how soon, who, which study, why, how ill, consent, in whose hands."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from dashboard.parts import badges, phrases
from triage.listing import STAGES, Line, Stage
from triage.permission import Person
from triage.vitals import Vitals, early_warning
from triage.worklist import Claim, Entry

PAGE = 100
"""So many studies are drawn at once: a list of 2,000 took the browser more than a second for each click."""
CONSENT = {
    True: ("yes", "✓ consent given"),
    False: ("no", "✕ consent refused"),
    None: ("quiet", "– no answer yet"),
}


def told(
    lines: Sequence[Line],
    *,
    subject: str,
    people: Sequence[Person],
    now: datetime,
    zone: tzinfo,
) -> dict[str, Any]:
    """What the list is told: its rows, the person who looks, and whom a study can be given to."""
    names = {person.subject: person.name for person in people}
    return {
        "rows": [row(line, names, now, zone) for line in lines],
        "me": subject,
        "people": [{"subject": person.subject, "name": person.name} for person in people],
        "now": _milliseconds(now),
    }


def row(line: Line, names: Mapping[str, str], now: datetime, zone: tzinfo) -> dict[str, Any]:
    """One open study; times are milliseconds since 1970, so that the browser can let them run."""
    entry, (consent_tone, consent) = line.entry, CONSENT[line.consent]
    study, level = entry.study, entry.assessment.urgency
    return {
        "uid": study.study_uid,
        "word": level.name,
        "tone": level.name.lower(),
        "shape": badges.SHAPES[level],
        "within": level.within,
        "received": _milliseconds(study.received_at),
        "received_text": f"received {phrases.when(study.received_at, zone)}",
        "name": phrases.name(study.patient),
        "number": study.patient.patient_id.value,
        "age": phrases.age_and_sex(study),
        "accession": study.accession_number or "no accession number",
        "modality": study.modality,
        "simulated": "simulated" if study.simulated else "",
        "taken": f"taken {phrases.when_near(study.studied_at, now, zone)}",
        "taken_text": phrases.when(study.studied_at, zone),
        "priors": phrases.priors(entry.priors),
        "why": entry.assessment.sentence,
        "due": _milliseconds(entry.place.due_at),
        **_bedside(entry.vitals),
        **_status(entry),
        "consent": consent,
        "consent_tone": consent_tone,
        "holder": _holder(entry.claim, names, now),
    }


def _bedside(vitals: Vitals | None) -> dict[str, str]:
    """The early-warning score, and what it lacks: named when it is little, counted when it is much."""
    if vitals is None:
        return {"score": phrases.score(None), "gaps": "", "gaps_text": ""}
    warning = early_warning(vitals)
    gaps, asked = phrases.missing(warning.missing), len(warning.missing) + len(warning.points)
    short = gaps if len(warning.missing) < 3 else f"{len(warning.missing)} of {asked} not measured"
    return {"score": phrases.score(warning), "gaps": short, "gaps_text": gaps}


def _status(entry: Entry) -> dict[str, str]:
    by_person = STAGES.get(entry.status) is Stage.PERSON
    return {
        "status": phrases.status(entry.status),
        "status_tone": "person" if by_person else "quiet",
        "status_shape": "◐" if by_person else "",
        "status_reason": entry.status_reason,
    }


def _holder(claim: Claim | None, names: Mapping[str, str], now: datetime) -> dict[str, Any] | None:
    if claim is None or now >= claim.until:
        return None
    name = names.get(claim.subject, claim.subject)
    return {"subject": claim.subject, "name": name, "until": _milliseconds(claim.until)}


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
