from datetime import UTC, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts import measurements
from tests.builders import NOW, vitals
from triage.vitals import PARAMETERS, Consciousness


@pytest.mark.parametrize(
    ("value", "said"), [(37.0, ""), (36.1, ""), (38.0, ""), (36.0, "↓ low"), (38.1, "↑ high")]
)
def test_the_direction_is_an_arrow_and_a_word(value, said):
    assert measurements.direction(PARAMETERS["temperature_c"], value) == said


def test_each_value_stands_with_unit_reference_and_points():
    table = measurements.table([vitals(spo2_pct=91.0, glucose_mmol_l=6.1)], UTC)
    for words in (
        "<b>91</b> %",
        "96 to 100",
        "↓ low",
        "<b>6.1</b> mmol/L",
        "3.9 to 7.8",
        "NEWS2 ≥ 3",
        "07:50 UTC",
    ):
        assert words in table
    assert "Temperature</td>" not in table


def test_oxygen_and_consciousness_say_when_they_are_not_recorded():
    assert measurements.table([vitals()], UTC).count("not recorded") == 2
    ill = measurements.table(
        [vitals(on_oxygen=True, consciousness=Consciousness.VOICE, hypercapnic=True)], UTC
    )
    assert ">yes<" in ill
    assert ">voice<" in ill
    assert "scale 2" in ill


def test_several_measurements_make_a_trend_a_single_one_makes_none():
    earlier = vitals(NOW - timedelta(hours=2), spo2_pct=97.0)
    table = measurements.table([earlier, vitals(spo2_pct=91.0)], UTC)
    assert 'aria-label="SpO₂: 97, 91"' in table
    assert measurements.trend([97.0], "SpO₂") == ""


def test_a_trend_that_never_moves_is_a_flat_line():
    assert 'points="4.0,17.0 40.0,17.0 76.0,17.0"' in measurements.trend([5.0, 5.0, 5.0], "x")


def page() -> None:
    from datetime import UTC

    from dashboard.parts import measurements
    from tests.builders import vitals

    measurements.show([], UTC)
    measurements.show([vitals()], UTC)


def test_no_vitals_is_said():
    first, second = (h.value for h in AppTest.from_function(page).run().get("html"))
    assert "No vitals with this study" in first
    assert "<table" in second
