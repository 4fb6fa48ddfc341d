"""Several texts from one language model at once: each joins when it is asked for, and every step adds a token to all."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import takewhile
from threading import Condition

import torch
from torch import Tensor
from torch.nn import functional
from transformers import DynamicCache, PreTrainedTokenizerBase

from engine.model.vlm import RadVlm
from triage.errors import ReaderFailed

_BROKE_OFF = "The model broke off while writing; a person will write this impression."
AGAIN = 16  # tokens; no sentence of an impression is said twice, and a shorter phrase may well be
_UNFINISHED = "�"  # a letter of which more bytes are to come


class Turns:
    """One model serves everybody in turn; what somebody waits to begin goes before what is being written."""

    def __init__(self) -> None:
        self._free, self._busy, self._beginning = Condition(), False, 0

    @contextmanager
    def begin(self) -> Iterator[None]:
        """Look at a film, or encode a question; nobody's words go on meanwhile."""
        with self._free:
            self._beginning += 1
            self._free.wait_for(lambda: not self._busy)
            self._beginning, self._busy = self._beginning - 1, True
        yield from self._held()

    @contextmanager
    def go_on(self) -> Iterator[None]:
        """Write one token of every text, unless somebody waits to begin."""
        with self._free:
            self._free.wait_for(lambda: not (self._busy or self._beginning))
            self._busy = True
        yield from self._held()

    def _held(self) -> Iterator[None]:
        try:
            yield
        finally:
            with self._free:
                self._busy = False
                self._free.notify_all()


@dataclass(eq=False)
class _Text:
    """One answer while it is written."""

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
        self.turns = Turns()
        self._texts: list[_Text] = []
        self._cache, self._mask = DynamicCache(), torch.empty(0, 0, dtype=torch.long)
        # One hand for all callers, and it works alone: a word is hundreds of products too small to be shared, and
        # waiting for a second thread at each took two thirds of a step (three texts: 103 ms with two, 32 with one).
        self._hand = ThreadPoolExecutor(1, "words", initializer=torch.set_num_threads, initargs=(1,))

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
                    self._go_on(texts, written)
        finally:
            with self.turns.begin():
                self._keep([text for text in self._texts if text not in texts])

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
        with self.turns.begin():
            try:
                self._hand.submit(self._join, asked, soft_tokens, texts).result()
            except (RuntimeError, ValueError, MemoryError) as wrong:
                raise ReaderFailed(_BROKE_OFF) from wrong

    def _go_on(self, texts: list[_Text], written: int) -> None:
        """Take one step, unless somebody else's step has written something for these texts meanwhile."""
        with self.turns.go_on():
            if sum(len(text.tokens) for text in texts) > written or all(text.done for text in texts):
                return
            try:
                self._hand.submit(self._step).result()
            except (RuntimeError, ValueError, MemoryError) as wrong:
                for text in self._texts:  # what is in the cache now is anybody's guess
                    text.done, text.failed = True, wrong
                self._keep([])

    @torch.inference_mode()
    def _join(self, asked: list[list[int]], soft_tokens: Tensor | None, texts: list[_Text]) -> None:
        """Encode new questions, their common beginning once, and let them join those that are being answered."""
        common = min(shared_length(asked), min(map(len, asked)) - 1)
        beginning = torch.tensor([asked[0][:common]], device=self._model.device)
        cache = DynamicCache()
        if common:
            embed = self._model.get_input_embeddings()
            seen = embed(beginning) if soft_tokens is None else self._model.embed(beginning, soft_tokens)
            self._model.model.language_model(inputs_embeds=seen, past_key_values=cache, use_cache=True)
            cache.batch_repeat_interleave(len(asked))
        rest = [ids[common:] for ids in asked]
        longest = max(map(len, rest))
        ids = torch.tensor([[0] * (longest - len(r)) + r for r in rest], device=self._model.device)
        mask = torch.tensor(
            [[1] * common + [0] * (longest - len(r)) + [1] * len(r) for r in rest], device=ids.device
        )
        self._tell(ids, mask, cache, texts)
        self._merge(cache, mask, texts)
        self._keep([text for text in self._texts if not text.done])

    @torch.inference_mode()
    def _step(self) -> None:
        """Add one token to every text."""
        ids = torch.tensor([[text.tokens[-1]] for text in self._texts], device=self._model.device)
        self._mask = functional.pad(self._mask, (0, 1), value=1)
        self._tell(ids, self._mask, self._cache, self._texts)
        self._keep([text for text in self._texts if not text.done])

    def _tell(self, ids: Tensor, mask: Tensor, cache: DynamicCache, texts: list[_Text]) -> None:
        """Ask for the next token of each row; ids [B, t], mask [B, T] over all that is in the cache after it."""
        places = (mask.cumsum(1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        state = self._model.model.language_model(
            input_ids=ids, attention_mask=mask, position_ids=places, past_key_values=cache, use_cache=True
        ).last_hidden_state[:, -1]
        for text, token in zip(texts, self._model.lm_head(state).argmax(-1).tolist(), strict=True):
            text.tokens.append(token)
            ends = token == self._tokenizer.eos_token_id or len(text.tokens) >= self._most
            text.done = ends or repeats(text.tokens)

    def _merge(self, cache: DynamicCache, mask: Tensor, texts: list[_Text]) -> None:
        if self._texts:
            width = max(mask.shape[1], self._mask.shape[1])
            for mine, new in zip(self._cache.layers, cache.layers, strict=True):
                new.keys = torch.cat([_to_width(mine.keys, width), _to_width(new.keys, width)])
                new.values = torch.cat([_to_width(mine.values, width), _to_width(new.values, width)])
            mask = torch.cat([functional.pad(m, (width - m.shape[1], 0)) for m in (self._mask, mask)])
        self._cache, self._mask, self._texts = cache, mask, [*self._texts, *texts]

    def _keep(self, texts: list[_Text]) -> None:
        """Let go of the texts that are finished or that nobody waits for, and of the columns only they needed."""
        if len(texts) == len(self._texts):
            return
        rows = torch.tensor([self._texts.index(text) for text in texts], dtype=torch.long)
        mask = self._mask[rows.to(self._mask.device)]
        empty = int((mask.cumsum(1).amax(0) == 0).sum()) if texts else mask.shape[1]
        self._texts, self._mask = texts, mask[:, empty:]
        for layer in self._cache.layers if texts else ():
            layer.keys = layer.keys[rows.to(layer.keys.device), :, empty:]
            layer.values = layer.values[rows.to(layer.values.device), :, empty:]
        if not texts:
            self._cache = DynamicCache()


def _to_width(states: Tensor, width: int) -> Tensor:
    """Make room on the left of [B, H, T, D]; the mask hides it."""
    return functional.pad(states, (0, 0, width - states.shape[2], 0))
