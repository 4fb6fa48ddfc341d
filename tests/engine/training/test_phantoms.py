"""Simulated films teach what is known about them, and nothing about what the CT itself may show."""

import numpy as np
import pytest
import torch

from engine.model.config import HEAD
from engine.training.phantoms import FIRST_SEED, SHOWS, known, phantoms


@pytest.mark.parametrize("kind", SHOWS)
def test_what_is_known_of_a_lesion(kind):
    truth = dict(zip(HEAD, known(kind), strict=True))
    assert {code for code, value in truth.items() if value == 1.0} == set(SHOWS[kind])
    assert np.isnan(truth["emphysema"])
    assert truth["abnormal"] == float(bool(SHOWS[kind]))
    assert np.isnan(truth["nodule"]) == (kind != "nodule")


def test_the_same_seed_simulates_the_same_films_and_every_third_is_without_a_lesion():
    squares, truth = phantoms(3, 7, lambda _step, _share: None)
    again, _ = phantoms(3, 7, lambda _step, _share: None)
    assert torch.equal(squares, again)
    assert (tuple(squares.shape), truth.shape) == ((3, 256, 256), (3, len(HEAD)))
    assert truth[0, HEAD.index("abnormal")] == 0.0
    assert truth[1, HEAD.index("abnormal")] == truth[2, HEAD.index("abnormal")] == 1.0
    assert FIRST_SEED > 10_000
