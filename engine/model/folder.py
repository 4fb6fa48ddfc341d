"""What may lie in a model's folder: numbers and sizes, the same bytes as last time, and nothing that runs."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from safetensors import SafetensorError, safe_open

from engine.errors import UnsafeModel, WeightsMismatch
from engine.model.convert import RECORD, sha256_of

KNOWN = "known-models.json"
"""In our own cache: the fingerprint each folder had when it was first loaded."""

_RUNS = {
    ".bin",
    ".pt",
    ".pth",
    ".pkl",
    ".pickle",
    ".ckpt",
    ".h5",
    ".msgpack",
    ".npy",
    ".npz",
    ".joblib",
    ".py",
}
_CODE_KEYS = {"auto_map", "_attn_implementation_internal", "custom_pipelines"}
_WORDS = {"tokenizer.json", "vocab.json"}
"""Tables of words, read by no code that looks for our keys; any key may be a word there."""
_LARGEST_JSON = 64 * 1024**2


def check_folder(folder: Path) -> dict[str, object]:
    """Refuse a folder that holds more than sizes and numbers, before anything in it is opened by a library.

    Returns: its config.json.
    Raises: UnsafeModel: a pickle, code of its own, a link to elsewhere, weights whose header lies, or no safetensors.
        WeightsMismatch: no config.json.
    """
    if not (folder / "config.json").is_file():
        raise WeightsMismatch(f"{folder.name} has no config.json; give the folder of one downloaded model.")
    files = _files(folder)
    barred = next((path.name for path in files if path.suffix.lower() in _RUNS), None)
    if barred:
        raise UnsafeModel(f"{folder.name} holds {barred}, which can run code; keep safetensors files only.")
    if (folder / "adapter_config.json").exists():
        raise UnsafeModel(f"{folder.name} is an adapter that names another model; merge the two first.")
    weights = [path for path in files if path.suffix == ".safetensors"]
    if not weights:
        raise UnsafeModel(f"{folder.name} holds no safetensors file; convert the model first.")
    for path in weights:
        _check_header(path)
    for path in files:
        if path.suffix == ".json":
            _check_json(path, folder)
    return _read(folder / "config.json")


def _files(folder: Path) -> list[Path]:
    home = folder.resolve()
    found = sorted(folder.rglob("*"))
    for path in found:
        if path.is_symlink() and not path.resolve().is_relative_to(home):
            raise UnsafeModel(
                f"{path.name} is a link out of {folder.name}; copy the model's files themselves (cp -rL)."
            )
    return [path for path in found if path.is_file()]


def _check_header(path: Path) -> None:
    """The library holds offsets, shapes and sizes against the file's length before a byte is believed."""
    try:
        with safe_open(path, framework="np") as weights:
            weights.keys()
    except (SafetensorError, OSError) as lies:
        raise UnsafeModel(
            f"The header of {path.name} does not fit its file; download the model again."
        ) from lies


def _check_json(path: Path, folder: Path) -> None:
    about = _read(path)
    if path.name not in _WORDS and not _CODE_KEYS.isdisjoint(_keys(about)):
        raise UnsafeModel(
            f"{path.name} asks to run code of its own; Firstread runs none from a model folder."
        )
    if path.name.endswith(".index.json"):
        parts = about.get("weight_map") if isinstance(about, dict) else None
        named = set(parts.values()) if isinstance(parts, dict) else {None}
        if not all(isinstance(name, str) and (folder / name).parent == folder for name in named):
            raise UnsafeModel(f"{path.name} names weights outside {folder.name}; download the model again.")


def _read(path: Path) -> dict[str, object]:
    try:
        if path.stat().st_size > _LARGEST_JSON:
            raise UnsafeModel(f"{path.name} is far larger than any model's; download the model again.")
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as broken:
        raise UnsafeModel(f"{path.name} is broken; download the model again.") from broken


def _keys(value: object) -> Iterator[str]:
    """Every key at any depth; parsed, so that no spelling of it hides."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield from one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


# ── the same bytes ────────────────────────────────────────────────────────────────────────────────────


def fingerprint(folder: Path) -> str:
    r"""One hash for every file of a model: weights, sizes, tokenizer and chat template all shape an answer.

    It is what `find . -type f -printf '%P\n' | LC_ALL=C sort | xargs -d '\n' sha256sum | sha256sum` prints there.
    """
    named = sorted((path.relative_to(folder).as_posix(), path) for path in _files(folder))
    lines = [f"{sha256_of(path)}  {name}\n" for name, path in named]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def check_bytes(folder: Path, cache: Path, wanted: str | None = None) -> str:
    """Hold a folder against the fingerprint it must have: the one that was set, else the one of its first load.

    Returns: its fingerprint; `remember` it once the model is loaded.
    Raises: WeightsMismatch: the bytes are others.
    """
    found, known = fingerprint(folder), _known(cache).get(str(folder.resolve()))
    if wanted is not None and wanted != found:
        raise WeightsMismatch(
            f"{folder.name} is not what FIRSTREAD_MODEL_SHA256 says; its files give {found}."
        )
    if wanted is None and known not in {None, found}:
        raise WeightsMismatch(
            f"{folder.name} changed since it was first loaded; if you changed it, set FIRSTREAD_MODEL_SHA256={found}."
        )
    return found


def remember(folder: Path, cache: Path, found: str) -> None:
    """Write down what a folder held when it was loaded, for every later load."""
    known = _known(cache) | {str(folder.resolve()): found}
    cache.mkdir(parents=True, exist_ok=True)
    (cache / KNOWN).write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


def _known(cache: Path) -> dict[str, str]:
    record = cache / KNOWN
    return json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {}


def own_weights(folder: Path) -> str:
    """Hash the weights of a checkpoint that Firstread made; a record that disagrees means altered bytes.

    Raises: WeightsMismatch: they were altered.
    """
    files = sorted(folder.glob("*.safetensors"))
    found = sha256_of(files[0]) if len(files) == 1 else fingerprint(folder)
    kept = folder / RECORD
    if kept.is_file() and json.loads(kept.read_text(encoding="utf-8"))["sha256"] != found:
        raise WeightsMismatch(
            f"The checkpoint {folder.name} was altered; delete the model cache and start again."
        )
    return found
