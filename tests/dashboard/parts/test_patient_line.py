from dataclasses import replace
from datetime import UTC, timedelta

from dashboard.parts import patient_line
from tests.builders import NOW, a_patient, a_study
from triage.status import Status
from triage.study import Urgency
from triage.urgency import Assessment
from triage.worklist import Claim, Entry


def test_everything_that_must_agree_with_the_film_is_restated():
    line = patient_line.identity(a_study(), UTC)
    for words in (
        "Vale Maren",
        "P-1001",
        "9 Mar 1958",
        "68 y, female",
        "A-100",
        "DX, 21 Nov 2026, 07:30 UTC",
    ):
        assert words in line
    assert "simulated" not in line
    assert "simulated" in patient_line.identity(replace(a_study(), simulated=True), UTC)


def test_a_hostile_name_stays_a_name():
    line = patient_line.identity(a_study(patient=a_patient(name="<svg onload=x>"), accession_number=""), UTC)
    assert "&lt;svg onload=x&gt;" in line
    assert "none" in line


def test_the_standing_names_reasons_wait_status_and_holder():
    entry = Entry(
        a_study(received_at=NOW - timedelta(minutes=5)),
        Status.UNRANKED,
        Assessment(Urgency.STAT, ("ordered stat", "NEWS2 8")),
        claim=Claim("tom", NOW + timedelta(minutes=5)),
        status_reason="The patient refused.",
    )
    line = patient_line.standing(entry, "ada", NOW, UTC)
    for words in (
        "STAT",
        "ordered stat · NEWS2 8",
        "waiting 5 min",
        "for a person",
        "The patient refused.",
        "held by tom",
    ):
        assert words in line
