from datetime import timedelta

from tests.builders import NOW, a_person, a_study, an_event
from tests.dashboard.views.conftest import said
from triage import signing
from triage.reading import Style
from triage.status import Status


def shown(screen):
    return screen("usage", subject="robin", role="administrator")


def test_numbers_and_charts_of_a_house_at_work(screen, arrive, read, house, clock):
    for number in (1, 2):
        study = a_study(study_uid=f"1.2.{number}")
        arrive(study)
        read(study)
    clock.advance(3600)
    draft = next(d for d in house.studies.reading("1.2.1").drafts if d.style is Style.BRIEF)
    signing.sign(house, "1.2.1", a_person(), draft.text, style=draft.style)
    at = shown(screen)
    text = said(at)
    assert "<span>Waiting now</span><b>1</b>" in text
    assert "<span>Received</span><b>2</b>" in text
    assert "<span>Read by AI</span><b>2</b>" in text
    assert "<span>Median turnaround</span><b>1 h</b>" in text
    titles = [c.proto.alt for c in at.get("plotly_chart")]
    assert titles == [
        "Studies per day",
        "Workload by hour of the day",
        "Turnaround by level",
        "Actions per person",
    ]
    assert '<td>clinician@demo</td><td class="n">fewer than 10</td>' in text
    assert "Too few drafts to judge a style" in text
    assert "<span>Films waiting</span>" in text
    assert "No worker is at work" in text
    assert "Vale" not in text


def test_an_idle_house_says_so_instead_of_drawing_nothing(screen):
    text = said(shown(screen))
    assert "No report was signed in this span" in text
    assert "No draft was judged yet" in text
    assert "Every study was read by AI" in text
    assert "Too few readings in this span" in text
    assert "<span>Median turnaround</span><b>—</b>" in text


def test_why_a_person_read_without_ai(screen, arrive, house):
    arrive(a_study())
    house.studies.move("1.2.826.0.1.100", Status.RECEIVED, Status.UNRANKED, "No consent on file.", an_event())
    assert "Why studies went to a person unread" in [c.proto.alt for c in shown(screen).get("plotly_chart")]


def test_the_span_reaches_back_as_far_as_chosen(screen, arrive):
    arrive(a_study(received_at=NOW - timedelta(days=20)))
    at = shown(screen)
    assert "<span>Received</span><b>0</b>" in said(at)
    at.segmented_control[0].set_value(30).run()
    assert "<span>Received</span><b>1</b>" in said(at)
