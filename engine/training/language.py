"""Third stage: fusion, head and low-rank updates of the language model learn together, L = a BCE + (1 - a) CE."""

import logging
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import PreTrainedTokenizerBase

from engine.model.config import CLINICAL
from engine.model.decoder import shared_length
from engine.model.low_rank import updates
from engine.model.vlm import RadVlm
from engine.training.checkpoint import Checkpoint
from engine.training.sentences import Pair, worded
from engine.training.tower import hide
from triage.vitals import PARAMETERS

log = logging.getLogger(__name__)
IGNORED = -100
POOL = 8  # batches are cut from this many at a time, sorted by length: less is padded
UP_FASTER = 2.0
"""B starts at zero and learns faster than A. Source: Hayou et al. 2024, LoRA+."""


@dataclass(frozen=True)
class LanguageSettings:
    """How the language model is taught to word facts."""

    steps: int = 240
    batch: int = 6  # sets of facts, each worded in every style
    rate: float = 6e-4
    eye_rate: float = 3e-5  # fusion and head, which already know the films
    rank: int = 8
    from_text: float = 0.3
    forget: float = 0.3
    keep_every: int = 25
    seed: int = 11


@dataclass(frozen=True)
class Batch:
    """Questions about one set of facts and all their answers, in one row, padded on the left; B rows of T tokens.

    What the questions share stands once in front, and each answer sees that and itself only: `sees` [B, 1, T, T] says
    so. `labels` covers the last positions only: the width of the longest row of answers and one more.
    """

    input_ids: Tensor
    sees: Tensor
    position_ids: Tensor
    labels: Tensor


@dataclass(frozen=True)
class _Row:
    """One row before padding; `segments` is 0 for what is shared and counts the answers from 1."""

    ids: list[int]
    segments: list[int]
    positions: list[int]
    labels: list[int]


def to_batch(drawn: Sequence[Sequence[Pair]], tokenizer: PreTrainedTokenizerBase) -> Batch:
    """Turn pairs about the same facts into one row each; only the answers are learnt."""
    return _padded([_row(pairs, tokenizer) for pairs in drawn], tokenizer.eos_token_id)


def _row(pairs: Sequence[Pair], tokenizer: PreTrainedTokenizerBase) -> _Row:
    asked = [tokenizer(pair.prompt, add_special_tokens=False).input_ids for pair in pairs]
    shared = shared_length(asked)
    row = _Row(asked[0][:shared], [0] * shared, [*range(shared)], [IGNORED] * shared)
    for number, (pair, question) in enumerate(zip(pairs, asked, strict=True), 1):
        answer = [*tokenizer(pair.target, add_special_tokens=False).input_ids, tokenizer.eos_token_id]
        own = question[shared:]
        row.ids.extend(own + answer)
        row.segments.extend([number] * (len(own) + len(answer)))
        row.positions.extend(range(shared, shared + len(own) + len(answer)))
        row.labels.extend([IGNORED] * len(own) + answer)
    return row


def _padded(rows: list[_Row], filler: int) -> Batch:
    width = max(len(row.ids) for row in rows)
    keep = max(len(row.ids) - row.segments.count(0) for row in rows) + 1

    def table(name: str, empty: int) -> Tensor:
        lines = [getattr(row, name) for row in rows]
        return torch.tensor([[empty] * (width - len(line)) + line for line in lines])

    segments = table("segments", -1)
    asks, answers = segments[:, :, None], segments[:, None, :]
    sees = ((answers == 0) | (asks == answers)).tril()  # a filler sees fillers, so that no row sees nothing
    return Batch(
        table("ids", filler), sees[:, None], table("positions", 0), table("labels", IGNORED)[:, -keep:]
    )


Source = Iterator[tuple[Batch, list[list[Pair]]]]
"""Batches without end, each with the pairs it was made of, row by row."""


def batches(settings: LanguageSettings, tokenizer: PreTrainedTokenizerBase, places: int) -> Source:
    """Draw batches without end, each wholly about films or wholly about text, and of rows of like length."""
    draw = random.Random(settings.seed)  # noqa: S311 - teaching material, not a secret
    about_films, about_text = worded(settings.seed, places, 0.0), worded(settings.seed + 1, places, 1.0)
    while True:
        source = about_text if draw.random() < settings.from_text else about_films
        pool = [next(source) for _ in range(settings.batch * POOL)]
        pool.sort(key=lambda pairs: len(pairs[0].prompt) + sum(len(pair.target) for pair in pairs))
        cuts = [pool[i : i + settings.batch] for i in range(0, len(pool), settings.batch)]
        draw.shuffle(cuts)
        yield from ((to_batch(drawn, tokenizer), drawn) for drawn in cuts)


def with_measures(clinical: Tensor, drawn: Sequence[Sequence[Pair]], draw: random.Random) -> Tensor:
    """Give each film the bedside values of the facts it is shown with; no public film carries its own.

    The values are drawn without regard to the film, so the finding head learns that they say nothing about it.
    """
    clinical = clinical.clone()
    slots = list(CLINICAL)
    for row, pairs in enumerate(drawn):
        values = {m.code: m.value for m in pairs[0].facts.measures}
        for code, parameter in PARAMETERS.items():
            if code not in values and draw.random() < 0.4:
                values[code] = draw.uniform(*parameter.normal)
        for code, value in values.items():
            centre, scale = CLINICAL[code]
            clinical[row, slots.index(code)] = max(-4.0, min(4.0, (value - centre) / scale))
    return clinical


