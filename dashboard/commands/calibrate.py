"""`firstread calibrate`: a bigger model's yes and no, held against this site's own films."""

import argparse
import json
from datetime import UTC, datetime

from consent.audit import AuditEvent
from consent.record import Purpose
from dashboard.commands.audit import open_trail
from dashboard.commands.evaluate import Steps
from dashboard.commands.ingest import operator
from dashboard.console import Console
from dashboard.model import load_model
from dashboard.settings import Settings, SettingsError


def run(asked: argparse.Namespace, console: Console) -> int:
    """Ask about every film of a table, and write how this model's answers are to be read here.

    Returns: 0 when every film was read, else 1.
    Raises: BadTable: the table cannot be read. ReaderFailed: the model cannot be loaded. SettingsError: the embedded
        model is asked for, which is calibrated where it is trained.
    """
    from engine import settings as model_settings
    from engine.general import GeneralReader
    from engine.manifest import read_manifest
    from engine.opening import calibration_path
    from engine.training.site import calibrate_site

    settings = Settings.from_environment()
    read_manifest(asked.manifest)  # a table nobody can read is refused before the model is made ready
    reader = load_model(settings.home, console.progress)
    if not isinstance(reader, GeneralReader):
        raise SettingsError(
            "This model brings its own calibration; set FIRSTREAD_MODEL or FIRSTREAD_MODEL_URL for another."
        )
    _record(settings, f"ask about films of a table for a calibration with {reader.identity.id}", asked)
    cache = settings.home / "model"
    out = asked.out or calibration_path(model_settings.from_environment(), cache, reader.identity)
    out.parent.mkdir(parents=True, exist_ok=True)
    found = calibrate_site(asked.manifest, reader, out, Steps(console))
    console.answer(found, json.dumps(found, indent=1))
    return 1 if found["unreadable"] else 0


def _record(settings: Settings, detail: str, asked: argparse.Namespace) -> None:
    at, entity = datetime.now(UTC), f"table/{asked.manifest.name}"
    event = AuditEvent(operator(), "calibrate", entity, at, purpose=Purpose.EVALUATION.value, detail=detail)
    with open_trail(settings) as trail:
        trail.record(event)
