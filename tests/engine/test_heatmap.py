from io import BytesIO
from time import perf_counter

import numpy as np
import pytest
import torch
from captum.attr import LayerGradCam
from PIL import Image

from engine.evaluation.pointing import random_head, random_weights, rank_correlation
from engine.heatmap import HOT, activation, channel_weights, pool_share, region_of, side_of, to_png
from engine.model.config import HEAD
from engine.model.vision import film_input
from engine.simulated.lesions import simulated_film
from tests.engine.model.tiny import a_model, films, patients
from triage.finding import Laterality


def autograd_cam_plus_plus(model, film, name):
    """Grad-CAM++ as published: derivatives of exp(score) by automatic differentiation, one pass backward."""
    tower, fusion = model.model.vision_tower, model.model.multi_modal_projector
    seen = tower.feature_map(film).detach().requires_grad_()
    score = model.findings(fusion(tower.pool(seen), patients()))[0, HEAD.index(name)]
    (first,) = torch.autograd.grad(score.exp(), seen)
    slope = (
        first / score.exp().detach()
    )  # the score is linear in the map: higher derivatives of exp are powers
    second, third = first * slope, first * slope**2
    alpha = second / (2 * second + third * seen.sum((2, 3), keepdim=True)).where(second != 0, torch.ones(()))
    weights = (alpha * first.clamp(min=0)).sum((2, 3), keepdim=True)
    drawn = (weights * seen).sum(1).clamp(min=0)[0].detach()
    return drawn / drawn.max()


@pytest.mark.parametrize("name", ["effusion", "mass", "abnormal"])
def test_it_is_grad_cam_plus_plus_without_the_backward_pass(name):
    model = a_model()
    seen = model.model.vision_tower.feature_map(films())

    ours = torch.from_numpy(activation(model, seen, name))

    assert torch.allclose(ours, autograd_cam_plus_plus(model, films(), name), atol=1e-5)


def test_its_weights_are_those_that_captum_finds_by_going_backward():
    model = a_model()
    tower, fusion = model.model.vision_tower, model.model.multi_modal_projector

    def answers(film):
        return model.findings(fusion(tower.pool(tower.body(film)), patients()))

    theirs = LayerGradCam(answers, tower.body).attribute(films(), target=HEAD.index("effusion"))[0, 0]
    seen = tower.feature_map(films())[0]
    ours = torch.einsum("d,dhw->hw", channel_weights(model, "effusion"), seen) / seen[0].numel()

    assert torch.allclose(ours, theirs, atol=1e-6)
    assert pool_share(model, seen).sum() == pytest.approx(1)


@pytest.mark.parametrize("scrambled", [random_head, random_weights])
def test_a_network_that_knows_nothing_draws_another_map(scrambled):
    model, film = a_model(), films()
    ours = activation(model, model.model.vision_tower.feature_map(film), "effusion")
    net = scrambled(model)
    theirs = activation(net, net.model.vision_tower.feature_map(film), "effusion")

    assert abs(rank_correlation(ours, theirs)) < 0.9
    assert np.abs(ours - theirs).max() > 0.05


@pytest.mark.slow
def test_the_map_of_the_shipped_model_is_drawn_at_once_and_is_what_it_was_taught(real_reader):
    """Source: Adebayo et al. 2018, sanity checks for saliency maps; docs/evaluation.md has the figures of real films."""
    model = real_reader._model
    pixels = simulated_film("effusion", Laterality.LEFT, 0.8, 4243)[0] / np.float32(255)
    film = film_input(pixels, model.config.vision_config.image_size)
    with torch.inference_mode():
        seen = model.model.vision_tower.feature_map(film)
        began = perf_counter()
        ours = activation(model, seen, "effusion")
        spent_s = perf_counter() - began
        net = random_weights(model)
        theirs = activation(net, net.model.vision_tower.feature_map(film), "effusion")

    assert seen.shape[1] == model.config.vision_config.hidden_size
    assert spent_s < 0.1
    assert abs(rank_correlation(ours, theirs)) < 0.9


def test_another_finding_lights_another_place():
    model = a_model()
    seen = model.model.vision_tower.feature_map(films())

    assert not np.allclose(activation(model, seen, "effusion"), activation(model, seen, "mass"))


def a_map(columns):
    seen = np.zeros((7, 7), np.float32)
    seen[3, columns] = 1.0
    return seen


@pytest.mark.parametrize(
    ("columns", "side"),
    [([0, 1], Laterality.RIGHT), ([5, 6], Laterality.LEFT), ([0, 6], None), ([3], None), ([], None)],
)
def test_the_patients_right_is_the_screens_left_and_doubt_has_no_side(columns, side):
    assert side_of(a_map(columns)) is side


def test_a_faint_glow_on_the_other_side_takes_no_side_away():
    seen = a_map([0, 1])
    seen[:, 4:] = HOT - 0.1

    assert side_of(seen) is Laterality.RIGHT


def test_the_region_is_the_part_around_the_brightest_place_and_a_glow_everywhere_is_none():
    two = a_map([0, 1]) * 0.8
    two[5, 6] = 1.0
    everywhere = np.full((7, 7), 0.9, np.float32)

    assert region_of(two).left == pytest.approx(6 / 7)
    assert region_of(everywhere) is None


def test_the_hot_part_is_boxed_in_fractions():
    box = region_of(a_map([0, 1]))

    assert (box.left, box.top, box.right, box.bottom) == pytest.approx((0, 3 / 7, 2 / 7, 4 / 7))
    assert region_of(np.zeros((7, 7))) is None


def test_the_picture_has_the_films_aspect_and_spans_black_to_white():
    with Image.open(BytesIO(to_png(a_map([5, 6]), 1000, 2000))) as picture:
        assert picture.mode == "L"
        assert picture.size == (256, 128)
        grey = np.asarray(picture)

    assert grey.min() == 0
    assert grey.max() > 200
    assert grey[:, 128:].sum() > grey[:, :128].sum()
