from datetime import date

import pytest

from dashboard.parts import usage_charts
from triage.report import Verdict
from triage.usage import Day, Usage


def usage(**changes):
    made = {
        "days": (Day(date(2026, 11, 20), 5, 4, 3), Day(date(2026, 11, 21), 2, 1, 0)),
        "waiting": 4,
        "turnaround_s": (600.0, 1200.0, 7200.0),
        "verdicts": {Verdict.ACCEPTED.value: 2, Verdict.REJECTED.value: 1},
        "refusals": 1,
        "failures": 2,
        "quarantined": 3,
        "people": {"tom": 2, "ada<": 9},
    }
    return Usage(**{**made, **changes})


@pytest.mark.parametrize(
    ("values", "answer"), [([1.0], 1.0), (range(1, 11), 9), (range(1, 101), 90), ([5, 1], 5)]
)
def test_nine_in_ten_do_not_exceed_it(values, answer):
    assert usage_charts.ninetieth(list(values)) == answer


def test_the_turnaround_is_said_in_words():
    assert usage_charts.turnaround_words((600.0, 1200.0, 7200.0)) == ("20 min", "2 h")
    assert usage_charts.turnaround_words(()) == ("—", "—")


def test_the_tiles_hold_the_numbers_of_the_span():
    tiles = usage_charts.tiles(usage())
    for label, value in (
        ("Received", 7),
        ("Read by AI", 5),
        ("Waiting now", 4),
        ("Refused AI", 1),
        ("AI failures", 2),
        ("Kept apart", 3),
    ):
        assert f"<span>{label}</span><b>{value}</b>" in tiles


def test_each_chart_asks_a_question():
    for draw in (usage_charts.per_day, usage_charts.turnaround, usage_charts.verdicts, usage_charts.people):
        assert "?" in draw(usage()).layout.title.text


def test_every_verdict_has_its_bar_in_words():
    (bar,) = usage_charts.verdicts(usage()).data
    assert dict(zip(bar.y, bar.x, strict=True)) == {
        "accepted": 2,
        "edited": 0,
        "rejected": 1,
        "no draft used": 0,
    }


def test_the_busiest_person_stands_first():
    (bar,) = usage_charts.people(usage()).data
    assert bar.y[0].startswith("ada")
    assert tuple(bar.x) == (9, 2)
    assert "<" not in bar.y[0]


def test_the_median_and_the_slowest_tenth_are_marked():
    texts = [a.text for a in usage_charts.turnaround(usage()).layout.annotations]
    assert texts == ["median 20 min", "9 in 10 by 2 h"]
