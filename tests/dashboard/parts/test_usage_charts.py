from datetime import timedelta, timezone

import pytest

from dashboard.parts import usage_charts as charts
from tests.builders import NOW
from triage.finding import LABELS
from triage.report import Verdict
from triage.study import Urgency
from triage.usage import DraftUse, Hour, Milestone, Queue, Turnaround, Usage

MANY = DraftUse({Verdict.ACCEPTED: 12, Verdict.EDITED: 6, Verdict.REJECTED: 2}, 0.1)
FEW = DraftUse({Verdict.ACCEPTED: 3}, 0.0)


def usage(**changes):
    made = {
        "hours": (Hour(NOW - timedelta(days=1), 5, 4, 3), Hour(NOW, 2, 1, 0)),
        "waiting": 4,
        "turnarounds": (
            Turnaround(None, Milestone.SIGNED, 3, 1200.0, 7200.0),
            Turnaround(Urgency.STAT, Milestone.READ, 2, 2.0, 3.0),
        ),
        "by_style": {"brief": MANY, "bullet": FEW},
        "by_reader": {"tom<": MANY, "ada": FEW},
        "refusals": 1,
        "failures": 2,
        "alone": {"No <consent>.": 5, **{f"reason {n}": 1 for n in range(9)}},
        "quarantined": 3,
        "readings": 10,
        "answered": {**dict.fromkeys(LABELS, 10), "hernia": 0, "mass": 8},
        "people": {"tom": 2, "ada<": 9},
    }
    return Usage(**{**made, **changes})


def test_the_turnaround_is_said_in_words():
    assert charts.turnaround_words(usage().turnaround(Milestone.SIGNED)) == ("20 min", "2 h")
    assert charts.turnaround_words(None) == ("—", "—")


def test_the_tiles_hold_the_numbers_of_the_span():
    tiles = charts.tiles(usage())
    for label, value in (
        ("Received", 7),
        ("Read by AI", 5),
        ("Waiting now", 4),
        ("Signed", 3),
        ("Refused AI", 1),
        ("AI failures", 2),
        ("Kept apart", 3),
    ):
        assert f"<span>{label}</span><b>{value}</b>" in tiles


def test_each_chart_asks_a_question():
    drawn = [
        draw(usage())
        for draw in (charts.per_day, charts.turnarounds, charts.alone, charts.left_open, charts.people)
    ]
    drawn += [charts.styles(usage().by_style), charts.by_hour(usage(), NOW.tzinfo)]
    assert all("?" in figure.layout.title.text for figure in drawn)
    assert "?" in charts.readers(usage().by_reader)


def test_steps_are_drawn_by_level_with_a_line_to_nine_in_ten():
    read, signed = charts.turnarounds(usage()).data
    assert (list(read.y), list(signed.y)) == (["stat"], ["all"])
    assert list(signed.x) == [20.0]
    assert list(signed.error_x.array) == [100.0]
    assert list(signed.customdata[0]) == ["20 min", "2 h", 3]
    assert list(read.customdata[0])[:2] == ["2 s", "3 s"]


def test_hours_are_those_of_the_clock_of_whoever_looks():
    received, _ = charts.by_hour(usage(), timezone(timedelta(hours=3))).data
    assert received.y[11] == 3.5  # 08:00 UTC, seven studies in two days
    assert sum(received.y) == 3.5


def test_a_style_or_a_reader_with_a_handful_of_reports_is_not_judged():
    drawn = charts.styles(usage().by_style)
    assert "Not shown, fewer than 10 reports: bullet" in drawn.layout.title.text
    assert [list(bar.x) for bar in drawn.data] == [[0.6], [0.3], [0.1]]
    assert drawn.data[0].y[0] == "brief, 20 reports<br>10% of words changed"
    table = str(charts.readers(usage().by_reader))
    assert '<td>ada</td><td class="n">fewer than 10</td>' in table
    assert "tom&lt;" in table


def test_reasons_are_the_most_frequent_ones_and_stay_text():
    (bars,) = charts.alone(usage()).data
    assert bars.y[0] == "No &lt;consent&gt;."
    assert bars.y[-1] == "another reason"
    assert sum(bars.x) == 14


def test_what_is_left_open_most_stands_first():
    (bars,) = charts.left_open(usage()).data
    assert (bars.y[0], bars.text[0], bars.y[1], bars.text[1]) == ("Hiatal hernia", "100%", "Mass", "20%")


def test_the_busiest_person_stands_first():
    (bar,) = charts.people(usage()).data
    assert bar.y[0].startswith("ada")
    assert tuple(bar.x) == (9, 2)
    assert "<" not in bar.y[0]


@pytest.mark.parametrize(
    ("queue", "words"),
    [
        (Queue(workers=1), "The worker keeps up."),
        (Queue(workers=1, oldest_s=660.0), "one worker more"),
        (Queue(), "Start `firstread worker`"),
        (Queue(silent_s=180.0), "heard 3 min ago"),
    ],
)
def test_the_queue_says_what_to_do(queue, words):
    assert words in charts.queue_words(queue)
    assert "<span>Longest wait</span>" in charts.queue_tiles(queue)
