from dataclasses import replace

import pytest

from consent.audit import ChainedEvent, Outcome
from consent.record import Purpose
from db.consent_rows import from_chained, from_consent, to_chained, to_consent
from tests.builders import a_consent, an_event


@pytest.mark.parametrize("answers", [{}, {Purpose.AI_READING: True}, dict.fromkeys(Purpose, False)])
def test_a_consent_survives_its_row(answers):
    consent = a_consent(answers=answers)
    assert to_consent(from_consent(consent), consent.provisions) == consent


@pytest.mark.parametrize("event", [an_event(), an_event(patient=None), an_event(outcome=Outcome.DENIED)])
def test_an_event_survives_its_row(event):
    place = ChainedEvent(7, event, "a" * 64, "b" * 64)
    assert to_chained(from_chained(place)) == place


def test_half_a_patient_is_no_patient():
    row = from_chained(ChainedEvent(1, an_event(), "", ""))
    row.patient_issuer = None
    assert to_chained(row).event == replace(an_event(), patient=None)
