from datetime import timedelta

import pytest

from dashboard.parts import critical_charts
from triage.compliance import Telling, shares, wilson
from triage.critical import Category, ReadBack

HOUR = timedelta(hours=1)


def told(minutes, category=Category.MINUTES, read_back=ReadBack.CONFIRMED):
    took = None if minutes is None else timedelta(minutes=minutes)
    late = minutes is None or minutes > 60
    return Telling(category, HOUR, took, late, read_back if took else None, escalated=late)


EVERY = [told(5), told(50), told(70), told(None), told(30, Category.DAYS, ReadBack.REACHED)]


def test_each_bar_has_its_number_and_wilsons_interval():
    figure = critical_charts.shares(shares(EVERY))
    bar = figure.data[0]
    assert figure.layout.title.text.endswith("?")
    assert list(bar.y) == ["minutes<br>2 of 4", "days<br>1 of 1"]
    assert list(bar.x) == [50.0, 100.0]
    low, high = wilson(2, 4)
    assert bar.error_x.array[0] == pytest.approx((high - 0.5) * 100)
    assert bar.error_x.arrayminus[0] == pytest.approx((0.5 - low) * 100)


def test_the_times_climb_to_all_of_what_was_told_with_the_limit_beside():
    figure = critical_charts.how_long([*EVERY, told(0)])
    first, second = figure.data
    assert list(first.x) == [0.5, 0.5, 5.0, 50.0, 70.0]
    assert list(first.y) == [0, 25.0, 50.0, 75.0, 100.0]
    assert (first.name, second.name) == ("minutes (n = 4)", "days (n = 1)")
    assert [shape.x0 for shape in figure.layout.shapes] == [60.0, 60.0]
    assert figure.layout.xaxis.type == "log"
    assert "?" in figure.layout.title.text


def test_the_table_says_what_the_chart_hides():
    shown = critical_charts.table(shares(EVERY), EVERY)
    assert "2 of 4 (50%)" in shown
    assert "none yet" in shown
    assert "15% to 85%" in shown
    assert "open and overdue counts as not in time" in shown
