"""One loader for every model: AutoModelForImageTextToText and NF4, from a local folder, and nothing but numbers."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import (
    AutoConfig,
    AutoModelForImageTextToText,
    BitsAndBytesConfig,
    PretrainedConfig,
    PreTrainedModel,
)

import engine.model.vlm  # noqa: F401 - our classes must be known before a folder names them
from engine.errors import WeightsMismatch
from engine.model.convert import checkpoint_key, place, record, write_bf16
from engine.model.delta import SHIPPED
from engine.model.folder import check_folder, own_weights

Progress = Callable[[str, float], None]
SKIP: dict[str, tuple[str, ...]] = {
    "rad_vlm": ("lm_head", "model.vision_tower", "model.multi_modal_projector", "finding_head"),
    "llava": ("lm_head", "model.vision_tower", "model.multi_modal_projector"),
    "gemma3": ("lm_head", "model.vision_tower", "model.multi_modal_projector"),
    "qwen2_5_vl": ("lm_head", "model.visual"),
}
"""By family, what is never 4-bit; a name without its `model.` prefix would match nothing, silently."""
LANGUAGE = "model.language_model"
"""Where every family keeps its language model, the one part that may be 4-bit."""
_DTYPES = {"nf4": torch.bfloat16, "int8": torch.bfloat16, "bf16": torch.bfloat16, "fp32": torch.float32}


def _without_hub_kernel(record: logging.LogRecord) -> bool:
    """Bitsandbytes warns that it cannot fetch another kernel from a hub, which changes nothing here."""
    return "kernels-community" not in record.getMessage()


logging.getLogger("bitsandbytes.backends.cpu.ops").addFilter(_without_hub_kernel)


@dataclass(frozen=True)
class LoadedModel:
    """A model ready to read, and how wide its weights are."""

    model: PreTrainedModel
    precision: str
    sha256: str

    @property
    def family(self) -> str:
        """The model_type of its configuration."""
        return str(self.model.config.model_type)

    @property
    def bits(self) -> int:
        return {"nf4": 4, "int8": 8, "bf16": 16, "fp32": 32}[self.precision]


def device_for(wanted: str = "auto") -> str:
    """Pick the device: CUDA when there is one."""
    return ("cuda" if torch.cuda.is_available() else "cpu") if wanted == "auto" else wanted


def precision_for(wanted: str = "auto", device: str = "cpu") -> str:
    """Pick the width of the weights: NF4 where its kernel is fast, 16 bits elsewhere.

    Source: measured; without AVX512-BF16 NF4 decodes at 0.6 times the speed of bf16.
    """
    if wanted != "auto":
        return wanted
    fast = device == "cuda" or torch.cpu._is_avx512_bf16_supported()  # noqa: SLF001 - torch offers no public question
    return "nf4" if fast else "bf16"


def unfit_for_4bit(config: PretrainedConfig, skipped: tuple[str, ...]) -> list[str]:
    """List the linear layers that NF4 would crash on and nobody skips, without loading a weight.

    Source: bitsandbytes on CPU needs out_features % 32 == 0 and in_features % 64 == 0 (measured).
    """
    with torch.device("meta"):
        model = AutoModelForImageTextToText.from_config(config)
    return [
        name
        for name, layer in model.named_modules()
        if isinstance(layer, torch.nn.Linear)
        and not name.startswith(skipped)
        and (layer.out_features % 32 or layer.in_features % 64)
    ]


def load_vlm(folder: Path, precision: str, device: str = "cpu", sha256: str | None = None) -> LoadedModel:
    """Load any vision-language model of a known family from a local folder.

    Args:
        folder: config.json and safetensors; no remote code, no pickle, no network.
        precision: nf4, bf16 or fp32; a folder already saved in NF4 can only be loaded as nf4. int8 is loaded for the
            quantisation passport only.
        device: cpu or cuda.
        sha256: of the folder where it was already pinned; else its weights are hashed here.

    Raises: UnsafeModel, WeightsMismatch: the sentence says what is wrong with the folder.
    """
    about = check_folder(folder)
    family = str(about.get("model_type"))
    if family not in SKIP:
        raise WeightsMismatch(f"{family} is not a family Firstread can load; use one of {', '.join(SKIP)}.")
    model, told = AutoModelForImageTextToText.from_pretrained(
        folder,
        device_map=device,
        dtype=_DTYPES[precision],
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
        output_loading_info=True,
        **_quantised(folder, about, precision),
    )
    if told["missing_keys"]:
        raise WeightsMismatch(
            f"{min(told['missing_keys'])} has no weights in {folder.name}; copy every file of the model."
        )
    check_4bit(model, precision)
    return LoadedModel(model.eval(), precision, sha256 or own_weights(folder))


def _quantised(folder: Path, about: dict[str, object], precision: str) -> dict[str, object]:
    """How to narrow the weights at load; nothing where they are stored as they are wanted."""
    stored = about.get("quantization_config")
    if stored is not None and not (isinstance(stored, dict) and stored.get("bnb_4bit_quant_type") == "nf4"):
        raise WeightsMismatch(
            f"{folder.name} is stored in a form Firstread cannot read; use NF4, bf16 or fp32."
        )
    if stored is not None and precision != "nf4":
        raise WeightsMismatch(f"{folder.name} is stored in 4 bits and cannot be read as {precision}.")
    skipped = SKIP[str(about["model_type"])]
    if precision == "int8":
        return {
            "quantization_config": BitsAndBytesConfig(load_in_8bit=True, llm_int8_skip_modules=[*skipped])
        }
    if stored is not None or precision != "nf4":
        return {}
    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    offenders = unfit_for_4bit(config, skipped)
    if offenders:
        raise WeightsMismatch(f"{offenders[0]} has a shape that 4 bits cannot hold; load it as bf16.")
    return {"quantization_config": nf4(skipped)}


def nf4(skipped: tuple[str, ...]) -> BitsAndBytesConfig:
    """NF4 with double quantisation, computing in bf16."""
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
        llm_int8_skip_modules=list(skipped),
    )


def count_4bit(model: PreTrainedModel) -> Counter[str]:
    """Count 4-bit layers by the part they lie in: the first two names of their path."""
    return Counter(
        ".".join(name.split(".")[:2])
        for name, layer in model.named_modules()
        if type(layer).__name__ == "Linear4bit"
    )


def check_4bit(model: PreTrainedModel, precision: str) -> None:
    """Hold what was loaded against what was asked: 4 bits in the language model, and nowhere else.

    Raises: WeightsMismatch: another part is 4-bit, or nothing is.
    """
    if precision != "nf4":
        return
    narrow = count_4bit(model)
    wrong = sorted(part for part in narrow if part != LANGUAGE)
    if wrong or not narrow:
        where = wrong[0] if wrong else "no layer"
        raise WeightsMismatch(
            f"After loading in 4 bits, {where} is 4-bit; this model cannot be trusted to read."
        )


def prepare(cache: Path, progress: Progress, precision: str = "auto", delta: Path = SHIPPED) -> Path:
    """Make the embedded model ready, once: convert, add the delta, quantise, save; later starts find it in the cache.

    Args:
        cache: folder for checkpoints; each lies in one named after everything that shaped it.
        progress: called with the step and the share done.

    Returns: the folder of the checkpoint.
    Raises: WeightsMismatch: the packaged or the committed weights are missing or altered.
    """
    precision = precision_for(precision, device_for())
    home = cache / f"rad-vlm-{checkpoint_key(delta)}"

    def write(folder: Path) -> None:
        if precision == "nf4":
            _quantise(folder, progress, delta)
        else:
            write_bf16(folder, progress, delta)
        record(folder, precision, delta)

    found = place(home / ("nf4" if precision == "nf4" else "bf16"), write)
    progress("model ready", 1.0)
    return found


def _quantise(folder: Path, progress: Progress, delta: Path) -> None:
    wide = folder / "wide"
    write_bf16(wide, progress, delta)
    progress("quantise to 4 bits", 0.7)
    loaded = load_vlm(wide, "nf4")
    # Saved before anything is asked of it: the first forward repacks the weights, and a later save would be damaged.
    loaded.model.save_pretrained(folder)
    for path in wide.iterdir():
        if path.name.startswith(("tokenizer", "special_tokens", "chat_template")):
            path.rename(folder / path.name)
    import shutil

    shutil.rmtree(wide)
    progress("quantise to 4 bits", 0.9)
