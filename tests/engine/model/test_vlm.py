import math

import pytest
import torch
from torch.nn import functional

from tests.engine.model.tiny import a_model, a_prompt, films, patients


def test_findings_and_words_read_the_same_soft_tokens():
    model = a_model()
    z = model.fuse(films(), patients())
    answer = model(input_ids=a_prompt(), pixel_values=films(), clinical=patients())

    expected = z.mean(1) @ model.finding_head.weight.T + model.finding_head.bias
    assert torch.allclose(answer.finding_logits, expected, atol=1e-6)
    assert torch.equal(model.embed(a_prompt(), z)[0, 1:5], z[0])


def test_a_film_seen_once_need_not_be_seen_again():
    model = a_model()
    z = model.fuse(films(), patients())

    again = model(input_ids=a_prompt(), soft_tokens=z)
    first = model(input_ids=a_prompt(), pixel_values=films(), clinical=patients())

    assert torch.equal(again.logits, first.logits)


def test_patient_and_film_both_move_the_words():
    model = a_model()
    base = model(input_ids=a_prompt(), pixel_values=films(), clinical=patients()).logits
    other_patient = model(input_ids=a_prompt(), pixel_values=films(), clinical=patients() + 1).logits
    other_film = model(input_ids=a_prompt(), pixel_values=films().flip(-1), clinical=patients()).logits

    assert not torch.allclose(base, other_patient)
    assert not torch.allclose(base, other_film)


def test_no_clinical_values_means_none_was_measured():
    model = a_model()
    unknown = torch.full((1, 16), math.nan)

    assert torch.equal(
        model(input_ids=a_prompt(), pixel_values=films()).logits,
        model(input_ids=a_prompt(), pixel_values=films(), clinical=unknown).logits,
    )


@pytest.mark.parametrize(("alpha", "silent"), [(1.0, "language_model"), (0.0, "finding_head")])
def test_alpha_at_its_ends_teaches_one_half_only(alpha, silent):
    model = a_model(alpha=alpha)
    model(
        input_ids=a_prompt(), pixel_values=films(), labels=a_prompt(), finding_labels=torch.zeros(1, 15)
    ).loss.backward()
    taught = {n for n, p in model.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0}

    assert not any(silent in name for name in taught)
    assert any("multi_modal_projector" in name for name in taught)


def test_the_loss_is_the_weighted_sum():
    model = a_model(alpha=0.3)
    labels = torch.tensor([[1.0, 0.0, math.nan] * 5])
    inputs = {"input_ids": a_prompt(), "pixel_values": films(), "clinical": patients()}
    text = model(**inputs, labels=a_prompt()).loss
    logits = model(**inputs).finding_logits
    known = ~labels.isnan()
    bce = functional.binary_cross_entropy_with_logits(logits[known], labels[known])

    joint = model(**inputs, labels=a_prompt(), finding_labels=labels).loss

    assert joint.item() == pytest.approx((0.3 * bce + 0.7 * text).item(), abs=1e-6)


def test_an_unknown_label_teaches_nothing():
    model = a_model(alpha=1.0)
    labels = torch.full((1, 15), math.nan)
    labels[0, 0] = 1.0
    model(input_ids=a_prompt(), pixel_values=films(), finding_labels=labels).loss.backward()

    assert model.finding_head.weight.grad[0].abs().sum() > 0
    assert model.finding_head.weight.grad[1:].abs().sum() == 0


def test_a_prompt_with_too_few_places_is_refused():
    with pytest.raises(ValueError, match="image places"):
        a_model()(input_ids=a_prompt()[:, 2:], pixel_values=films())


def test_it_writes_from_soft_tokens_and_the_places_are_used_once():
    model = a_model()
    z = model.fuse(films(), patients())
    with torch.no_grad():
        written = model.generate(input_ids=a_prompt(), soft_tokens=z, max_new_tokens=4, do_sample=False)
        step_by_step = a_prompt()
        for _ in range(4):
            logits = model(input_ids=step_by_step, soft_tokens=z).logits[:, -1]
            step_by_step = torch.cat([step_by_step, logits.argmax(-1, keepdim=True)], 1)

    assert written.tolist() == step_by_step.tolist()


def test_a_look_answers_from_the_film_and_its_mirror_image_but_shows_the_film():
    model = a_model()
    one, other = (model.findings(model.fuse(shown, patients())) for shown in (films(), films().flip(-1)))

    with torch.no_grad():
        maps, z, logits = model.look(films(), patients())

    assert torch.allclose(logits, (one + other) / 2, atol=1e-5)
    assert not torch.allclose(one, other, atol=1e-5)
    assert torch.allclose(z, model.fuse(films(), patients()), atol=1e-5)
    assert torch.allclose(
        model.model.vision_tower.pool(maps).mean(1), model.model.vision_tower(films()).pooler_output
    )
