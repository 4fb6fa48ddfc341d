from datetime import timedelta

import pytest

from consent.audit import AuditEvent, Outcome
from tests.builders import NOW, a_study, an_event
from triage.report import Report, ReportStatus, Verdict
from triage.study import Urgency
from triage.urgency import Assessment

SINCE = NOW - timedelta(days=90)


def came(house, uid, ago):
    house.studies.add_study(
        a_study(study_uid=uid, received_at=NOW - ago), Assessment(Urgency.ROUTINE, ()), an_event()
    )


def opened(house, uid, ago, agent="ada", action="view study", outcome=Outcome.DONE):
    house.audit.record(AuditEvent(agent, action, f"study/{uid}", NOW - ago, outcome=outcome))


def signed(house, uid, ago=timedelta(0), by="ada", version=1):
    status = ReportStatus.FINAL if version == 1 else ReportStatus.AMENDED
    house.studies.add_report(uid, Report(version, status, "Text.", Verdict.EDITED, by, NOW - ago), an_event())


def test_an_empty_house_saw_nothing(house):
    seen = house.figures.arrivals(SINCE)
    assert (seen.arrivals, seen.minutes) == ((), ())


def test_arrivals_count_from_the_first_in_the_span(house):
    came(house, "1", timedelta(days=91))
    came(house, "2", timedelta(minutes=30))
    came(house, "3", timedelta(minutes=90))
    assert house.figures.arrivals(SINCE).arrivals == pytest.approx((0, 60))


def test_a_reading_lasts_from_its_signers_first_look_within_the_hour(house):
    came(house, "1", timedelta(hours=5))
    opened(house, "1", timedelta(hours=3))  # something else came between
    opened(house, "1", timedelta(minutes=50), agent="tom")
    opened(house, "1", timedelta(minutes=40), outcome=Outcome.DENIED)
    opened(house, "1", timedelta(minutes=12), action="claim")
    opened(house, "1", timedelta(minutes=4))
    signed(house, "1")
    signed(house, "1", timedelta(minutes=-30), version=2)
    assert house.figures.arrivals(SINCE).minutes == pytest.approx((12,))


def test_a_reading_nobody_opened_is_not_timed(house):
    came(house, "1", timedelta(hours=5))
    signed(house, "1")
    assert house.figures.arrivals(SINCE).minutes == ()
