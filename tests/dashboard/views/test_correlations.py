import json
import threading
from datetime import date

import pytest

import dashboard.cohort
from consent.record import PatientId
from tests.builders import NOW, a_patient, a_study, an_event, vitals
from tests.dashboard.views.conftest import said
from triage.stores import HIDE_READING
from triage.study import Sex


@pytest.fixture
def cohort(arrive, read):
    """As many read studies as asked for; the more probable the effusion, the lower the oxygen."""

    def made(count, site="Ward 7", sex=Sex.FEMALE):
        for number in range(count):
            patient = a_patient(patient_id=PatientId(f"P-{site[0]}{number}", site), sex=sex)
            study = a_study(study_uid=f"1.2.{number + 1}.{ord(site[0])}", patient=patient)
            arrive(study, vitals(spo2_pct=98.0 - number, temperature_c=37.0 + (number % 3) / 10))
            read(study, probabilities={"effusion": 0.05 + number * 0.05, "hernia": None}, pathology=0.5)

    return made


def charts(at):
    return [json.loads(c.proto.spec) for c in at.get("plotly_chart")]


def test_too_few_studies_are_refused_and_not_counted_out(screen, cohort):
    cohort(3)
    at = screen("correlations")
    text = said(at)
    assert "Fewer than 10 studies, too few to say anything" in text
    assert "3 studies" not in text
    assert charts(at) == []


def test_each_cell_has_r_and_n_and_its_interval(screen, cohort):
    cohort(12)
    at = screen("correlations", subject="robin", role="administrator")
    heat, handles = charts(at)[0]["data"]
    row, column = heat["y"].index("SpO₂, %"), heat["x"].index("Pleural effusion")
    assert heat["text"][row][column] == "−1.00*<br>12"
    found = {tuple(c[:2]): c[2] for c in handles["customdata"]}
    assert found["spo2_pct", "effusion"].startswith("r −1.00 (−1.00 to −1.00), n 12<br>ρ −1.00")
    assert "Hiatal hernia" not in heat["x"]
    assert heat["y"][0] == "Age, years"


def test_the_warning_is_a_part_of_every_figure(screen, cohort):
    cohort(12)
    at = screen("correlations")
    at.selectbox(key="pair_x").set_value("spo2_pct")
    at.selectbox(key="pair_y").set_value("effusion").run()
    matrix, scatter, _ = charts(at)
    for figure in (matrix, scatter):
        assert "Association, not cause" in figure["layout"]["title"]["text"]
        assert figure["layout"]["paper_bgcolor"].startswith("#")
    assert all(
        json.loads(c.proto.config)["toImageButtonOptions"]["format"] == "png" for c in at.get("plotly_chart")
    )


def test_a_cell_that_never_varies_is_blank_and_says_why(screen, cohort):
    cohort(12)
    at = screen("correlations")
    heat, handles = charts(at)[0]["data"]
    row, column = heat["y"].index("SpO₂, %"), heat["x"].index("Any pathology")
    assert heat["z"][row][column] is None
    assert heat["text"][row][column] == ""
    found = {tuple(c[:2]): c[2] for c in handles["customdata"]}
    assert found["spo2_pct", "pathology"] == "One of the two never varies over these studies."
    at.selectbox(key="pair_x").set_value("spo2_pct")
    at.selectbox(key="pair_y").set_value("pathology").run()
    assert "never varies" in said(at)


def test_a_pair_up_close_says_everything_that_speaks_for_and_against_it(screen, cohort):
    cohort(12)
    at = screen("correlations")
    at.selectbox(key="pair_x").set_value("spo2_pct")
    at.selectbox(key="pair_y").set_value("effusion").run()
    assert [t["mode"] for t in charts(at)[1]["data"]] == ["markers", "lines"]
    text = said(at)
    for words in (
        "Pearson r",
        "Spearman ρ",
        "Beside age and sex",
        "Permutation p",
        "Corrected (Holm)",
        "Same sign",
    ):
        assert f"<dt>{words}" in text
    assert "<dt>Missing</dt><dd>0 of 12 studies</dd>" in text
    at.selectbox(key="pair_x").set_value("temperature_c").run()
    assert "chance alone would explain it" in said(at)


def test_the_filter_narrows_whom_the_figures_are_about(screen, cohort):
    cohort(12)
    cohort(11, site="Clinic", sex=Sex.MALE)
    at = screen("correlations")
    assert "23 studies" in charts(at)[0]["layout"]["title"]["text"]
    at.multiselect(key="cohort_sites").set_value(["Clinic"]).run()
    assert "11 studies" in charts(at)[0]["layout"]["title"]["text"]
    assert "site=Clinic" in at.get("link_button")[0].proto.url
    at.multiselect(key="cohort_sexes").set_value([Sex.FEMALE]).run()
    assert "Fewer than 10 studies" in said(at)


def test_a_withdrawal_takes_a_study_out_of_what_was_remembered(screen, cohort, house):
    cohort(12)
    at = screen("correlations")
    assert "12 studies" in charts(at)[0]["layout"]["title"]["text"]
    house.studies.hide_reading(f"1.2.1.{ord('W')}", an_event(action=HIDE_READING))
    at.run()
    assert "11 studies" in charts(at)[0]["layout"]["title"]["text"]


def test_consented_only_leaves_out_whose_permission_has_run_out(screen, cohort, owner):
    cohort(12)
    owner.execute("UPDATE provision SET ends_at = %s", [NOW])
    at = screen("correlations")
    assert "Fewer than 10 studies" in said(at)
    at.toggle(key="cohort_permitted").set_value(False).run()
    assert "12 studies" in charts(at)[0]["layout"]["title"]["text"]


def test_simulated_studies_are_labelled(screen, cohort):
    cohort(1)
    assert "These studies are simulated" in said(screen("correlations"))


def test_a_day_can_be_any_since_digital_films_and_none_to_come(screen):
    since, until = screen("correlations").date_input
    for day in (since, until):
        assert (day.min, day.max) == (date(1970, 1, 1), NOW.date())


def test_without_a_turn_the_screen_says_to_come_back(screen, cohort, monkeypatch):
    cohort(12)
    monkeypatch.setattr(dashboard.cohort, "PATIENCE_S", 0.01)
    monkeypatch.setattr(dashboard.cohort, "_slots", threading.Semaphore(0))
    at = screen("correlations")
    assert "ask again in a minute" in said(at)
    assert charts(at) == []
