"""The language model's words as they come, from transformers' own generation loop."""

from collections.abc import Iterator, Sequence
from itertools import takewhile
from threading import Event, Thread

import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase, StoppingCriteria, TextIteratorStreamer

from triage.errors import ReaderFailed

SLOWEST_WORD_S = 120.0


def shared_length(asked: Sequence[Sequence[int]]) -> int:
    """Count the tokens that several questions begin with in common: what is encoded once for all of them."""
    return sum(1 for _ in takewhile(lambda ids: len(set(ids)) == 1, zip(*asked, strict=False)))


class _Abandoned(StoppingCriteria):
    """Stop writing when nobody reads any more."""

    def __init__(self) -> None:
        self.event = Event()

    def __call__(self, input_ids: Tensor, _scores: Tensor, **_: object) -> Tensor:
        return torch.full((len(input_ids),), self.event.is_set(), dtype=torch.bool, device=input_ids.device)


def stream(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompt: str,
    soft_tokens: Tensor | None,
    most: int,
) -> Iterator[str]:
    """Let the model answer one prompt, greedily; pieces of text as they come.

    Args:
        soft_tokens: z [1, N, D] for the places in the prompt, None for a prompt without a film.
        most: tokens at most.

    Raises: ReaderFailed: the model broke off, or needed more than two minutes for one word.
    """
    asked = tokenizer(prompt, add_special_tokens=False, return_tensors="pt").to(model.device)
    streamer = TextIteratorStreamer(
        tokenizer, skip_prompt=True, skip_special_tokens=True, timeout=SLOWEST_WORD_S
    )
    stop, failures = _Abandoned(), []
    options = dict(asked, max_new_tokens=most, do_sample=False, streamer=streamer, stopping_criteria=[stop])
    options |= {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.eos_token_id}
    if soft_tokens is not None:
        options["soft_tokens"] = soft_tokens

    def write() -> None:
        try:
            with torch.inference_mode():
                model.generate(**options)
        except (RuntimeError, ValueError, MemoryError) as wrong:
            failures.append(wrong)
            streamer.end()

    writer = Thread(target=write, name="words", daemon=True)
    writer.start()
    try:
        yield from (piece for piece in streamer if piece)
    finally:
        stop.event.set()
        writer.join(SLOWEST_WORD_S)
    if failures:
        raise ReaderFailed(
            "The model broke off while writing; a person will write this impression."
        ) from failures[0]
