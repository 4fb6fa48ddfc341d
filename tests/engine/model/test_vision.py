import numpy as np
import pytest
import torch

from engine.model.config import RadCnnConfig
from engine.model.vision import RadCnn, film_input, stretch, to_input
from triage.errors import UnreadableFilm


def a_film(height=90, width=120):
    return np.linspace(0.2, 0.7, height * width, dtype=np.float32).reshape(height, width)


def test_exposure_does_not_change_what_the_tower_sees():
    film = a_film()

    assert np.allclose(stretch(film), stretch(film * 0.5 + 0.1), atol=1e-4)
    assert stretch(film).min() == 0
    assert stretch(film).max() == 1


@pytest.mark.parametrize("film", [np.full((90, 90), 0.5, np.float32), np.zeros((20, 300), np.float32)])
def test_a_blank_or_tiny_film_is_refused_with_a_sentence(film):
    with pytest.raises(UnreadableFilm, match="send the original image"):
        stretch(film)


def test_grey_becomes_three_equal_channels_in_the_networks_range():
    x = to_input(torch.tensor([[[0.0, 1.0]]]))

    assert x.shape == (1, 3, 1, 2)
    assert torch.allclose(x[0, :, 0, 0], torch.full((3,), -127 / 128))
    assert torch.allclose(x[0, :, 0, 1], torch.full((3,), 1.0))


def test_the_default_tower_gives_sixteen_vectors_row_by_row():
    tower = RadCnn(RadCnnConfig()).eval()
    with torch.no_grad():
        seen = tower.feature_map(film_input(a_film(), 224))
        f = tower.pool(seen)

    assert seen.shape == (1, 1280, 7, 7)
    assert f.shape == (1, 16, 1280)
    assert torch.allclose(f[0, 0], seen[0, :, :2, :2].mean((1, 2)), atol=1e-6)
