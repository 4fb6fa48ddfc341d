import re
from base64 import b64decode
from datetime import UTC, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dashboard.parts import trend
from tests.builders import NOW
from triage.vitals import PARAMETERS

SPO2 = PARAMETERS["spo2_pct"]


def over(*values, hours=1):
    return [(NOW + timedelta(hours=hours * i), value) for i, value in enumerate(values)]


def svg(shown):
    return b64decode(re.search('base64,([^"]+)', shown).group(1)).decode()


def test_a_single_measurement_makes_no_line():
    assert trend.line(SPO2, over(97.0), UTC) == ""


def test_it_tells_every_value_with_unit_band_and_time():
    shown = trend.line(SPO2, over(97.0, 91.0), UTC)
    assert (
        'alt="SpO₂, %, reference 96 to 100: 97 at 21 Nov 2026, 08:00 UTC; 91 at 21 Nov 2026, 09:00 UTC"'
        in shown
    )
    assert "data:image/svg+xml;base64," in shown


def test_what_lies_outside_the_band_has_another_colour():
    drawn = svg(trend.line(SPO2, over(97.0, 91.0), UTC))
    assert drawn.count("<circle") == 2
    assert drawn.count("#c2453a") == 1
    assert "<rect" in drawn


def test_along_by_time_and_up_by_value():
    (x1, y1), (x2, y2), (x3, y3) = trend.places(
        SPO2, [(NOW, 97.0), (NOW + timedelta(hours=1), 91.0), (NOW + timedelta(hours=4), 94.0)]
    )
    assert x1 < x2 < x3
    assert x3 - x2 > 2 * (x2 - x1)
    assert y1 < y3 < y2


@given(st.lists(st.floats(30, 100), min_size=2, max_size=9), st.sampled_from(list(PARAMETERS.values())))
def test_every_line_stays_inside_its_drawing(values, parameter):
    for x, y in trend.places(parameter, over(*values)):
        assert 0 <= x <= trend.WIDE
        assert 0 <= y <= trend.HIGH


def test_values_that_never_move_and_times_that_are_one_make_a_line_too():
    assert len(set(trend.places(SPO2, over(97.0, 97.0)))) == 2
    assert trend.line(SPO2, over(97.0, 97.0, hours=0), UTC)
