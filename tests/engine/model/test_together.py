import pytest
import torch

from engine.model.together import answers
from tests.engine.model.tiny import a_model
from triage.errors import ReaderFailed


class Words:
    """A tokenizer of one token per word: its number."""

    eos_token_id = 0

    def __call__(self, text, add_special_tokens):
        assert not add_special_tokens
        return type("Ids", (), {"input_ids": [int(word) for word in text.split()]})()

    def batch_decode(self, rows, skip_special_tokens):
        return [" ".join(str(int(i)) for i in row if i or not skip_special_tokens) for row in rows]


def test_each_is_answered_as_if_it_were_alone():
    model, asked = a_model(), ["5 6 7 8 9 10", "11", "12 13 14"]

    together = answers(model, Words(), asked, 6)

    assert together == [answers(model, Words(), [prompt], 6)[0] for prompt in asked]
    assert len(set(together)) > 1


def test_nothing_asked_is_nothing_answered():
    assert answers(None, Words(), [], 6) == []


def test_a_model_that_breaks_off_is_a_sentence():
    model = a_model()
    model.lm_head.weight = torch.nn.Parameter(torch.zeros(3, 3))

    with pytest.raises(ReaderFailed, match="broke off"):
        answers(model, Words(), ["5 6"], 2)
