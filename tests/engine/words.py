"""A tokenizer of sixty-four words, for the tiny random model."""

from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from transformers import PreTrainedTokenizerFast


def a_tokenizer():
    words = ["<|im_end|>", "<|im_start|>", "user", "assistant", "<reponame>"]
    words += ["left", "effusion", "is", "likely", "."]
    words += [f"word{i}" for i in range(64 - len(words))]
    plain = Tokenizer(WordLevel({word: i for i, word in enumerate(words)}, unk_token="user"))
    plain.pre_tokenizer = Whitespace()
    return PreTrainedTokenizerFast(
        tokenizer_object=plain,
        eos_token="<|im_end|>",
        additional_special_tokens=["<|im_start|>", "<reponame>"],
    )
