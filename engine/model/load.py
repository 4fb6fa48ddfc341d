"""One loader for every model: AutoModelForImageTextToText and NF4, from a local folder, and nothing but numbers."""

import json
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
from engine.errors import UnsafeModel, WeightsMismatch
from engine.model.convert import RECORD, checkpoint_key, place, record, sha256_of, write_bf16
from engine.model.delta import SHIPPED

Progress = Callable[[str, float], None]
SKIP: dict[str, tuple[str, ...]] = {
    "rad_vlm": ("lm_head", "model.vision_tower", "model.multi_modal_projector", "finding_head"),
    "llava": ("lm_head", "model.vision_tower", "model.multi_modal_projector"),
    "gemma3": ("lm_head", "model.vision_tower", "model.multi_modal_projector"),
    "qwen2_5_vl": ("lm_head", "model.visual"),
}
"""By family, what is never 4-bit; a name without its `model.` prefix would match nothing, silently."""
_DTYPES = {"nf4": torch.bfloat16, "bf16": torch.bfloat16, "fp32": torch.float32}
_PICKLES = {".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".h5", ".msgpack"}
_CODE_KEYS = ("auto_map", "_attn_implementation_internal")


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
    def bits(self) -> int:
        return {"nf4": 4, "bf16": 16, "fp32": 32}[self.precision]


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


def check_folder(folder: Path) -> dict[str, object]:
    """Refuse a folder that holds more than sizes and numbers, before anything in it is opened by a library.

    Returns: its config.json.
    Raises: UnsafeModel: a pickle, code of its own, or no safetensors. WeightsMismatch: no config.json.
    """
    if not (folder / "config.json").is_file():
        raise WeightsMismatch(f"{folder.name} has no config.json; give the folder of one downloaded model.")
    files = [path for path in folder.rglob("*") if path.is_file()]
    barred = sorted(path.name for path in files if path.suffix.lower() in _PICKLES or path.suffix == ".py")
    if barred:
        raise UnsafeModel(
            f"{folder.name} holds {barred[0]}, which can run code; keep safetensors files only."
        )
    if not any(path.suffix == ".safetensors" for path in files):
        raise UnsafeModel(f"{folder.name} holds no safetensors file; convert the model first.")
    for path in (path for path in files if path.suffix == ".json"):
        if any(f'"{key}"' in path.read_text(encoding="utf-8", errors="replace") for key in _CODE_KEYS):
            raise UnsafeModel(
                f"{path.name} asks to run code of its own; Firstread runs none from a model folder."
            )
    return json.loads((folder / "config.json").read_text(encoding="utf-8"))


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


def load_vlm(folder: Path, precision: str, device: str = "cpu") -> LoadedModel:
    """Load any vision-language model of a known family from a local folder.

    Args:
        folder: config.json and safetensors; no remote code, no pickle, no network.
        precision: nf4, bf16 or fp32; a folder already saved in NF4 can only be loaded as nf4.
        device: cpu or cuda.

    Raises: UnsafeModel, WeightsMismatch: the sentence says what is wrong with the folder.
    """
    about = check_folder(folder)
    family = str(about.get("model_type"))
    if family not in SKIP:
        raise WeightsMismatch(f"{family} is not a family Firstread can load; use one of {', '.join(SKIP)}.")
    stored_4bit = "quantization_config" in about
    if stored_4bit and precision != "nf4":
        raise WeightsMismatch(f"{folder.name} is stored in 4 bits and cannot be read as {precision}.")
    options: dict[str, object] = {}
    if precision == "nf4" and not stored_4bit:
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        offenders = unfit_for_4bit(config, SKIP[family])
        if offenders:
            raise WeightsMismatch(f"{offenders[0]} has a shape that 4 bits cannot hold; load it as bf16.")
        options["quantization_config"] = nf4(SKIP[family])
    model = AutoModelForImageTextToText.from_pretrained(
        folder,
        device_map=device,
        dtype=_DTYPES[precision],
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
        **options,
    )
    check_4bit(model, family, precision)
    return LoadedModel(model.eval(), precision, _hash_of(folder))


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


def check_4bit(model: PreTrainedModel, family: str, precision: str) -> None:
    """Hold what was loaded against what was asked: 4 bits in the language model, and nowhere else.

    Raises: WeightsMismatch: a skipped part is 4-bit, or nothing is.
    """
    narrow = count_4bit(model)
    if precision != "nf4":
        return
    wrong = sorted(part for part in narrow if part.startswith(SKIP[family]))
    if wrong or not narrow:
        where = wrong[0] if wrong else "no layer"
        raise WeightsMismatch(
            f"After loading in 4 bits, {where} is 4-bit; this model cannot be trusted to read."
        )


def _hash_of(folder: Path) -> str:
    """Hash of the weights; a record that disagrees means altered bytes."""
    files = sorted(folder.glob("*.safetensors"))
    found = sha256_of(files[0]) if len(files) == 1 else _joint_hash(files)
    kept = folder / RECORD
    if kept.is_file() and json.loads(kept.read_text(encoding="utf-8"))["sha256"] != found:
        raise WeightsMismatch(
            f"The checkpoint {folder.name} was altered; delete the model cache and start again."
        )
    return found


def _joint_hash(files: list[Path]) -> str:
    import hashlib

    return hashlib.sha256("".join(sha256_of(path) for path in files).encode()).hexdigest()


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
