"""What the desk makes of words and minutes; its buttons are tested with the page and the reading room."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.critical_desk import CriticalDesk, offers
from dashboard.parts.critical import OUTCOMES
from tests.builders import NOW, a_critical_result, a_person, a_reading, findings
from triage.calling import Mark
from triage.critical import Category, ReadBack

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def desk(house):
    return CriticalDesk(house, a_person(), BERLIN)


def test_what_the_sites_rules_call_urgent_is_offered_the_gravest_first(house):
    reading = a_reading(findings=findings({"effusion": 0.9, "pneumothorax": 0.95, "nodule": 0.99}))
    offered = offers(house, reading)
    assert offered[0] == Mark("Pneumothorax", Category.MINUTES)
    assert Mark("Pleural effusion", Category.HOURS) in offered
    assert "Nodule" not in [mark.what for mark in offered]


@pytest.mark.parametrize("probability", [None, 0.05])
def test_an_abstention_and_a_no_offer_nothing(house, probability):
    assert offers(house, a_reading(findings=findings({"pneumothorax": probability}))) == ()
    assert offers(house, None) == ()


def test_the_minute_it_was_found_in_is_not_before_it_was_found(desk):
    found_at = NOW + timedelta(seconds=40)
    result = a_critical_result(found_at=found_at, opened_at=found_at)
    on_the_clock = NOW.astimezone(BERLIN).replace(tzinfo=None)
    assert desk._moment(result, on_the_clock) == found_at
    earlier = on_the_clock - timedelta(minutes=1)
    assert desk._moment(result, earlier) == NOW - timedelta(minutes=1)


def test_every_outcome_is_on_offer_with_what_it_does():
    assert set(OUTCOMES) == set(ReadBack)
    assert "next person is called" in OUTCOMES[ReadBack.UNABLE]