def make_teachable(model: RadVlm, rank: int) -> None:
    """Freeze the language model and the tower, and lay updates beside the first where there are none yet."""
    if not model.config.rank:
        model.grow(rank)
    model.requires_grad_(requires_grad=False)
    for part in (model.model.multi_modal_projector, model.finding_head):
        part.float().requires_grad_(requires_grad=True)
    for taught in chain(*_update_weights(model)):
        taught.requires_grad_(requires_grad=True)


def _update_weights(model: RadVlm) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    layers = [layer for _, layer in updates(model)]
    return [layer.lora_a for layer in layers], [layer.lora_b for layer in layers]


def train_language(
    model: RadVlm,
    tokenizer: PreTrainedTokenizerBase,
    films: tuple[Tensor, Tensor, Tensor],
    settings: LanguageSettings,
    folder: Path,
    progress: Callable[[str, float], None],
    source: Source | None = None,
) -> Checkpoint:
    """Teach the words, with a checkpoint every few steps; a stopped run goes on where it was.

    Args:
        model: made teachable; updates it already carries are gone on from.
        films: kept features f [n, N, Dv], clinical vectors [n, Dx], truth [n, 15].
        source: where the batches come from; None for the sentences that this project makes.

    Returns: the last checkpoint: the losses of each step, and the minutes they took.
    """
    eyes = [*model.model.multi_modal_projector.parameters(), *model.finding_head.parameters()]
    down, up = _update_weights(model)
    groups = [
        {"params": down, "lr": settings.rate},
        {"params": up, "lr": UP_FASTER * settings.rate},
        {"params": eyes, "lr": settings.eye_rate},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _pace(step, settings.steps))
    kept = Checkpoint(folder, "language", settings)
    kept.restore(model, optimizer, schedule, strict=False)
    already = len(kept.losses)
    source = source or batches(settings, tokenizer, model.config.image_seq_length)
    draw, chance = random.Random(settings.seed + 2), torch.Generator().manual_seed(settings.seed)  # noqa: S311
    model.train()
    model.model.vision_tower.eval()
    for step in range(settings.steps):
        batch, drawn = next(source)
        shown = _shown(films, drawn, settings, draw, chance)
        if step < already:
            continue  # already learnt before the interruption; drawn again so that the rest is the same
        kept.losses.append(_step(model, batch, shown, optimizer, schedule, [*down, *up, *eyes]))
        if (step + 1) % settings.keep_every == 0 or step + 1 == settings.steps:
            lately = [loss["total"] for loss in kept.losses[-20:]]
            log.info("language step %d loss %.4f", step + 1, sum(lately) / len(lately))
            kept.save(_taught_state(model), optimizer, schedule)
        progress("language", (step + 1) / settings.steps)
    return kept


def curves(losses: Sequence[dict[str, float | None]]) -> dict[str, list[float | None]]:
    """Turn the losses of each step into one curve for the findings, one for the text and one for both together."""
    return {part: [loss[part] for loss in losses] for part in ("findings", "text", "total")}


def _pace(step: int, steps: int) -> float:
    warm = max(steps // 20, 1)
    return (
        (step + 1) / warm
        if step < warm
        else 0.5 * (1 + math.cos(math.pi * (step - warm) / max(steps - warm, 1)))
    )


def _shown(
    films: tuple[Tensor, Tensor, Tensor],
    drawn: Sequence[Sequence[Pair]],
    settings: LanguageSettings,
    draw: random.Random,
    chance: torch.Generator,
) -> tuple[Tensor, Tensor, Tensor]:
    features, clinical, truth = films
    rows = torch.randint(len(features), (len(drawn),), generator=chance)
    return (
        features[rows],
        with_measures(hide(clinical[rows], settings.forget, chance), drawn, draw),
        truth[rows],
    )


def _step(
    model: RadVlm,
    batch: Batch,
    shown: tuple[Tensor, Tensor, Tensor],
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    taught: list[nn.Parameter],
) -> dict[str, float | None]:
    """Learn from one batch; -> its losses: of the findings (None without a film), of the text, and both together."""
    features, clinical, truth = shown
    soft = model.model.multi_modal_projector(features, clinical)
    about_film = bool((batch.input_ids == model.config.image_token_id).any())
    extra = {"soft_tokens": soft, "finding_labels": truth} if about_film else {}
    with torch.autocast("cpu", torch.bfloat16):
        answer = model(
            input_ids=batch.input_ids,
            attention_mask=batch.sees,
            position_ids=batch.position_ids,
            labels=batch.labels,
            logits_to_keep=batch.labels.shape[1],
            use_cache=False,
            **extra,
        )
    optimizer.zero_grad()
    answer.loss.backward()
    nn.utils.clip_grad_norm_(taught, 1.0)
    optimizer.step()
    schedule.step()
    total = answer.loss.item()
    if not about_film:
        return {"findings": None, "text": total, "total": total}
    return {"findings": answer["finding_loss"].item(), "text": answer["text_loss"].item(), "total": total}


def _taught_state(model: RadVlm) -> dict[str, Tensor]:
    parts = ("multi_modal_projector", "finding_head", ".lora_")
    return {n: p.contiguous() for n, p in model.state_dict().items() if any(part in n for part in parts)}
