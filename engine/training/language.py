"""Third stage: fusion, head and low-rank updates of the language model learn together, L = a BCE + (1 - a) CE."""

import logging
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from peft import LoraConfig, inject_adapter_in_model
from torch import Tensor, nn
from transformers import PreTrainedTokenizerBase

from engine.model.config import CLINICAL
from engine.model.vlm import RadVlm
from engine.training.checkpoint import Checkpoint
from engine.training.sentences import Pair, pairs
from engine.training.tower import hide
from triage.vitals import PARAMETERS

log = logging.getLogger(__name__)
_LINEAR = r".*language_model.*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"
IGNORED = -100
LORA_A, LORA_B = ".lora_A.default.weight", ".lora_B.default.weight"


@dataclass(frozen=True)
class LanguageSettings:
    """How the language model is taught to word facts."""

    steps: int = 225
    batch: int = 8
    rate: float = 6e-4
    eye_rate: float = 3e-5  # fusion and head, which already know the films
    rank: int = 8
    from_text: float = 0.3
    forget: float = 0.3
    keep_every: int = 25
    seed: int = 11

    @property
    def scale(self) -> float:
        """The update of a layer is scale * B A."""
        return 2.0


@dataclass(frozen=True)
class Batch:
    """Questions and answers, padded on the left so that every answer ends at the same place.

    `labels` covers the last positions only: the width of the longest answer and one more.
    """

    input_ids: Tensor
    attention_mask: Tensor
    labels: Tensor


def to_batch(drawn: list[Pair], tokenizer: PreTrainedTokenizerBase) -> Batch:
    """Turn pairs into token ids; only the answer is learnt."""
    asked = [tokenizer(pair.prompt, add_special_tokens=False).input_ids for pair in drawn]
    ends = [
        [*tokenizer(pair.target, add_special_tokens=False).input_ids, tokenizer.eos_token_id]
        for pair in drawn
    ]
    width = max(len(a) + len(e) for a, e in zip(asked, ends, strict=True))
    keep = max(map(len, ends)) + 1
    ids = torch.full((len(drawn), width), tokenizer.eos_token_id)
    mask = torch.zeros(len(drawn), width, dtype=torch.long)
    labels = torch.full((len(drawn), keep), IGNORED)
    for row, (a, e) in enumerate(zip(asked, ends, strict=True)):
        ids[row, width - len(a) - len(e) :] = torch.tensor(a + e)
        mask[row, width - len(a) - len(e) :] = 1
        labels[row, keep - len(e) :] = torch.tensor(e)
    return Batch(ids, mask, labels)


def batches(
    settings: LanguageSettings, tokenizer: PreTrainedTokenizerBase, places: int
) -> Iterator[tuple[Batch, list[Pair]]]:
    """Draw batches without end, each wholly about films or wholly about text."""
    draw = random.Random(settings.seed)  # noqa: S311 - teaching material, not a secret
    about_films, about_text = pairs(settings.seed, places, 0.0), pairs(settings.seed + 1, places, 1.0)
    while True:
        source = about_text if draw.random() < settings.from_text else about_films
        drawn = [next(source) for _ in range(settings.batch)]
        yield to_batch(drawn, tokenizer), drawn


def with_measures(clinical: Tensor, drawn: list[Pair], draw: random.Random) -> Tensor:
    """Give each film the bedside values of the facts it is shown with; no public film carries its own.

    The values are drawn without regard to the film, so the finding head learns that they say nothing about it.
    """
    clinical = clinical.clone()
    slots = list(CLINICAL)
    for row, pair in enumerate(drawn):
        values = {m.code: m.value for m in pair.facts.measures}
        for code, parameter in PARAMETERS.items():
            if code not in values and draw.random() < 0.4:
                values[code] = draw.uniform(*parameter.normal)
        for code, value in values.items():
            centre, scale = CLINICAL[code]
            clinical[row, slots.index(code)] = max(-4.0, min(4.0, (value - centre) / scale))
    return clinical


