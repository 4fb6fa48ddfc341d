import math
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.model.config import HEAD, RadCnnConfig, RadVlmConfig
from engine.training.cross_fit import carried_over, cross_fitted_logits, joined, opinions_of, taught_net
from engine.training.features import film_features, finding_logits, judged_features
from engine.training.tower import TowerSettings

SMALL = RadVlmConfig(vision_config=RadCnnConfig(body="small", hidden_size=16, image_size=32, grid=2))
QUICK = TowerSettings(epochs=2, batch=8, frozen=0)


def quiet(*_):
    pass


def films(count, seed=0):
    draw = torch.Generator().manual_seed(seed)
    squares = torch.randint(0, 256, (count, 256, 256), generator=draw, dtype=torch.uint8)
    truth = (torch.rand(count, len(HEAD), generator=draw) > 0.5).float()
    return squares, torch.full((count, SMALL.n_clinical), math.nan), truth


def test_a_film_is_judged_by_a_tower_that_never_saw_its_patient(tmp_path):
    real, simulated = films(12), films(4, seed=1)
    fold = [0, 1, 2] * 4
    asked, _ = cross_fitted_logits(SMALL, real, simulated, fold, QUICK, tmp_path, quiet)
    # Other labels on the films of one fold change what the other towers say, never what this fold's own says.
    real[2][[i for i, one in enumerate(fold) if one == 0]] = 0.0
    again, _ = cross_fitted_logits(SMALL, real, simulated, fold, QUICK, tmp_path / "again", quiet)
    same = np.isclose(asked, again).all(1)

    assert np.isfinite(asked).all()
    assert same.tolist() == [one == 0 for one in fold]


def test_a_stopped_tower_goes_on_to_the_same_weights(tmp_path):
    whole, _ = taught_net(SMALL, films(10), QUICK, tmp_path / "a", quiet)

    class Stopped(Exception):
        pass

    def stop(_step, _share):
        raise Stopped

    with pytest.raises(Stopped):
        taught_net(SMALL, films(10), QUICK, tmp_path / "b", stop)
    resumed, kept = taught_net(SMALL, films(10), QUICK, tmp_path / "b", quiet)

    assert len(kept.losses) == 2
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def test_values_that_no_film_carried_leave_no_bias_behind(tmp_path):
    taught = films(6)
    taught[1][:, 0] = 1.0
    net, _ = taught_net(SMALL, taught, QUICK, tmp_path, quiet)
    bits = net.fusion.clinical.weight[:, SMALL.n_clinical :]

    assert bits[:, 0].abs().sum() > 0  # hidden now and then, so "not known" was taught
    assert bits[:, 1:].abs().sum() == 0


def test_the_mean_of_a_film_and_its_mirror_image_gives_the_mean_of_both_answers(tmp_path: Path):
    net, _ = taught_net(SMALL, films(6), QUICK, tmp_path, quiet)
    squares, clinical, _ = films(3, seed=5)
    one, other = (
        finding_logits(net, film_features(net, shown), clinical) for shown in (squares, squares.flip(-1))
    )

    both = finding_logits(net, judged_features(net, squares), clinical)

    assert torch.allclose(both, (one + other) / 2, atol=1e-5)
    assert not torch.allclose(one, other, atol=1e-5)


def test_opinions_are_probabilities_and_rare_labels_have_none():
    draw = np.random.default_rng(0)
    truth = (draw.random((200, 2)) < (0.3, 0.01)).astype(np.float32)
    logits = (truth * 2 + draw.normal(size=truth.shape)).astype(np.float32)
    truth[:5] = np.nan

    said = opinions_of(logits, truth)

    assert said[5:, 0].mean().item() == pytest.approx(float(np.nanmean(truth[:, 0])), abs=0.01)
    assert said[:5, 0].isnan().all()
    assert said[:, 1].isnan().all()


def test_real_and_simulated_films_teach_as_one_pile():
    squares, clinical, truth = joined(films(3), films(2, seed=1))

    assert len(squares) == len(clinical) == len(truth) == 5


def test_logits_are_carried_over_to_the_head_that_ships():
    draw = np.random.default_rng(0)
    before = draw.normal(size=(200, len(HEAD)))
    slope, shift = draw.uniform(0.5, 2.0, len(HEAD)), draw.normal(size=len(HEAD))
    after = slope * before + shift
    held_out = draw.normal(size=(50, len(HEAD)))

    assert np.allclose(carried_over(held_out, before, after), slope * held_out + shift)
    assert np.allclose(carried_over(held_out, before, before), held_out)
