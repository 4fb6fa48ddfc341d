"""The tiny models of every family, saved and loaded through the product's own loader, are asked and write."""

import numpy as np
import pytest
import torch
from PIL import Image

from engine.errors import WeightsMismatch
from engine.model.load import load_vlm
from engine.model.processor import load_processor
from engine.model.respondent import LocalRespondent, answer_ids
from tests.engine.model.families import FAMILIES, a_family_folder, a_tokenizer
from triage.errors import ReaderFailed

QUESTIONS = ["Is there mass ?", "Is there pleural effusion ? Answer yes or no .", "Is there hernia ?"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return {family: a_family_folder(family, tmp_path_factory.mktemp(family)) for family in FAMILIES}


def a_respondent(folder, family, precision):
    return LocalRespondent(load_vlm(folder, precision), load_processor(folder, family), "tiny")


def a_film(seed=0):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 255, (84, 56), np.uint8))


def one_by_one(respondent, film, context, question):
    """The plain way: the whole prompt with its film, nothing kept, the last row of logits."""
    processor, model = respondent._processor, respondent._model
    words = [{"type": "image"}, {"type": "text", "text": f"{context}\n{question}"}]
    text = processor.apply_chat_template(
        [{"role": "user", "content": words}], add_generation_prompt=True, tokenize=False
    )
    batch = processor(text=[text], images=[[film.convert("RGB")]], return_tensors="pt")
    with torch.inference_mode():
        row = model(**batch.to("cpu", dtype=model.dtype)).logits[0, -1].float()
    p = row.softmax(0)
    return float((p[respondent._yes].sum() / p[respondent._no].sum()).log())


@pytest.mark.parametrize("precision", ["fp32", "nf4", "bf16"])
@pytest.mark.parametrize("family", FAMILIES)
def test_looking_once_gives_what_looking_for_every_question_gives(folders, family, precision):
    respondent = a_respondent(folders[family], family, precision)

    found = respondent.yes_over_no(a_film(), "on this film", QUESTIONS)

    plain = [one_by_one(respondent, a_film(), "on this film", question) for question in QUESTIONS]
    assert found == pytest.approx(plain, abs=1e-5 if precision == "fp32" else 0.02)
    assert len({round(score, 4) for score in found}) == 3


@pytest.mark.parametrize("family", FAMILIES)
def test_another_film_and_another_context_give_another_answer(folders, family):
    respondent = a_respondent(folders[family], family, "fp32")

    first = respondent.yes_over_no(a_film(), "on this film", QUESTIONS)

    assert respondent.yes_over_no(a_film(1), "on this film", QUESTIONS) != first
    assert respondent.yes_over_no(a_film(), "this film", QUESTIONS) != first
    assert respondent.yes_over_no(a_film(), "on this film", QUESTIONS) == first


@pytest.mark.parametrize("precision", ["nf4", "bf16"])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_writes_with_and_without_a_film(folders, family, precision):
    respondent = a_respondent(folders[family], family, precision)

    with_film = respondent.write(a_film(), ["on this film", "pleural effusion on this film"], 6)
    without = respondent.write(None, ["pleural effusion"], 6)

    assert len(with_film) == 2
    assert all(0 < len(text.split()) <= 6 for text in (*with_film, *without))
    assert respondent.write(a_film(), ["on this film", "pleural effusion on this film"], 6) == with_film


def test_a_folder_that_wants_dice_still_answers_the_same_twice(folders):
    respondent = a_respondent(folders["gemma3"], "gemma3", "bf16")

    assert respondent._model.generation_config.do_sample is False


@pytest.mark.parametrize("family", FAMILIES)
def test_every_spelling_of_yes_is_heard(family):
    tokenizer = a_tokenizer(family)

    assert answer_ids(tokenizer, "yes") == tokenizer.convert_tokens_to_ids(["yes", "Yes"])
    assert answer_ids(tokenizer, "no") == tokenizer.convert_tokens_to_ids(["no", "No"])


def test_a_vocabulary_that_cannot_say_no_is_refused(tmp_path):
    folder = a_family_folder("gemma3", tmp_path, left_out=("no", "No"))

    with pytest.raises(WeightsMismatch, match="no single token for no"):
        a_respondent(folder, "gemma3", "bf16")


def test_a_film_its_processor_cannot_take_is_a_sentence(folders):
    respondent = a_respondent(folders["qwen2_5_vl"], "qwen2_5_vl", "bf16")

    with pytest.raises(ReaderFailed, match="a person will read it"):
        respondent.yes_over_no(Image.new("L", (8000, 8)), "on this film", QUESTIONS)
