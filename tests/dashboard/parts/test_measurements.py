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


@pytest.mark.parametrize(
    ("value", "said"), [(139.0, ""), (140.0, "↑ high"), (210.0, "↑ high"), (110.0, "↓ low")]
)
def test_no_pressure_that_calls_for_attention_looks_normal(value, said):
    """NEWS2 gives no points up to 219 mmHg."""
    assert measurements.direction(PARAMETERS["systolic_mmhg"], value) == said
    assert "111 to 139" in measurements.table([vitals(systolic_mmhg=value)], UTC)


def test_how_the_score_went_is_one_row():
    calm = vitals(NOW - timedelta(hours=2), spo2_pct=97.0, resp_rate_bpm=16.0)
    worse = vitals(spo2_pct=91.0)
    assert [total for _, total in measurements.scores([calm, worse])] == [0, 3]
    assert "NEWS2 total</th>" not in measurements.table([worse], UTC)
    table = measurements.table([calm, worse, vitals(NOW, resp_rate_bpm=30.0)], UTC)
    assert table.count("NEWS2 total</th>") == 1
    assert "NEWS2 total, points, reference 0 to 4: 0 at" in table
    assert "<b>6</b> points" in table


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
    assert "Temperature</th>" not in table


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
    assert "fr-trend" in measurements.table([earlier, vitals(spo2_pct=91.0)], UTC)
    assert "fr-trend" not in measurements.table([vitals(spo2_pct=91.0)], UTC)


def test_a_partial_measurement_hides_no_earlier_value_and_says_when_each_was_taken():
    earlier = vitals(NOW - timedelta(hours=2), spo2_pct=91.0, heart_rate_bpm=72.0)
    table = measurements.table([earlier, vitals(heart_rate_bpm=125.0)], UTC)
    assert "<b>91</b> %" in table
    assert "06:00 UTC" in table
    assert "07:50 UTC" in table
    assert "NEWS2 ≥ 5" in table


def test_a_value_too_old_to_count_is_shown_and_gives_no_points():
    old = vitals(NOW - timedelta(days=3), spo2_pct=84.0)
    table = measurements.table([old, vitals(heart_rate_bpm=72.0)], UTC)
    assert "<b>84</b> %" in table
    assert "18 Nov" in table
    assert "NEWS2 ≥ 0" in table


def test_the_bedside_and_the_laboratory_stand_apart():
    table = measurements.table([vitals(spo2_pct=91.0, crp_mg_l=80.0)], UTC)
    assert (
        table.index("Vital signs")
        < table.index("SpO₂")
        < table.index("Laboratory")
        < table.index("C-reactive")
    )


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
