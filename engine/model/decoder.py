"""Several texts from one language model at once: each joins when it is asked for, and every step adds a token to all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import takewhile

import torch
from torch import Tensor
from transformers import DynamicCache, PreTrainedTokenizerBase

from engine.model.hand import Hand
from engine.model.memory import Memory, use_side_by_side
from engine.model.vlm import RadVlm
from triage.errors import ReaderFailed

_BROKE_OFF = "The model broke off while writing; a person will write this impression."
AGAIN = 16  # tokens; no sentence of an impression is said twice, and a shorter phrase may well be
_UNFINISHED = "�"  # a letter of which more bytes are to come


@dataclass(eq=False)
class _Text:
    """One answer while it is written."""

    memory: Memory | None = None
    tokens: list[int] = field(default_factory=list)
    done: bool = False
    failed: Exception | None = None


def shared_length(asked: Sequence[Sequence[int]]) -> int:
    """Count the tokens that several questions begin with in common: what is encoded once for all of them."""
    return sum(1 for _ in takewhile(lambda ids: len(set(ids)) == 1, zip(*asked, strict=False)))


def repeats(tokens: Sequence[int]) -> bool:
    """Say whether a text has just said the same `AGAIN` tokens as somewhere before: greedy decoding never leaves a loop."""
    tail, earlier = list(tokens[-AGAIN:]), range(len(tokens) - 2 * AGAIN + 1)
    return any(list(tokens[i : i + AGAIN]) == tail for i in earlier)


class Decoder:
    """Writes greedily, for as many callers at once as there are.

    Whoever waits for a word asks for the next step for everybody, so nothing goes on when nobody waits.
    A step costs much the same for one text as for a few: together they are written in a fraction of the time.

    Args:
        most: tokens of one answer at most.
    """

    def __init__(self, model: RadVlm, tokenizer: PreTrainedTokenizerBase, most: int) -> None:
        self._model, self._tokenizer, self._most = model, tokenizer, most
        self.hand = Hand()
        self._texts: list[_Text] = []
        use_side_by_side(model.model.language_model)

    def write(self, prompts: Sequence[str], soft_tokens: Tensor | None) -> Iterator[tuple[int, str]]:
        """Answer several prompts about one film; (which, piece of text) as they come, and an empty piece last.

        What the prompts begin with in common is encoded once. A text that begins to say again what it has said is
        finished there, so that it does not hold up the others.

        Args:
            soft_tokens: z [1, N, D] for the places in the prompts, None for prompts without a film.

        Raises: ReaderFailed: the model broke off.
        """
        texts = [_Text() for _ in prompts]
        shown: dict[int, str] = dict.fromkeys(range(len(texts)), "")
        try:
            self._begin(prompts, soft_tokens, texts)
            while shown:
                written = sum(len(text.tokens) for text in texts)
                # Others may finish a text while a piece is looked at, so both are asked at one moment.
                for i, done, words in [(i, texts[i].done, self._words(texts[i])) for i in shown]:
                    if len(words) > len(shown[i]):
                        yield i, words[len(shown[i]) :]
                        shown[i] = words
                    if done:
                        yield i, ""
                        del shown[i]
                if shown:
                    self.hand.go_on(partial(self._go_on, texts, written))
        finally:
            self.hand.begin(lambda: self._let_go(texts))

    def answers(self, prompts: Sequence[str], soft_tokens: Tensor | None) -> list[str]:
        """Answer several prompts; the whole texts. Raises: ReaderFailed: the model broke off."""
        texts = [""] * len(prompts)
        for which, piece in self.write(prompts, soft_tokens) if prompts else ():
            texts[which] += piece
        return texts

    def _words(self, text: _Text) -> str:
        if text.failed is not None:
            raise ReaderFailed(_BROKE_OFF) from text.failed
        words = self._tokenizer.decode(
            text.tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return words if text.done else words.removesuffix(_UNFINISHED)

    # ── steps; each in its turn ───────────────────────────────────────────────────────────────────────

    def _begin(self, prompts: Sequence[str], soft_tokens: Tensor | None, texts: list[_Text]) -> None:
        asked = [self._tokenizer(p, add_special_tokens=False)["input_ids"] for p in prompts]
        try:
            self.hand.begin(lambda: self._join(asked, soft_tokens, texts))
        except (RuntimeError, ValueError, MemoryError) as wrong:
            raise ReaderFailed(_BROKE_OFF) from wrong

    def _go_on(self, texts: list[_Text], written: int) -> None:
        """Take one step, unless somebody else's step has written something for these texts meanwhile."""
        if sum(len(text.tokens) for text in texts) > written or all(text.done for text in texts):
            return
        try:
            self._step()
        except (RuntimeError, ValueError, MemoryError) as wrong:
            for text in self._texts:  # what they remember now is anybody's guess
                text.done, text.failed = True, wrong
            self._texts = []

    @torch.inference_mode()
    def _join(self, asked: list[list[int]], soft_tokens: Tensor | None, texts: list[_Text]) -> None:
        """Encode new questions, their common beginning once, and let them join those that are being answered."""
        common = min(shared_length(asked), min(map(len, asked)) - 1)
        cache = DynamicCache()
        if common:
            self._model.model.language_model(
                inputs_embeds=self._embedded(asked[0][:common], soft_tokens),
                past_key_values=cache,
                use_cache=True,
            )
            cache.batch_repeat_interleave(len(asked))
        rest = [ids[common:] for ids in asked]
        longest = max(map(len, rest))
        ids = torch.tensor([[0] * (longest - len(r)) + r for r in rest], device=self._model.device)
        mask = torch.tensor(
            [[1] * common + [0] * (longest - len(r)) + [1] * len(r) for r in rest], device=ids.device
        )
        self._tell(
            texts,
            input_ids=ids,
            attention_mask=mask,
            position_ids=(mask.cumsum(1) - 1).clamp(min=0)[:, -longest:],
            past_key_values=cache,
            use_cache=True,
        )
        for row, text in enumerate(texts):
            text.memory = Memory(cache, row, mask[row], self._most)
        self._texts += [text for text in texts if not text.done]

    @torch.inference_mode()
    def _step(self) -> None:
        """Add one token to every text."""
        memories = [text.memory for text in self._texts]
        # A product of a single row is another kernel with other roundings: the last text alone is asked twice.
        rows = self._texts if len(self._texts) > 1 else self._texts * 2
        device = self._model.device
        self._tell(
            self._texts,
            input_ids=torch.tensor([[text.tokens[-1]] for text in rows], device=device),
            position_ids=torch.tensor([[text.memory.length] for text in rows], device=device),
            beside=memories,
            use_cache=False,
        )
        for memory in memories:
            memory.length += 1
        self._texts = [text for text in self._texts if not text.done]

    def _let_go(self, texts: list[_Text]) -> None:
        self._texts = [text for text in self._texts if text not in texts]

    def _embedded(self, ids: list[int], soft_tokens: Tensor | None) -> Tensor:
        asked = torch.tensor([ids], device=self._model.device)
        embed = self._model.get_input_embeddings()
        return embed(asked) if soft_tokens is None else self._model.embed(asked, soft_tokens)

    def _tell(self, texts: list[_Text], **asked: object) -> None:
        """Ask the language model for the next token of each text."""
        state = self._model.model.language_model(**asked).last_hidden_state[: len(texts), -1]
        for text, token in zip(texts, self._model.lm_head(state).argmax(-1).tolist(), strict=True):
            text.tokens.append(token)
            ends = token == self._tokenizer.eos_token_id or len(text.tokens) >= self._most
            text.done = ends or repeats(text.tokens)
