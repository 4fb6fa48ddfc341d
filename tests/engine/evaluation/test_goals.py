import numpy as np
import pytest

from engine.evaluation.goals import goals
from engine.evaluation.metrics import auc
from tests.engine.evaluation.table import a_film, answered

DRAW = np.random.default_rng(2)
KINDS = ["Normal", "No Lung Opacity / Not Normal", "Lung Opacity"]
SICK = DRAW.random(120) < 0.4
FILMS = [
    a_film(i, ("effusion",) if sick else ("no_finding",), radiologist=KINDS[i % 3] if i < 60 else "")
    for i, sick in enumerate(SICK)
]
EFFUSION = np.clip(0.3 * SICK + DRAW.random(120) * 0.6, 0, 1)
OPACITY = np.array([0.9 if i % 3 == 2 else 0.2 for i in range(120)])


@pytest.fixture(scope="module")
def found():
    return goals(answered(FILMS, effusion=EFFUSION, abnormal=EFFUSION, pneumonia=OPACITY, mass=[None] * 120))


def test_only_films_a_radiologist_read_count_for_what_a_radiologist_said(found):
    normal = found["radiologist-read: abnormal against normal, AUC"]
    opacity = found["radiologist-read: lung opacity against the rest, AUC"]

    assert (normal["n"], normal["positives"], normal["goal"]) == (60, 40, 0.88)
    assert (normal["met"], normal["surely"]) == (False, False)
    assert (opacity["n"], opacity["positives"], opacity["value"]) == (60, 20, 1.0)
    assert (opacity["met"], opacity["surely"]) == (True, True)


def test_the_mean_is_over_every_label_with_enough_films_and_no_other(found):
    mean = found["mean AUC over labels with at least 20 films, every film"]

    assert mean["labels"] == ["effusion", "abnormal"]
    assert mean["value"] == pytest.approx(auc(SICK.astype(float), EFFUSION))
    assert mean["low"] < mean["value"] < mean["high"]


def test_a_case_diagnosis_is_left_out_where_labels_must_come_from_a_report():
    told = [a_film(i, ("effusion",), label_source="case diagnosis") for i in range(30)]
    found = goals(answered(FILMS + told, effusion=[*EFFUSION, *[0.0] * 30], abnormal=[0.5] * 150))

    assert found["mean AUC over labels with at least 20 films, every film"]["n"] == 150
    strict = found["mean AUC over labels with at least 20 films, labels from a report"]
    assert strict["n"] == 120


def test_calibration_is_judged_beside_what_luck_alone_would_show(found):
    row = found["effusion: calibration error, labels from a report"]

    assert row["met"] is (row["value"] <= 0.05)
    assert 0 < row["honest"] < row["high"]
    assert not [name for name in found if name.startswith("pneumonia")]


def test_without_a_radiologist_nothing_is_claimed():
    found = goals(answered([a_film(i) for i in range(5)], abnormal=[0.1] * 5))

    assert {(row["value"], row["met"]) for row in found.values()} == {(None, None)}
