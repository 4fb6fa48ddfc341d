import random
from itertools import islice

import pytest
import torch

from engine.model.config import CLINICAL
from engine.model.convert import round_to_4bit
from engine.model.delta import EYES, Delta, load_delta, place_updates, save_delta, taken_updates
from engine.model.load import count_4bit, load_vlm
from engine.model.low_rank import updates
from engine.model.vlm import RadVlm
from engine.prompt import IMAGE_TOKEN, IMAGE_TOKEN_ID
from engine.training.language import (
    IGNORED,
    LanguageSettings,
    make_teachable,
    to_batch,
    train_language,
    with_measures,
)
from engine.training.sentences import worded
from tests.engine.model.tiny import a_config, a_prompt, patients
from tests.engine.model.tiny import films as tiny_films


class Words:
    """A tokenizer of one token per word; the image place is one of them."""

    eos_token_id = 0

    def __call__(self, text, add_special_tokens):
        assert not add_special_tokens
        words = text.replace(IMAGE_TOKEN, f" {IMAGE_TOKEN} ").split()
        ids = [IMAGE_TOKEN_ID if word == IMAGE_TOKEN else 5 + sum(map(ord, word)) % 59 for word in words]
        return type("Ids", (), {"input_ids": ids})()


def some_facts_worded(count, from_text=0.0):
    return list(islice(worded(1, 4, from_text), count))


def ids(text):
    return Words()(text, add_special_tokens=False).input_ids


def test_only_the_answers_are_learnt_and_all_rows_end_together():
    drawn = some_facts_worded(3)
    batch = to_batch(drawn, Words())

    for row, pairs in enumerate(drawn):
        learnt = batch.labels[row][batch.labels[row] != IGNORED].tolist()
        assert learnt == [word for pair in pairs for word in [*ids(pair.target), 0]]
        assert batch.input_ids[row, -len(ids(pairs[-1].target)) - 1 :].tolist() == [*ids(pairs[-1].target), 0]


def test_answers_in_one_row_do_not_see_each_other():
    """One row with three answers is the same to the model as three rows of one answer each."""
    model, drawn = a_student(), some_facts_worded(2)
    with torch.no_grad():
        for _, layer in updates(model):
            torch.nn.init.normal_(layer.lora_b)
    soft = torch.rand(2, 4, 64)

    def logits_of(batch, soft_tokens):
        with torch.no_grad():
            answer = model(
                input_ids=batch.input_ids,
                attention_mask=batch.sees,
                position_ids=batch.position_ids,
                soft_tokens=soft_tokens,
                logits_to_keep=batch.labels.shape[1],
            )
        return [logits[labels != IGNORED] for logits, labels in zip(answer.logits, batch.labels, strict=True)]

    together = logits_of(to_batch(drawn, Words()), soft)
    for row, pairs in enumerate(drawn):
        alone = [logits_of(to_batch([[pair]], Words()), soft[row : row + 1])[0] for pair in pairs]
        assert torch.allclose(together[row], torch.cat(alone), atol=1e-4)


def test_bedside_values_of_the_facts_reach_their_slots():
    drawn = [p for p in some_facts_worded(60) if any(m.code == "spo2_pct" for m in p[0].facts.measures)][:1]
    x = with_measures(torch.full((1, 16), float("nan")), drawn, random.Random(0))  # noqa: S311
    value = next(m.value for m in drawn[0][0].facts.measures if m.code == "spo2_pct")
    centre, scale = CLINICAL["spo2_pct"]

    assert x[0, list(CLINICAL).index("spo2_pct")].item() == pytest.approx(max(-4, (value - centre) / scale))
    assert x[0, list(CLINICAL).index("male")].isnan()


def a_student():
    torch.manual_seed(0)
    model = RadVlm(a_config())
    make_teachable(model, 2)
    return model


def films():
    return torch.rand(6, 4, 64), torch.randn(6, 16), torch.zeros(6, 15)


def quiet(_step, _share):
    pass


def test_it_learns_and_only_updates_fusion_and_head_move(tmp_path):
    model = a_student()
    before = {n: p.clone() for n, p in model.named_parameters()}
    settings = LanguageSettings(steps=6, batch=2, rate=3e-2, rank=2, from_text=0.0, keep_every=3)
    kept = train_language(model, Words(), films(), settings, tmp_path, quiet)
    moved = {n for n, p in model.named_parameters() if not torch.equal(p, before[n])}

    assert len(kept.losses) == 6
    assert kept.losses[-1]["total"] < kept.losses[0]["total"]
    assert all(".lora_" in n or "multi_modal_projector" in n or "finding_head" in n for n in moved)
    assert len(list(updates(model))) == 14


def test_stopped_and_gone_on_it_ends_where_it_would_have(tmp_path):
    settings = LanguageSettings(steps=4, batch=2, rank=2, keep_every=2)
    straight = train_language(a_student(), Words(), films(), settings, tmp_path / "a", quiet).losses

    class Stop(Exception):
        pass

    def stops(_step, share):
        if share >= 0.5:
            raise Stop

    with pytest.raises(Stop):
        train_language(a_student(), Words(), films(), settings, tmp_path / "b", stops)
    resumed = train_language(a_student(), Words(), films(), settings, tmp_path / "b", quiet).losses

    assert [loss["total"] for loss in resumed] == pytest.approx(
        [loss["total"] for loss in straight], abs=1e-3
    )


def test_what_is_taught_is_what_runs_in_four_bits(tmp_path):
    """The network that learns and the one that is loaded in 4 bits answer the same within 16-bit rounding."""
    torch.manual_seed(0)
    taught = RadVlm(a_config())
    round_to_4bit(taught.model.language_model)
    taught.model.language_model.to(torch.bfloat16)
    make_teachable(taught.eval(), 2)
    with torch.no_grad():
        for _, layer in updates(taught):
            torch.nn.init.normal_(layer.lora_b, std=0.5)
    taught.config.dtype = torch.bfloat16
    taught.save_pretrained(tmp_path)
    running = load_vlm(tmp_path, "nf4").model

    with torch.no_grad():
        wanted, found = (
            m(input_ids=a_prompt(), pixel_values=tiny_films(), clinical=patients()).logits.float()
            for m in (taught, running)
        )
        for _, layer in updates(running):
            layer.lora_b.zero_()
        without = running(input_ids=a_prompt(), pixel_values=tiny_films(), clinical=patients()).logits.float()

    assert {layer.lora_b.dtype for _, layer in updates(running)} == {torch.float32}
    assert count_4bit(running) == {"model.language_model": 14}
    assert (found - wanted).norm() < 0.02 * wanted.norm()
    assert (without - wanted).norm() > 0.3 * wanted.norm()


def test_words_go_on_from_an_earlier_delta(tmp_path):
    teacher, student = a_student(), a_student()
    for _, layer in updates(teacher):
        torch.nn.init.normal_(layer.lora_b)
    eyes = {n: v for n, v in teacher.state_dict().items() if n.startswith(EYES)}
    save_delta(Delta(eyes, taken_updates(teacher), 1.0, 1), tmp_path / "delta.safetensors")

    place_updates(student, load_delta(tmp_path / "delta.safetensors"))

    before = taken_updates(teacher)
    for name, (a, b) in taken_updates(student).items():
        assert torch.allclose(a, before[name][0], atol=1e-3)
        assert torch.allclose(b, before[name][1], rtol=1e-2, atol=1e-3)
