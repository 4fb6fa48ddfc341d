"""A general vision-language model of this machine, asked in words: one film looked at once, many questions after it."""

import copy
from collections.abc import Sequence
from itertools import takewhile
from threading import Lock
from typing import Any

import torch
from PIL.Image import Image
from torch import Tensor
from transformers import BatchFeature, GenerationConfig, PreTrainedTokenizerBase, ProcessorMixin

from engine.errors import WeightsMismatch
from engine.model.load import LoadedModel
from triage.errors import ReaderFailed
from triage.reading import ModelIdentity

SLOWEST_TEXT_S = 120.0
_BROKE = "The model failed on this film; a person will read it."


class LocalRespondent:
    """Puts questions about a film to a loaded model, and lets it write; the port is `engine.general.Respondent`."""

    def __init__(self, loaded: LoadedModel, processor: ProcessorMixin, name: str) -> None:
        self._model, self._processor, self._lock = loaded.model, processor, Lock()
        self._tokenizer: PreTrainedTokenizerBase = processor.tokenizer
        self._yes, self._no = answer_ids(self._tokenizer, "yes"), answer_ids(self._tokenizer, "no")
        self.identity = ModelIdentity(name, loaded.sha256, loaded.bits)
        self.precision = loaded.precision
        end = loaded.model.generation_config.eos_token_id or self._tokenizer.eos_token_id
        # A folder may ask for sampling; the same film must give the same words every time.
        loaded.model.generation_config = GenerationConfig(
            do_sample=False, eos_token_id=end, pad_token_id=self._tokenizer.pad_token_id or 0
        )

    def yes_over_no(self, film: Image, context: str, questions: Sequence[str]) -> list[float]:
        """Ask many questions about one film; see `engine.general.Respondent`."""
        texts = [self._chat(f"{context}\n{question}", film=True) for question in questions]
        prefix, tails = self._split(texts, film)
        try:
            with self._lock, torch.inference_mode():
                logits = self._answers(prefix, tails)
        except (RuntimeError, ValueError, MemoryError) as wrong:
            raise ReaderFailed(_BROKE) from wrong
        return [float(row[self._yes].logsumexp(0) - row[self._no].logsumexp(0)) for row in logits]

    def write(self, film: Image | None, requests: Sequence[str], most: int) -> list[str]:
        """Let the model write one text per request, greedily and as one batch; see `engine.general.Respondent`."""
        texts = [self._chat(request, film=film is not None) for request in requests]
        batch = self._eat(texts, film)
        try:
            with self._lock, torch.inference_mode():
                found = self._model.generate(**batch, max_new_tokens=most, max_time=SLOWEST_TEXT_S)
        except (RuntimeError, ValueError, MemoryError) as wrong:
            raise ReaderFailed(
                "The model broke off while writing; a person will write this impression."
            ) from wrong
        return self._tokenizer.batch_decode(found[:, batch["input_ids"].shape[1] :], skip_special_tokens=True)

    def _chat(self, words: str, *, film: bool) -> str:
        said = [{"type": "text", "text": words}]
        message = {"role": "user", "content": [{"type": "image"}, *said] if film else said}
        return str(self._processor.apply_chat_template([message], add_generation_prompt=True, tokenize=False))

    def _eat(self, texts: list[str], film: Image | None) -> BatchFeature:
        """Words and film to what the model takes; the template has already said how a prompt begins."""
        given: dict[str, Any] = {"images": [[film.convert("RGB")] for _ in texts]} if film else {}
        options = {
            "padding": True,
            "padding_side": "left",
            "add_special_tokens": self._lacks_beginning(texts),
        }
        try:
            batch = self._processor(text=texts, return_tensors="pt", **given, **options)
        except (ValueError, TypeError, IndexError) as wrong:
            raise ReaderFailed(
                "The model's own processor cannot take this film; a person will read it."
            ) from wrong
        width = {"dtype": self._model.dtype} if film else {}
        return batch.to(self._model.device, **width)

    def _lacks_beginning(self, texts: list[str]) -> bool:
        begin = self._tokenizer.bos_token
        return begin is not None and not texts[0].startswith(begin)

    def _split(self, texts: list[str], film: Image) -> tuple[BatchFeature, list[list[int]]]:
        """Part prompts into what they share, the film in it, and the tokens of each question."""
        plain = [self._tokenizer.encode(text, add_special_tokens=False) for text in texts]
        alike = takewhile(lambda column: len(set(column)) == 1, zip(*plain, strict=False))
        shared = min(sum(1 for _ in alike), min(map(len, plain)) - 1)
        tails = [tokens[shared:] for tokens in plain]
        prefix = self._eat(texts[:1], film)
        keep = prefix["input_ids"].shape[1] - len(tails[0])
        if prefix["input_ids"][0, keep:].tolist() != tails[0]:
            raise ReaderFailed(
                "The model's own processor changes the questions; a person will read this film."
            )
        for name in ("input_ids", "attention_mask", "token_type_ids", "mm_token_type_ids"):
            if name in prefix:
                prefix[name] = prefix[name][:, :keep]
        return prefix, tails

    def _answers(self, prefix: BatchFeature, tails: list[list[int]]) -> Tensor:
        """Look at the film once and answer every question behind it; -> [questions, words] at the first answer."""
        seen = self._model(**prefix, use_cache=True, logits_to_keep=1).past_key_values
        longest, shortest = max(map(len, tails)), min(map(len, tails))
        rows = torch.tensor([tail + [0] * (longest - len(tail)) for tail in tails], device=self._model.device)
        shared = copy.deepcopy(seen)
        shared.batch_repeat_interleave(len(tails))
        # What fills up the shorter rows stands behind the answer, where nothing looks at it.
        found = self._model(
            input_ids=rows, past_key_values=shared, use_cache=True, logits_to_keep=longest - shortest + 1
        ).logits
        last = torch.tensor([len(tail) - shortest for tail in tails], device=found.device)
        return found[torch.arange(len(tails), device=found.device), last].float()


def answer_ids(tokenizer: PreTrainedTokenizerBase, word: str) -> list[int]:
    """Find every single token that says yes or no in a vocabulary: with and without a capital and a space before it.

    Raises: WeightsMismatch: there is none, so no probability can be heard.
    """
    spelt = (word, word.capitalize(), f" {word}", f" {word.capitalize()}")
    split = [tokenizer.encode(text, add_special_tokens=False) for text in spelt]
    found = sorted({tokens[0] for tokens in split if len(tokens) == 1} - {tokenizer.unk_token_id})
    if not found:
        raise WeightsMismatch(f"This model's vocabulary has no single token for {word}; it cannot be asked.")
    return found
