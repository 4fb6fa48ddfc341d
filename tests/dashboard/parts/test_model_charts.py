from dashboard.parts.model_charts import answers, losses, reliability, smoothed, under, widths
from dashboard.parts.model_record import ModelRecord
from tests.dashboard.views.test_model import CALIBRATION, PASSPORT


def test_many_steps_are_smoothed_and_few_stand_as_they_are():
    few = losses({"total": [3.0, 2.0]}, title="Q?", step="epoch")
    many = losses({"total": [float(i) for i in range(100)]}, title="Q?", step="step")
    assert [list(trace.y) for trace in few.data] == [[3.0, 2.0]]
    assert [trace.showlegend for trace in many.data] == [False, None]
    assert many.data[1].y[99] == 94.5


def test_a_mean_is_of_what_is_known():
    assert smoothed([None, 2.0, None, 4.0]) == [None, 2.0, 2.0, 3.0]


def test_reliability_draws_answered_labels_only():
    drawn = reliability(ModelRecord(calibration=CALIBRATION))
    assert [trace.name for trace in drawn.data] == ["exact", "Pleural effusion"]
    assert list(drawn.data[1].y) == [0.12, 0.41]
    assert list(drawn.data[1].text) == ["17 films", "17 films"]
    assert reliability(ModelRecord(calibration={"hernia": CALIBRATION["hernia"]})) is None


def test_names_from_a_file_stay_text():
    found = str(answers(ModelRecord(calibration={"<b>": CALIBRATION["hernia"] | {"why": "<script>"}})))
    assert "<script>" not in found
    failed = {"widths": {"<i>": {"runs": False, "why": "<img>"}}}
    assert "<img>" not in str(widths(failed))
    assert "<i>" not in str(widths(failed))


def test_a_passport_says_where_it_was_made():
    assert under(PASSPORT) == "6 simulated films; a CPU, 2 cores; torch 2.13.0; made 2026-11-21."
