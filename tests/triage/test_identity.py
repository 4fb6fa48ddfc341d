"""A wrong patient is never waved through."""

from datetime import date

import pytest

from consent.record import PatientId
from triage.identity import Match, match, match_all
from triage.study import Patient

KNOWN = Patient(PatientId("P-1", "H"), "KELLER^ADA", date(1950, 1, 1))


def like(**changes):
    return Patient(
        **{"patient_id": KNOWN.patient_id, "name": KNOWN.name, "birth_date": KNOWN.birth_date, **changes}
    )


@pytest.mark.parametrize(
    ("header", "answer"),
    [
        (like(), Match.AGREE),
        (like(name="Ada Keller"), Match.AGREE),
        (like(name="Keller^Ada^Maria"), Match.AGREE),
        (like(name="KÉLLER^ADA"), Match.AGREE),
        (like(name=""), Match.AGREE),
        (like(birth_date=None), Match.AGREE),
        (like(name="OKOYE^TOMAS"), Match.UNSURE),
        (like(birth_date=date(1950, 1, 2)), Match.DIFFER),
        (like(patient_id=PatientId("P-2", "H")), Match.DIFFER),
        (like(patient_id=PatientId("P-1", "ELSEWHERE")), Match.DIFFER),
    ],
)
def test_what_a_header_says_against_what_is_on_file(header, answer):
    assert match(header, KNOWN) is answer
    assert match(KNOWN, header) is answer


def test_the_worst_answer_counts_and_a_first_visit_agrees():
    assert match_all(KNOWN, []) is Match.AGREE
    assert match_all(KNOWN, [like(), like(name="X Y")]) is Match.UNSURE
    assert match_all(KNOWN, [like(name="X Y"), like(birth_date=date(2000, 1, 1))]) is Match.DIFFER
