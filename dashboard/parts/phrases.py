"""Numbers, times and states as the words a screen shows."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo

from triage.finding import Finding, Laterality
from triage.status import Status
from triage.study import Patient, Sex, Study
from triage.vitals import PARAMETERS, EarlyWarning
from triage.worklist import Claim

_STATUS: dict[Status, str] = {
    Status.RECEIVED: "waiting for AI",
    Status.IDENTIFIED: "waiting for AI",
    Status.CONSENTED: "AI is reading",
    Status.READ: "read by AI",
    Status.RANKED: "read by AI",
    Status.UNRANKED: "for a person",
    Status.SIGNED: "signed",
    Status.AMENDED: "signed and amended",
    Status.REOPENED: "new film since signed",
}
_SEX = {Sex.FEMALE: "female", Sex.MALE: "male", Sex.OTHER: "other sex", Sex.UNKNOWN: "sex not recorded"}
_SIDE = {Laterality.LEFT: "left", Laterality.RIGHT: "right", Laterality.BOTH: "both sides"}
_PARTS_OF_SCORE = {"on_oxygen": "oxygen", "consciousness": "consciousness"}


def span(length: timedelta) -> str:
    """How long something took, as a person says it: the two largest units."""
    minutes = max(0, int(length.total_seconds() // 60))
    if minutes < 1:
        return "under 1 min"
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def waiting(since: datetime, now: datetime) -> str:
    """How long a study has waited; a clock that runs behind says nothing negative."""
    return span(now - since)


def when(at: datetime, zone: tzinfo) -> str:
    """A moment with its zone: 21 Nov 2026, 03:15 CET."""
    local = at.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M} {local:%Z}"


def when_near(at: datetime, now: datetime, zone: tzinfo) -> str:
    """A moment beside other moments: today by the clock alone, this year without the year."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return clock(at, zone)
    return f"{local.day} {local:%b, %H:%M} {local:%Z}" if local.year == today.year else when(at, zone)


def clock(at: datetime, zone: tzinfo) -> str:
    """The time of day with its zone: 03:15 CET."""
    return f"{at.astimezone(zone):%H:%M %Z}"


def day(at: date | None) -> str:
    """A date that reads the same on both sides of the ocean: 3 Feb 1961."""
    return "not recorded" if at is None else f"{at.day} {at:%b %Y}"


def name(patient: Patient) -> str:
    """The patient's name as people write it; DICOM parts it with ^."""
    return " ".join(patient.name.replace("^", " ").split()) or "No name recorded"


def age_and_sex(study: Study) -> str:
    """Age on the day of the study, and sex."""
    age = "age not recorded" if study.age is None else f"{study.age} y"
    return f"{age}, {_SEX[study.patient.sex]}"


def status(at: Status) -> str:
    """Where a study stands."""
    return _STATUS[at]


def holder(claim: Claim | None, subject: str, now: datetime, zone: tzinfo) -> str:
    """Who holds a study, or nothing when it is free."""
    if claim is None or now >= claim.until:
        return ""
    who = "you" if claim.subject == subject else claim.subject
    return f"held by {who} until {clock(claim.until, zone)}"


def score(warning: EarlyWarning | None) -> str:
    """The early-warning total; a score with gaps is a lower bound and says so."""
    if warning is None:
        return "no vitals"
    return f"NEWS2 {'≥ ' if warning.missing else ''}{warning.total}"


def missing(codes: Iterable[str]) -> str:
    """What a score lacks: not measured: temperature, oxygen."""
    names = [parameter(c) if c == "spo2_pct" else parameter(c).lower() for c in codes]
    return f"not measured: {', '.join(names)}" if names else ""


def parameter(code: str) -> str:
    """A measurement's name."""
    return PARAMETERS[code].label if code in PARAMETERS else _PARTS_OF_SCORE.get(code, code).capitalize()


def per_cent(probability: float | None) -> str:
    """A probability as a person reads it; never a flat 0 or 100, which no model knows."""
    if probability is None:
        return "—"
    if probability < 0.01:
        return "< 1%"
    return "> 99%" if probability > 0.99 else f"{probability:.0%}"


def signed(value: float) -> str:
    """A coefficient with its sign; zero has none."""
    text = f"{value:+.2f}".replace("-", "−")
    return "0.00" if text[1:] == "0.00" else text


def side(finding: Finding) -> str:
    """The patient's side, not the screen's."""
    return "" if finding.laterality is None else _SIDE[finding.laterality]


def priors(count: int) -> str:
    """How many earlier studies there are to compare with."""
    return {0: "no prior", 1: "1 prior"}.get(count, f"{count} priors")


def count(number: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else many}"
