"""`firstread evaluate pointing`: whether the map lights what a person boxed, or the lesion that was put there."""

import argparse
from datetime import UTC, datetime

from consent.audit import AuditEvent
from consent.record import Purpose
from dashboard.commands.audit import open_trail
from dashboard.commands.evaluate import Steps
from dashboard.commands.ingest import operator
from dashboard.console import Console
from dashboard.model import load_model
from dashboard.settings import Settings
from triage.errors import ReaderFailed


def run(asked: argparse.Namespace, console: Console) -> int:
    """Point at every boxed and every simulated lesion.

    Raises: BadTable: a table cannot be read. ReaderFailed: the model cannot be loaded, or has no map to point with.
    """
    from engine.evaluation import pointing
    from engine.evaluation.markdown import write_section
    from engine.reader import FilmReader

    settings = Settings.from_environment()
    boxed = pointing.boxed(asked.boxes, asked.manifest)
    reader = load_model(settings.home, console.progress)
    if not isinstance(reader, FilmReader):
        raise ReaderFailed("This model draws no map, so there is nothing to point with.")
    _record(settings, reader.identity.sha256, asked)
    steps = Steps(console)
    targets = {"boxed films": boxed, "simulated": pointing.simulated(asked.simulated, steps)}
    found = pointing.evaluate(reader.network, targets, steps)
    typed = f"firstread evaluate pointing --manifest {asked.manifest.name} --boxes {asked.boxes.name}"
    if asked.markdown is not None:
        command = f"{typed} --simulated {asked.simulated} --markdown {asked.markdown.name}"
        write_section(asked.markdown, pointing.section(found, command, reader.identity.sha256))
    console.answer(found, "\n".join(pointing.to_table(found)))
    return 0


def _record(settings: Settings, sha256: str, asked: argparse.Namespace) -> None:
    at, entity = datetime.now(UTC), f"table/{asked.boxes.name}"
    said = f"pointed at boxes with {sha256[:12]}"
    event = AuditEvent(
        operator(), "evaluate films", entity, at, purpose=Purpose.EVALUATION.value, detail=said
    )
    with open_trail(settings) as trail:
        trail.record(event)
