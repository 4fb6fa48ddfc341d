import math

import torch
from torch.nn import functional

from engine.training.tower import finding_loss, hide, positive_weights


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
