import math

import torch

from engine.model.fusion import ClinicalFusion


def a_fusion():
    torch.manual_seed(0)
    return ClinicalFusion(vision_width=6, n_clinical=3, width=5)


def test_it_is_the_equation_and_nothing_else():
    fusion = a_fusion()
    f, x = torch.randn(2, 4, 6), torch.tensor([[1.0, math.nan, -2.0], [0.5, 0.1, 3.0]])
    known = torch.cat([x.nan_to_num(), torch.isnan(x).float()], -1)

    expected = torch.einsum("dv,bnv->bnd", fusion.film.weight, f) + fusion.film.bias
    expected = expected + torch.einsum("dx,bx->bd", fusion.clinical.weight, known)[:, None]

    assert torch.allclose(fusion(f, x), expected, atol=1e-6)


def test_without_its_weights_the_patient_disappears():
    fusion = a_fusion()
    torch.nn.init.zeros_(fusion.clinical.weight)
    f = torch.randn(1, 4, 6)

    assert torch.equal(fusion(f, torch.ones(1, 3)), fusion(f, torch.full((1, 3), 9.0)))


def test_not_measured_is_another_answer_than_measured_as_average():
    fusion = a_fusion()
    f = torch.randn(1, 4, 6)
    average, unknown = torch.zeros(1, 3), torch.full((1, 3), math.nan)

    assert torch.isfinite(fusion(f, unknown)).all()
    assert not torch.allclose(fusion(f, average), fusion(f, unknown))


def test_a_value_that_no_film_carried_takes_nothing_away_when_it_is_measured():
    fusion = a_fusion()
    f = torch.randn(1, 4, 6)
    as_taught, measured = torch.tensor([[0.3, math.nan, math.nan]]), torch.tensor([[0.3, 0.0, math.nan]])
    before = fusion(f, as_taught)
    assert not torch.allclose(fusion(f, measured), before)

    fusion.settle(torch.tensor([False, True, True]))

    assert torch.allclose(fusion(f, as_taught), before, atol=1e-6)
    assert torch.allclose(fusion(f, measured), before, atol=1e-6)
