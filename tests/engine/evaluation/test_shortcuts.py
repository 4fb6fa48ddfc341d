import numpy as np
import pytest

from engine.evaluation.goals import above_floors
from engine.evaluation.shortcuts import cross_fitted, floors, person_and_view, source_shortcut
from tests.engine.evaluation.table import a_film, answered
from triage.study import Sex

INSIDE = ("view", "origin")
DRAW = np.random.default_rng(4)


def by_view(n=160):
    """AP films are sick four times in five, PA films once in five; the reader sees the view and nothing else."""
    views = ["AP" if i % 2 else "PA" for i in range(n)]
    sick = [DRAW.random() < (0.8 if view == "AP" else 0.2) for view in views]
    films = [
        a_film(
            i, ("effusion",) if ill else ("no_finding",), view=view, origin=f"o{i % 3}", sex=Sex.MALE, age=60
        )
        for i, (view, ill) in enumerate(zip(views, sick, strict=True))
    ]
    return films, [0.7 if view == "AP" else 0.2 for view in views]


def test_a_reader_of_the_view_alone_is_found_out():
    films, given = by_view()
    row = floors(films, answered(films, effusion=given))["effusion"]

    assert row["model"]["value"] > 0.7
    assert row["view_sex_age"]["value"] > 0.7
    assert row["model_within_view"]["value"] == 0.5
    assert row["origin"]["value"] < 0.65
    assert row["n"] == 160
    assert row["above"]["value"] == pytest.approx(0, abs=0.02)
    assert row["above_within_view"]["value"] == 0


def test_a_reader_of_the_view_alone_is_not_above_it_and_one_of_the_film_is():
    films, given = by_view()
    seen = [0.9 if "effusion" in film.labels else 0.1 for film in films]
    gained = []
    for scores in (given, seen):
        answers = answered(films, effusion=scores, mass=[None] * len(films))
        rows = above_floors(answers, floors(films, answers))
        assert not [name for name in rows if name.startswith("mass")]
        gained.append(
            [rows[f"effusion: AUC above that of view, sex and age, within {one}"] for one in INSIDE]
        )
    assert all(row["value"] < 0.02 for row in gained[0])
    assert all(row["value"] > 0.1 and row["surely"] for row in gained[1])


def test_films_that_are_not_measured_teach_the_floor():
    films, given = by_view()
    row = floors(films, answered(films[100:], effusion=given[100:]))["effusion"]

    assert row["n"] == 60
    assert row["view_sex_age"]["low"] > 0.5


def test_no_film_is_answered_by_its_own_patient():
    features = np.eye(40)[:, :20] + np.eye(40)[:, 20:]  # one column per pair of films
    truth = DRAW.permutation(np.repeat([0.0, 1.0], 20))
    alone = cross_fitted(np.eye(40), truth, list(map(str, range(40))))
    same = cross_fitted(
        features[np.repeat(np.arange(20), 2)],
        np.repeat(truth[:20], 2),
        np.repeat(np.arange(20), 2).astype(str),
    )

    assert np.ptp(alone) < 0.35
    assert np.ptp(same) < 0.35


def test_unknown_labels_teach_nothing():
    truth = np.where(np.arange(60) < 30, np.nan, np.tile([0.0, 1.0], 30))
    found = cross_fitted(np.tile([[0.0], [1.0]], (30, 1)), truth, list(map(str, range(60))))

    assert found[:30] == pytest.approx(np.tile([found[0], found[1]], 15), abs=0.1)
    assert found[1] > found[0] + 0.3


def test_hospitals_that_the_answers_give_away_are_told():
    films = [
        a_film(i, ("covid19",) if i % 2 else ("no_finding",), source="elsewhere" if i % 2 else "here")
        for i in range(80)
    ]
    told = source_shortcut(answered(films, abnormal=[0.8 if i % 2 else 0.2 for i in range(80)]))

    assert told["sources_with_covid"] == ["elsewhere"]
    assert (told["n"], told["positives"]) == (80, 40)
    assert told["abnormal_alone"]["value"] == 1.0
    assert told["fifteen_answers"]["value"] == 1.0
    assert source_shortcut(answered(films[::2], abnormal=[0.2] * 40)) is None


def test_unknown_age_and_view_are_cases_of_their_own():
    assert person_and_view(a_film(1)) == [0, 0, 0, 0, 0, 0, 0, 1]
    assert person_and_view(a_film(1, view="AP", sex=Sex.FEMALE, age=75.0)) == [0, 1, 0, 1, 0, 1, 1, 0]
