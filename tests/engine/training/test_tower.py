import math

import pytest
import torch
from torch.nn import functional

from engine.training.tower import TowerSettings, finding_loss, hide, mix, positive_weights, softened


def test_unknown_labels_teach_nothing_and_known_ones_all():
    logits = torch.zeros(2, 3, requires_grad=True)
    truth = torch.tensor([[1.0, 0.0, math.nan], [math.nan, 1.0, 0.0]])
    loss = finding_loss(logits, truth, torch.ones(3))
    loss.backward()

    assert loss.item() == functional.binary_cross_entropy_with_logits(torch.zeros(1), torch.ones(1)).item()
    assert (logits.grad == 0).tolist() == truth.isnan().tolist()


def test_a_rare_finding_counts_more_up_to_six_times():
    truth = torch.zeros(100, 3)
    truth[:50, 0], truth[:4, 1], truth[:1, 2] = 1, 1, 1

    weights = positive_weights(truth)

    assert weights[0] == 1
    assert weights[0] < weights[1] < weights[2] == 6


def test_forgetting_hides_about_its_share_and_changes_nothing_else():
    x = torch.rand(200, 16)
    hidden = hide(x, 0.3, torch.Generator().manual_seed(0))
    gone = hidden.isnan()

    assert 0.25 < gone.float().mean() < 0.35
    assert torch.equal(hidden[~gone], x[~gone])


def test_a_label_counts_less_where_towers_that_never_saw_the_patient_are_of_another_opinion():
    truth = torch.tensor([[1.0, 0.0, math.nan]])
    settings = TowerSettings(smooth=0.05, doubt=0.5)

    alone = softened(truth, settings, None)[0]
    told = softened(truth, settings, torch.tensor([[0.15, math.nan, 0.9]]))[0]

    assert alone[:2].tolist() == pytest.approx([0.95, 0.05])
    assert told[:2].tolist() == pytest.approx([0.55, 0.05])
    assert alone[2].isnan()
    assert told[2].isnan()


def test_mixed_films_teach_both_labels_and_nothing_where_one_is_unknown():
    films = torch.stack([torch.zeros(4, 4), torch.ones(4, 4)])
    truth = torch.tensor([[0.0, math.nan], [1.0, 1.0]])

    shown, taught = mix(films, truth, 0.75, torch.tensor([1, 0]))

    assert shown[:, 0, 0].tolist() == [0.25, 0.75]
    assert taught[:, 0].tolist() == [0.25, 0.75]
    assert taught[:, 1].isnan().all()
