from dataclasses import replace

import numpy as np
import pytest

from engine.evaluation.dependence import ALARM, ILL, SYMPTOMS, USUAL, bedside, symptoms
from engine.model.config import HEAD
from tests.builders import MODEL, a_draft, a_reading
from tests.engine.evaluation.table import a_film
from triage.reading import Style
from triage.vitals import PARAMETERS


class Gullible:
    """Believes a word of the request, and the oxygen saturation."""

    identity = MODEL

    def __init__(self, trust):
        self.trust = trust

    def scores(self, study, vitals, _film, _media_type, _permit, bends):
        p = np.full((len(bends), len(HEAD)), 0.3)
        p[:, HEAD.index("pneumonia")] += self.trust * ("fever" in study.indication)
        if vitals and vitals.values["spo2_pct"] < 90:
            p[:, HEAD.index("edema")] += 0.2
        p[:, HEAD.index("mass")] = np.nan
        return p

    def read(self, *_film):
        return a_reading(), {}

    def drafts(self, _study, vitals, *_reading):
        """Say fever where there is one, and an effusion where oxygen is low."""
        fever = "Fever. " if vitals and vitals.values["temperature_c"] > 38 else ""
        said = "Pleural effusion." if vitals and vitals.values["spo2_pct"] < 90 else "No pleural effusion."
        for style in Style:
            yield style, fever
            yield style, a_draft(style=style, text=fever + said)


@pytest.fixture
def films(tmp_path):
    (tmp_path / "a.png").write_bytes(b"film")
    return [replace(a_film(i), path=tmp_path / "a.png") for i in range(3)]


def no_progress(_step, _share):
    pass


def test_a_symptom_that_carries_a_diagnosis_raises_the_alarm(films):
    found = symptoms(films, Gullible(0.06), no_progress)

    assert found["alarm"]
    assert found["each"]["fever"] == pytest.approx({"mean": 0.06 / 14, "most": 0.06, "label": "pneumonia"})
    assert found["each"]["shortness of breath"]["most"] == 0
    assert found["n"] == 3


def test_a_small_change_is_reported_and_raises_none(films):
    found = symptoms(films, Gullible(ALARM - 0.01), no_progress)

    assert not found["alarm"]
    assert found["each"]["fever"]["most"] == pytest.approx(0.04)


def test_each_bedside_value_is_changed_alone(films):
    each = bedside(films, Gullible(1), no_progress)["each"]

    assert each["spo2_pct"]["most"] == pytest.approx(0.2)
    assert (each["spo2_pct"]["label"], each["spo2_pct"]["from"], each["spo2_pct"]["to"]) == (
        "edema",
        98.0,
        85.0,
    )
    assert (each["spo2_pct"]["texts"], each["spo2_pct"]["texts_changed"]) == (9, 9)
    assert each["spo2_pct"]["findings_changed"] == 9
    assert (each["temperature_c"]["texts_changed"], each["temperature_c"]["findings_changed"]) == (9, 0)
    assert each["heart_rate_bpm"]["texts_changed"] == each["nothing measured"]["texts_changed"] == 0
    assert {row["most"] for name, row in each.items() if name != "spo2_pct"} == {0.0}
    assert each.keys() == {"nothing measured", "on_oxygen", "consciousness", *PARAMETERS}


def test_without_a_film_there_is_no_figure():
    assert symptoms([], Gullible(1), no_progress)["each"][SYMPTOMS[0]]["most"] is None


def test_the_well_are_well_and_the_ill_are_ill():
    for code, parameter in PARAMETERS.items():
        low, high = parameter.normal
        assert low <= USUAL[code] <= high
        assert not low <= ILL[code] <= high or code == "days_since_onset"
