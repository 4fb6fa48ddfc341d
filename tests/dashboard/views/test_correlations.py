import json

import pytest

from consent.record import PatientId
from tests.builders import a_patient, a_study, vitals
from tests.dashboard.views.conftest import said


@pytest.fixture
def cohort(arrive, read):
    """As many read studies as asked for; the more probable the effusion, the lower the oxygen."""

    def made(count):
        for number in range(count):
            patient = a_patient(patient_id=PatientId(f"P-{number}", "Ward 7"))
            study = a_study(study_uid=f"1.2.{number + 1}", patient=patient)
            arrive(study, vitals(spo2_pct=98.0 - number, temperature_c=37.0 + (number % 3) / 10))
            read(study, probabilities={"effusion": 0.05 + number * 0.05, "hernia": None}, pathology=0.5)

    return made


def charts(at):
    return [json.loads(c.proto.spec) for c in at.get("plotly_chart")]


def test_too_few_studies_are_refused_with_their_number(screen, cohort):
    cohort(3)
    at = screen("correlations")
    assert "3 studies, too few to say anything" in said(at)
    assert charts(at) == []


def test_each_cell_has_r_and_n_and_its_interval(screen, cohort):
    cohort(12)
    at = screen("correlations", subject="robin", role="administrator")
    (heat,) = charts(at)[0]["data"]
    row, column = heat["y"].index("SpO₂, %"), heat["x"].index("Pleural effusion")
    assert heat["text"][row][column] == "−1.00<br>n 12"
    assert "95 % interval −1.00 to −1.00" in heat["customdata"][row][column]
    assert "Hiatal hernia" not in heat["x"]
    assert heat["y"][0] == "Age, years"


def test_a_cell_that_never_varies_is_blank_and_says_why(screen, cohort):
    cohort(12)
    (heat,) = charts(screen("correlations"))[0]["data"]
    row, column = heat["y"].index("SpO₂, %"), heat["x"].index("Any pathology")
    assert heat["z"][row][column] is None
    assert heat["text"][row][column] == ""
    assert heat["customdata"][row][column] == "One of the two never varies over these 12 studies."


def test_a_chosen_pair_is_drawn_with_its_line_and_its_warning(screen, cohort):
    cohort(12)
    at = screen("correlations")
    at.selectbox(key="pair_x").set_value("spo2_pct")
    at.selectbox(key="pair_y").set_value("effusion").run()
    scatter = charts(at)[1]
    title = scatter["layout"]["title"]["text"]
    assert title == "r −1.00, n 12, 95 % interval −1.00 to −1.00. Association, not cause"
    assert [t["mode"] for t in scatter["data"]] == ["markers", "lines"]
    at.selectbox(key="pair_y").set_value("pathology").run()
    assert "never varies" in said(at)


def test_simulated_studies_are_labelled(screen, cohort):
    cohort(1)
    assert "These studies are simulated" in said(screen("correlations"))
