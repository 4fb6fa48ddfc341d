"""Does this header belong to this patient?"""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum

from triage.study import Patient


class Match(StrEnum):
    """How well two descriptions of a patient agree."""

    AGREE = "agree"
    DIFFER = "differ"
    UNSURE = "unsure"


def _letters(name: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return frozenset(re.findall(r"\w+", "".join(c for c in plain if not unicodedata.combining(c))))


def match(header: Patient, known: Patient) -> Match:
    """Compare what an image says about its patient with what is on file.

    Another number or another birth date is another patient. The same number under another name is a doubt that a
    person settles: marriages and typing errors happen, and so do swapped cassettes.
    """
    if header.patient_id != known.patient_id:
        return Match.DIFFER
    dates = {d for d in (header.birth_date, known.birth_date) if d is not None}
    if len(dates) > 1:
        return Match.DIFFER
    names = _letters(header.name), _letters(known.name)
    if all(names) and not names[0] & names[1]:
        return Match.UNSURE
    return Match.AGREE


def match_all(header: Patient, known: Iterable[Patient]) -> Match:
    """Compare with everything on file; the worst answer counts, and a first visit agrees."""
    answers = {match(header, other) for other in known}
    return next((m for m in (Match.DIFFER, Match.UNSURE) if m in answers), Match.AGREE)
