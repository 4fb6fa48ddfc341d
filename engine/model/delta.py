"""What training adds to the packaged language model: tower, fusion, finding head and low-rank updates, in one file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from engine.errors import WeightsMismatch
from engine.model.low_rank import updates

SHIPPED = Path(__file__).parents[1] / "weights" / "delta.safetensors"
LARGEST_BYTES = 40 * 1024 * 1024
EYES = ("model.vision_tower.", "model.multi_modal_projector.", "finding_head.")
_LORA = "lora."
_EXACT = ("running_mean", "running_var", "multi_modal_projector", "finding_head")  # too fine for 16 bits


@dataclass(frozen=True)
class Delta:
    """The trained part of the reader.

    `eyes` are named as in the network; `low_rank` maps a linear layer of the language model to (A [r, in],
    B [out, r]); the layer answers W x + scale * B A x.
    """

    eyes: Mapping[str, Tensor]
    low_rank: Mapping[str, tuple[Tensor, Tensor]]
    scale: float
    prompt_version: int


def save_delta(delta: Delta, path: Path) -> None:
    """Write the delta in 16 bits, statistics and heads in 32.

    Raises: WeightsMismatch: it would be larger than a repository should carry.
    """
    tensors = {name: _stored(name, value) for name, value in delta.eyes.items()}
    for layer, (a, b) in delta.low_rank.items():
        tensors[f"{_LORA}{layer}.A"], tensors[f"{_LORA}{layer}.B"] = (
            a.half().contiguous(),
            b.half().contiguous(),
        )
    size = sum(t.numel() * t.element_size() for t in tensors.values())
    if size > LARGEST_BYTES:
        raise WeightsMismatch(
            f"The delta has {size >> 20} MB; at most 40 are committed. Lower the rank of the updates."
        )
    about = {"scale": json.dumps(delta.scale), "prompt_version": str(delta.prompt_version), "format": "pt"}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path, metadata=about)


def _stored(name: str, value: Tensor) -> Tensor:
    value = value.detach().cpu().contiguous()
    keep = not value.is_floating_point() or any(part in name for part in _EXACT)
    return value if keep else value.half()


def load_delta(path: Path = SHIPPED) -> Delta:
    """Read a delta.

    Raises: WeightsMismatch: it is not there, or not a delta.
    """
    if not path.is_file():
        raise WeightsMismatch(f"There is no trained delta at {path.name}; check out the whole repository.")
    with safe_open(path, "pt") as opened:
        about = opened.metadata() or {}
    tensors = load_file(path)
    layers = [name[len(_LORA) : -2] for name in tensors if name.startswith(_LORA) and name.endswith(".A")]
    if "scale" not in about:
        raise WeightsMismatch(f"{path.name} is not a delta of Firstread.")
    return Delta(
        eyes={name: value for name, value in tensors.items() if not name.startswith(_LORA)},
        low_rank={layer: (tensors[f"{_LORA}{layer}.A"], tensors[f"{_LORA}{layer}.B"]) for layer in layers},
        scale=json.loads(about["scale"]),
        prompt_version=int(about["prompt_version"]),
    )


@torch.no_grad()
def apply_delta(model: nn.Module, delta: Delta) -> None:
    """Put the trained parts into a network, strictly: every part must fit and none may be missing.

    Raises: WeightsMismatch: a name or a shape differs; the sentence names the first.
    """
    state = model.state_dict()
    expected = {name for name in state if name.startswith(EYES)}
    strange = expected ^ set(delta.eyes)
    if strange:
        raise WeightsMismatch(f"The delta does not fit this network: {min(strange)} is on one side only.")
    for name, value in delta.eyes.items():
        if state[name].shape != value.shape:
            raise WeightsMismatch(f"The delta does not fit this network: {name} has another shape.")
        state[name].copy_(value)
    place_updates(model, delta)


@torch.no_grad()
def place_updates(model: nn.Module, delta: Delta) -> None:
    """Lay the updates beside the language model, where they stay: B takes the scale with it.

    Raises: WeightsMismatch: a layer is missing, has none of its own, or has another shape.
    """
    if not model.config.rank and delta.low_rank:
        model.grow(next(iter(delta.low_rank.values()))[0].shape[0])
    places = dict(updates(model))
    strange = set(places) ^ set(delta.low_rank)
    if strange:
        raise WeightsMismatch(f"The delta does not fit this network: {min(strange)} is on one side only.")
    for name, layer in places.items():
        a, b = delta.low_rank[name]
        if layer.lora_a.shape != a.shape or layer.lora_b.shape != b.shape:
            raise WeightsMismatch(f"The delta does not fit this network: {name} has another shape.")
        layer.lora_a.copy_(a)
        layer.lora_b.copy_(delta.scale * b.float())


def taken_updates(model: nn.Module) -> dict[str, tuple[Tensor, Tensor]]:
    """Collect the updates by the layer they belong to; their scale is 1."""
    return {name: (layer.lora_a.detach(), layer.lora_b.detach()) for name, layer in updates(model)}