def add_low_rank(model: RadVlm, settings: LanguageSettings) -> None:
    """Freeze the language model and the tower, and lay low-rank updates beside every linear layer of the first."""
    model.requires_grad_(requires_grad=False)
    alpha = int(settings.rank * settings.scale)
    inject_adapter_in_model(LoraConfig(r=settings.rank, lora_alpha=alpha, target_modules=_LINEAR), model)
    for part in (model.model.multi_modal_projector, model.finding_head):
        part.float().requires_grad_(requires_grad=True)
    for name, parameter in model.named_parameters():
        if ".lora_" in name:
            parameter.data = parameter.data.float()


def low_rank(model: RadVlm) -> dict[str, tuple[Tensor, Tensor]]:
    """Collect the updates by the layer they belong to."""
    state = model.state_dict()
    return {
        name.removesuffix(LORA_A): (state[name], state[name.replace(LORA_A, LORA_B)])
        for name in state
        if name.endswith(LORA_A)
    }


def train_language(
    model: RadVlm,
    tokenizer: PreTrainedTokenizerBase,
    films: tuple[Tensor, Tensor, Tensor],
    settings: LanguageSettings,
    folder: Path,
    progress: Callable[[str, float], None],
) -> Checkpoint:
    """Teach the words, with a checkpoint every few steps; a stopped run goes on where it was.

    Args:
        model: with low-rank updates added.
        films: kept features f [n, N, Dv], clinical vectors [n, Dx], truth [n, 15].

    Returns: the last checkpoint: the loss of each step, and the minutes they took.
    """
    eyes = [*model.model.multi_modal_projector.parameters(), *model.finding_head.parameters()]
    updates = [p for n, p in model.named_parameters() if ".lora_" in n]
    groups = [{"params": updates, "lr": settings.rate}, {"params": eyes, "lr": settings.eye_rate}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _pace(step, settings.steps))
    kept = Checkpoint(folder, "language", settings)
    kept.restore(model, optimizer, schedule, strict=False)
    already = len(kept.losses)
    source = batches(settings, tokenizer, model.config.image_seq_length)
    draw, chance = random.Random(settings.seed + 2), torch.Generator().manual_seed(settings.seed)  # noqa: S311
    model.train()
    model.model.vision_tower.eval()
    for step in range(settings.steps):
        batch, drawn = next(source)
        shown = _shown(films, drawn, settings, draw, chance)
        if step < already:
            continue  # already learnt before the interruption; drawn again so that the rest is the same
        kept.losses.append(_step(model, batch, shown, optimizer, schedule, [*updates, *eyes]))
        if (step + 1) % settings.keep_every == 0 or step + 1 == settings.steps:
            log.info("language step %d loss %.4f", step + 1, sum(kept.losses[-20:]) / len(kept.losses[-20:]))
            kept.save(_taught_state(model), optimizer, schedule)
        progress("language", (step + 1) / settings.steps)
    return kept


def _pace(step: int, steps: int) -> float:
    warm = max(steps // 20, 1)
    return (
        (step + 1) / warm
        if step < warm
        else 0.5 * (1 + math.cos(math.pi * (step - warm) / max(steps - warm, 1)))
    )


def _shown(
    films: tuple[Tensor, Tensor, Tensor],
    drawn: list[Pair],
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
) -> float:
    features, clinical, truth = shown
    soft = model.model.multi_modal_projector(features, clinical)
    about_film = bool((batch.input_ids == model.config.image_token_id).any())
    extra = {"soft_tokens": soft, "finding_labels": truth} if about_film else {}
    with torch.autocast("cpu", torch.bfloat16):
        answer = model(
            input_ids=batch.input_ids,
            attention_mask=batch.attention_mask,
            position_ids=(batch.attention_mask.cumsum(-1) - 1).clamp(min=0),
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
    return answer.loss.item()


def _taught_state(model: RadVlm) -> dict[str, Tensor]:
    parts = ("multi_modal_projector", "finding_head", ".lora_")
    return {n: p.contiguous() for n, p in model.state_dict().items() if any(part in n for part in parts)}
