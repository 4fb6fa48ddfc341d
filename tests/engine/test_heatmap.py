from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from engine.heatmap import activation, region_of, side_of, to_png
from engine.model.config import HEAD
from tests.engine.model.tiny import a_model, films, patients
from triage.finding import Laterality


def test_it_is_grad_cam_without_the_backward_pass():
    model = a_model()
    tower, fusion = model.model.vision_tower, model.model.multi_modal_projector
    seen = tower.feature_map(films()).detach().requires_grad_()
    model.findings(fusion(tower.pool(seen), patients()))[0, HEAD.index("effusion")].backward()
    weights = seen.grad.mean((2, 3))
    grad_cam = (weights[..., None, None] * seen).sum(1).clamp(min=0)[0].detach()

    ours = torch.from_numpy(activation(model, seen.detach(), "effusion"))

    assert torch.allclose(ours, grad_cam / grad_cam.max(), atol=1e-5)


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


def test_the_hot_part_is_boxed_in_fractions():
    box = region_of(a_map([0, 1]))

    assert (box.left, box.top, box.right, box.bottom) == pytest.approx((0, 3 / 7, 2 / 7, 4 / 7))
    assert region_of(np.zeros((7, 7))) is None


def test_the_picture_has_the_films_aspect_and_spans_black_to_white():
    with Image.open(BytesIO(to_png(a_map([5, 6]), 1000, 2000))) as picture:
        assert picture.mode == "L"
        assert picture.size == (512, 256)
        grey = np.asarray(picture)

    assert grey.min() == 0
    assert grey.max() > 200
    assert grey[:, 256:].sum() > grey[:, :256].sum()
