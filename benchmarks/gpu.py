"""What a bigger model costs on this machine: memory, first look and decoding, bf16 against NF4, at batch 1, 8 and 32.

    python -m benchmarks.gpu [--shapes 4b 8b] [--batches 1 8 32] [--device cuda] [--json]
    python -m benchmarks.gpu --computed

The architecture is a public one, the weights are random: speed and memory are honest, quality is none. The folder is
saved and goes through the product's own loader; each row runs in a process of its own. `--computed` adds up the bytes of
the weights on the meta device and measures nothing.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from statistics import median

import torch
from transformers import AutoModelForImageTextToText, Gemma3Config, PretrainedConfig, Qwen2_5_VLConfig

PRECISIONS = ("nf4", "bf16")
SEEN = 256
"""Tokens a film takes in the prompt, in both shapes."""
NF4_BYTES = 0.5 + 1 / 64 + 4 / (64 * 256)
"""Per weight: four bits, one byte of scale per 64 of them, one float32 per 256 of those scales (double quantisation)."""
LABEL = "architecture only, random weights"
_GEMMA = {"boi_token_index": 5, "image_token_index": 6, "eoi_token_index": 7}


def shape(name: str) -> PretrainedConfig:
    """The public architecture of a size: Gemma 3 4B, Qwen2.5-VL 7B (8.3 billion weights), and a tiny one for tests."""
    if name == "4b":
        text = {"hidden_size": 2560, "intermediate_size": 10240, "num_hidden_layers": 34, "head_dim": 256}
        text |= {"num_attention_heads": 8, "num_key_value_heads": 4, "vocab_size": 262208}
        eye = {"hidden_size": 1152, "intermediate_size": 4304, "num_hidden_layers": 27}
        eye |= {"num_attention_heads": 16, "image_size": 896, "patch_size": 14}
        return Gemma3Config(text_config=text, vision_config=eye, mm_tokens_per_image=SEEN, **_GEMMA)
    if name == "8b":
        text = {
            "hidden_size": 3584,
            "intermediate_size": 18944,
            "num_hidden_layers": 28,
            "vocab_size": 152064,
        }
        text |= {"num_attention_heads": 28, "num_key_value_heads": 4}
        text |= {
            "rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [16, 24, 24]}
        }
        eye = {"hidden_size": 1280, "intermediate_size": 3420, "depth": 32, "out_hidden_size": 3584}
        return Qwen2_5_VLConfig(
            text_config=text,
            vision_config=eye,
            vision_start_token_id=5,
            image_token_id=6,
            vision_end_token_id=7,
        )
    text = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "head_dim": 32}
    text |= {"num_attention_heads": 2, "num_key_value_heads": 1, "vocab_size": 128}
    eye = {"hidden_size": 36, "intermediate_size": 52, "num_hidden_layers": 1, "num_attention_heads": 2}
    eye |= {"image_size": 224, "patch_size": 14}
    return Gemma3Config(text_config=text, vision_config=eye, mm_tokens_per_image=SEEN, **_GEMMA)


# ── computed ──────────────────────────────────────────────────────────────────────────────────────────


def computed(config: PretrainedConfig, precision: str) -> dict[str, float]:
    """Add up the bytes of the weights by part, shared ones once, and of the cache per token; nothing is loaded."""
    from engine.model.load import LANGUAGE

    with torch.device("meta"):
        model = AutoModelForImageTextToText.from_config(config, dtype=torch.bfloat16)
    model.tie_weights()
    narrow = {
        f"{name}.weight"
        for name, layer in model.named_modules()
        if precision == "nf4" and isinstance(layer, torch.nn.Linear) and name.startswith(LANGUAGE)
    }
    parts = Counter[str]()
    for name, weight in model.named_parameters():  # a shared one comes once
        part = "embedding" if "embed_tokens" in name or "lm_head" in name else ".".join(name.split(".")[:2])
        parts[part] += weight.numel() * (NF4_BYTES if name in narrow else 2)
    text = config.get_text_config()
    heads = text.num_key_value_heads * (
        getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    )
    return {
        "parameters": sum(w.numel() for w in model.parameters()),
        **{part: round(size) for part, size in sorted(parts.items())},
        "weights": round(sum(parts.values())),
        "cache_per_token": 2 * 2 * heads * text.num_hidden_layers,
    }


# ── measured ──────────────────────────────────────────────────────────────────────────────────────────


def save(name: str, folder: Path, device: str) -> None:
    """Make random weights of a shape and save them as a folder that anybody could have brought."""
    torch.manual_seed(0)
    with torch.device(device):
        AutoModelForImageTextToText.from_config(shape(name), dtype=torch.bfloat16).save_pretrained(folder)


def prompt(config: PretrainedConfig, batch: int, words: int, device: str) -> dict[str, torch.Tensor]:
    """One film and `words` words per row, as tensors: no tokenizer is needed for random weights."""
    begin, picture, end = [[5], [6] * SEEN, [7]]
    row = torch.tensor([2, *begin, *picture, *end, *([11] * words)])
    kinds = (row == 6).long().expand(batch, -1).to(device)
    found = {"input_ids": row.expand(batch, -1).to(device)}
    if config.model_type == "gemma3":
        side = config.vision_config.image_size
        films = torch.rand(batch, 3, side, side, dtype=torch.bfloat16, device=device)
        return found | {"pixel_values": films, "token_type_ids": kinds}
    across = 32  # 32 x 32 patches of 14 pixels, four to a token
    films = torch.rand(batch * across**2, 1176, dtype=torch.bfloat16, device=device)
    grid = torch.tensor([[1, across, across]] * batch, device=device)
    return found | {"pixel_values": films, "image_grid_thw": grid, "mm_token_type_ids": kinds}


def measure(
    folder: Path,
    precision: str,
    device: str,
    batches: list[int],
    *,
    words: int = 128,
    new: int = 64,
    runs: int = 3,
) -> dict[str, object]:
    """Load a folder and time it; seconds are medians, memory is in GB (10^9 bytes)."""
    from engine.model.load import load_vlm

    started = time.perf_counter()
    loaded = load_vlm(folder, precision, device)
    found: dict[str, object] = {
        "load_s": round(time.perf_counter() - started, 1),
        "loaded_gb": peak_gb(device),
    }
    found["weights_gb"] = held_gb(device)
    for batch in batches:
        forget_peak(device)
        asked = prompt(loaded.model.config, batch, words, device)

        def look(asked: dict[str, torch.Tensor] = asked) -> None:
            loaded.model(**asked, use_cache=True, logits_to_keep=1)

        def write(asked: dict[str, torch.Tensor] = asked) -> None:
            loaded.model.generate(
                **asked, max_new_tokens=new, min_new_tokens=new, do_sample=False, pad_token_id=0
            )

        with torch.inference_mode():
            prefill, whole = timed(look, device, runs), timed(write, device, runs)
        found[f"batch {batch}"] = {
            "prefill_s": round(prefill, 4),
            "tokens_per_s": round(batch * (new - 1) / max(whole - prefill, 1e-9), 1),
            "peak_gb": peak_gb(device),
        }
    return found


def timed(work: Callable[[], None], device: str, runs: int) -> float:
    """Median seconds; the first call is not counted."""
    seconds = []
    for _ in range(runs + 1):
        started = time.perf_counter()
        work()
        if device == "cuda":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - started)
    return median(seconds[1:])


def peak_gb(device: str) -> float:
    if device == "cuda":
        return round(torch.cuda.max_memory_allocated() / 1e9, 2)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9, 2)


def held_gb(device: str) -> float | None:
    return round(torch.cuda.memory_allocated() / 1e9, 2) if device == "cuda" else None


def forget_peak(device: str) -> None:
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()


# ── the program ───────────────────────────────────────────────────────────────────────────────────────


def main() -> int:
    asked = options()
    if asked.one:
        batches = [int(batch) for batch in asked.batches]
        print(json.dumps(measure(asked.folder, asked.one, asked.device, batches)))
        return 0
    if asked.computed:
        rows = {f"{s} {p}": computed(shape(s), p) for s in asked.shapes for p in PRECISIONS}
        print(json.dumps({"computed": True, "rows": rows}, indent=1) if asked.json else computed_table(rows))
        return 0
    if asked.device == "cuda" and not torch.cuda.is_available():
        print("There is no CUDA device on this machine; say --device cpu, or --computed.", file=sys.stderr)
        return 1
    rows = {row: found for name in asked.shapes for row, found in shape_rows(name, asked).items()}
    found = {"machine": machine(asked.device), "label": LABEL, "rows": rows}
    print(json.dumps(found, indent=1) if asked.json else table(found))
    return 0


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shapes", nargs="+", choices=("4b", "8b", "tiny"), default=["4b", "8b"])
    parser.add_argument("--batches", nargs="+", default=["1", "8", "32"])
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--computed", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", choices=PRECISIONS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def shape_rows(name: str, asked: argparse.Namespace) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        print(f"{name}: random weights", file=sys.stderr)
        save(name, Path(folder), asked.device)
        if asked.device == "cuda":
            torch.cuda.empty_cache()
        return {f"{name} {p}": in_own_process(p, folder, asked) for p in PRECISIONS}


def in_own_process(precision: str, folder: str, asked: argparse.Namespace) -> dict[str, object]:
    print(f"  {precision}", file=sys.stderr)
    command = [sys.executable, __file__, "--one", precision, "--folder", folder, "--device", asked.device]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(
        [*command, "--batches", *asked.batches],
        check=True,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def machine(device: str) -> str:
    where = torch.cuda.get_device_name() if device == "cuda" else platform.processor() or platform.machine()
    packages = ", ".join(f"{name} {version(name)}" for name in ("torch", "transformers", "bitsandbytes"))
    return f"{where}; {packages}"


def table(found: dict[str, object]) -> str:
    lines = [
        f"{found['machine']}; {found['label']}",
        "",
        "| shape | batch | prefill s | tokens/s | peak GB |",
    ]
    lines.append("|---|--:|--:|--:|--:|")
    for row, said in found["rows"].items():
        for batch, cost in said.items():
            if batch.startswith("batch"):
                numbers = (cost["prefill_s"], cost["tokens_per_s"], cost["peak_gb"])
                lines.append(f"| {row} | {batch[6:]} | " + " | ".join(map(str, numbers)) + " |")
    return "\n".join(lines)


def computed_table(rows: dict[str, dict[str, float]]) -> str:
    lines = [
        "Computed from the shapes, nothing measured",
        "",
        "| shape | weights GB | with 1,000 tokens GB |",
    ]
    lines.append("|---|--:|--:|")
    for row, said in rows.items():
        whole = said["weights"] + 1000 * said["cache_per_token"]
        lines.append(f"| {row} | {said['weights'] / 1e9:.2f} | {whole / 1e9:.2f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
