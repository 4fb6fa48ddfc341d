"""Many questions without a film, answered side by side."""

from collections.abc import Sequence

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from triage.errors import ReaderFailed


def answers(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, prompts: Sequence[str], most: int
) -> list[str]:
    """Let the model answer several prompts at once, greedily; the same prompts together give the same texts.

    Args:
        prompts: without a place for a film; shorter ones are padded on the left.
        most: tokens at most.

    Raises: ReaderFailed: the model broke off.
    """
    if not prompts:
        return []
    ids = [tokenizer(prompt, add_special_tokens=False).input_ids for prompt in prompts]
    width, filler = max(map(len, ids)), tokenizer.eos_token_id
    asked = torch.tensor([[filler] * (width - len(row)) + row for row in ids], device=model.device)
    seen = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in ids], device=model.device)
    options = {"max_new_tokens": most, "do_sample": False, "eos_token_id": filler, "pad_token_id": filler}
    try:
        with torch.inference_mode():
            written = model.generate(input_ids=asked, attention_mask=seen, **options)
    except (RuntimeError, ValueError, MemoryError) as wrong:
        raise ReaderFailed(
            "The model broke off while writing; a person will write this impression."
        ) from wrong
    return tokenizer.batch_decode(written[:, width:], skip_special_tokens=True)
