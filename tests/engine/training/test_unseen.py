import math
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.manifest import AIRSPACE, Film
from engine.model.config import ABNORMAL, HEAD, RadCnnConfig, RadVlmConfig
from engine.training.tower import TowerSettings
from engine.training.train import Cohort, TrainSettings
from engine.training.unseen import TRAIN, VAL, compare, section

SMALL = RadVlmConfig(vision_config=RadCnnConfig(body="small", hidden_size=16, image_size=32, grid=2))
LAST = HEAD.index(ABNORMAL)


def quiet(_step, _share):
    """Nobody watches a test's progress."""


def a_cohort(count, seed):
    """Films of which every second is abnormal and brighter, and which a radiologist read so."""
    chance = np.random.default_rng(seed)
    truth = np.zeros((count, len(HEAD)), np.float32)
    truth[::2, [LAST, *(HEAD.index(name) for name in AIRSPACE)]] = 1.0
    squares = chance.integers(0, 120, (count, 256, 256), np.uint8)
    squares[::2] += 120
    films = [
        Film(Path("a"), "a", f"p{seed}-{i}", frozenset(), radiologist="Normal" if i % 2 else "Lung Opacity")
        for i in range(count)
    ]
    return Cohort(films, torch.from_numpy(squares), torch.full((count, SMALL.n_clinical), math.nan), truth)


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    work = tmp_path_factory.mktemp("work")
    settings = TrainSettings(
        manifest=Path(__file__), work=work, simulated=2, tower=TowerSettings(epochs=2, batch=8, frozen=0)
    )
    asked = settings, SMALL, a_cohort(48, 1), a_cohort(24, 2), quiet
    return compare(*asked), lambda: compare(*asked)


def test_the_gain_is_the_difference_on_the_same_real_films(compared):
    found, _ = compared
    for where, films in ((TRAIN, 48), (VAL, 24)):
        rows = found["gain"][where]
        assert {row["label"] for row in rows} >= {"pneumonia", ABNORMAL}
        for row in rows:
            assert row["n"] == films
            if row["gain"]["value"] is not None:
                assert row["gain"]["value"] == pytest.approx(row["with"]["value"] - row["without"]["value"])
                assert row["gain"]["low"] <= row["gain"]["value"] <= row["gain"]["high"]


def test_a_label_with_few_films_is_not_compared(compared):
    found, _ = compared
    assert "hernia" not in {row["label"] for row in found["gain"][TRAIN]}


def test_labels_that_agree_with_the_radiologists_are_worth_everything(compared):
    found, _ = compared
    for row in found["reads"]:
        assert (row["n"], row["positives"], row["label"]["value"]) == (48, 24, 1.0)
        assert row["tower"]["value"] > 0.6, "abnormal films are the brighter ones"


def test_labels_that_know_nothing_of_the_read_are_worth_nothing(tmp_path):
    real = a_cohort(48, 1)
    real.truth[:, LAST] = [i // 2 % 2 for i in range(48)]
    settings = TrainSettings(
        manifest=Path(__file__), work=tmp_path, simulated=0, tower=TowerSettings(epochs=1, batch=8, frozen=0)
    )
    found = compare(settings, SMALL, real, a_cohort(24, 2), quiet)
    assert found["reads"][0]["label"]["value"] == 0.5


def test_what_an_earlier_run_taught_is_gone_on_from_to_the_same_figures(compared):
    found, again = compared
    assert again() == found


def test_the_section_names_its_command_and_both_cohorts(compared):
    found, _ = compared
    lines = section(found, "the command")
    assert lines[0] == "## Patients the towers never saw"
    assert "`the command`" in lines[2]
    assert sum(TRAIN[1:] in line or VAL[1:] in line for line in lines) == 2
