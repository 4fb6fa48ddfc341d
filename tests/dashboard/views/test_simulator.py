import time
from datetime import timedelta

import pytest

from consent.audit import AuditEvent
from tests.builders import NOW, a_study, an_event
from tests.dashboard.views.conftest import labels, said
from triage.report import Report, ReportStatus, Verdict
from triage.study import Urgency
from triage.urgency import Assessment

PATIENCE_S = 120


def shown(screen):
    return screen("simulator", subject="robin", role="administrator")


def simulated(at):
    """Press the button, and follow the screen until it has the answer."""
    at.button(key="sim_start").click().run()
    until = time.monotonic() + PATIENCE_S
    while "Cancel" in labels(at) and time.monotonic() < until:
        time.sleep(0.3)
        at.run()
    return at


def test_an_empty_house_says_how_little_it_knows_and_offers_numbers(screen):
    at = shown(screen)
    text = said(at)
    assert "Nothing was simulated yet" in text
    assert "this house has 0 arrivals and 0 timed readings on record" in text
    assert not at.radio
    assert at.button(key="sim_start").label == "Simulate"


def test_the_answer_says_who_gains_and_who_pays(screen):
    at = simulated(shown(screen))
    text = said(at)
    assert "Diseased: " in text
    assert " min less (" in text
    assert "Non-diseased: " in text
    assert " min more (" in text
    assert "Patient" not in text
    assert [c.proto.alt for c in at.get("plotly_chart")] == [
        "Who waits less and who pays",
        "Mean wait with and without AI",
        "Slowest twentieth and longest",
    ]
    assert "Theory with AI: Markov chain." in text
    assert "--traffic 0.8" in at.code[0].value
    assert "was changed since" not in text
    at.number_input(key="sim_readers").set_value(3).run()
    assert "was changed since" in said(at)


def test_several_diseases_tell_of_those_without_ai(screen):
    at = shown(screen)
    at.segmented_control(key="sim_what").set_value("Several diseases, some without AI").run()
    text = said(simulated(at))
    assert "limb fracture, which no AI looks for: " in text
    assert "limb fracture (no AI)" in text


def test_an_order_with_a_longest_wait_has_no_theory_and_says_so(screen):
    at = shown(screen)
    at.number_input(key="sim_max_wait").set_value(60.0).run()
    assert "no formula: an upper limit of the wait" in said(simulated(at))


def test_a_run_can_be_cancelled(screen):
    at = shown(screen)
    at.segmented_control(key="sim_precision").set_value("careful").run()
    at.button(key="sim_start").click().run()
    at.button(key="sim_cancel").click().run()
    assert not at.exception
    assert [w.value for w in at.warning] == ["Cancelled."]
    assert "Nothing was simulated yet" in said(at)


@pytest.fixture
def busy_house(house):
    """A hundred and twenty studies, five minutes of reading each."""
    with house.together():
        for i in range(120):
            at = NOW - timedelta(hours=130 - i)
            uid = f"1.2.{i}"
            house.studies.add_study(
                a_study(study_uid=uid, received_at=at), Assessment(Urgency.ROUTINE, ()), an_event()
            )
            house.audit.record(AuditEvent("ada", "view study", f"study/{uid}", at + timedelta(minutes=30)))
            report = Report(1, ReportStatus.FINAL, "Text.", Verdict.EDITED, "ada", at + timedelta(minutes=35))
            house.studies.add_report(uid, report, an_event())


def test_a_house_with_enough_on_record_is_simulated_on_its_own_numbers(screen, busy_house):
    at = shown(screen)
    assert "120 arrivals over 5.0 days as they came, and 120 timed readings, 5.0 minutes on average" in said(
        at
    )
    text = said(simulated(at))
    assert "no theory: these arrivals and readings follow no formula" in text
    assert "--observed observed.csv" in at.code[0].value
    assert "<b>4%</b>" in text


def test_it_is_no_screen_for_clinicians(screen):
    at = screen("simulator", subject="ada", role="clinician")
    assert not at.button or "Simulate" not in labels(at)
