"""`firstread evaluate`: how well the model finds, and how well it writes."""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

from consent.audit import AuditEvent
from consent.record import Purpose
from dashboard.commands.audit import open_trail
from dashboard.commands.ingest import operator
from dashboard.console import Console
from dashboard.model import load_model
from dashboard.settings import Settings
from triage.reading import Style


def run(asked: argparse.Namespace, console: Console) -> int:
    """Measure on films or on impressions, whichever was asked for."""
    return _films(asked, console) if "manifest" in asked else _impressions(asked, console)


def _films(asked: argparse.Namespace, console: Console) -> int:
    """Read every film of a table and hold the answers against its labels.

    Returns: 0 when every film was read, else 1.
    Raises: BadTable: the table cannot be read. ReaderFailed: the model cannot be loaded.
    """
    from engine.manifest import read_manifest

    settings = Settings.from_environment()
    read_manifest(asked.manifest)  # a table nobody can read is refused before the model is made ready
    from engine.evaluation.films import evaluate
    from engine.evaluation.markdown import write_section
    from engine.evaluation.tables import section

    reader = load_model(settings.home, console.progress)
    _record(
        settings, f"read films of a table for evaluation with {reader.identity.sha256[:12]}", asked.manifest
    )
    found = evaluate(
        asked.manifest, reader, asked.predictions, Steps(console), split=asked.split, by=asked.by
    )
    found["delta_sha256"] = _delta_sha256()
    if asked.markdown is not None:
        write_section(asked.markdown, section(found, _as_typed(asked)))
    console.answer(found, json.dumps(found, indent=1))
    return 1 if found["unreadable"] else 0


def _delta_sha256() -> str | None:
    """Which of our own weights were measured: their card takes no figures of others; None for a model of others."""
    from engine.model.convert import sha256_of
    from engine.model.delta import SHIPPED
    from engine.settings import from_environment

    wanted = from_environment()
    if wanted.model or wanted.model_url:
        return None
    folder = wanted.delta or SHIPPED.parent
    return str(sha256_of(folder / SHIPPED.name))


def _as_typed(asked: argparse.Namespace) -> str:
    """The command that made the figures, without this machine's folders."""
    parts = ["firstread evaluate films", f"--manifest {asked.manifest.name}"]
    parts += [f"--split {asked.split}"] if asked.split else []
    parts += [f"--by {','.join(asked.by)}"] if asked.by else []
    return " ".join([*parts, f"--markdown {asked.markdown.name}"])


def _impressions(asked: argparse.Namespace, console: Console) -> int:
    """Write an impression for every row of findings and hold it against the reference and against the floors.

    Raises: BadTable: the table cannot be read. ReaderFailed: the model cannot be loaded.
    """
    from engine.evaluation.impressions import evaluate, read_pairs

    settings = Settings.from_environment()
    for table in filter(None, (asked.pairs, asked.train)):
        read_pairs(table)  # a table nobody can read is refused before the model is made ready
    reader = load_model(settings.home, console.progress)
    styles = (Style(asked.style),) if asked.style else tuple(Style)
    found = evaluate(asked.pairs, reader, asked.predictions, Steps(console), train=asked.train, styles=styles)
    if asked.markdown is not None:
        _tell(asked, found)
    console.answer(found, json.dumps(found, indent=1))
    return 0


def _tell(asked: argparse.Namespace, found: dict[str, object]) -> None:
    """Write the section of the weights that were measured, with the command that measured them."""
    from engine.evaluation.impression_tables import SHIPPED, TAUGHT_HERE, section
    from engine.evaluation.markdown import write_section
    from engine.settings import from_environment

    here = from_environment().delta is not None
    parts = ["FIRSTREAD_DELTA=DIR"] if here else []
    parts += [f"firstread evaluate impressions --pairs {asked.pairs.name}"]
    parts += [f"--train {asked.train.name}"] if asked.train else []
    parts += [f"--style {asked.style}"] if asked.style else []
    command = " ".join([*parts, f"--markdown {asked.markdown.name}"])
    write_section(asked.markdown, section(found, command, TAUGHT_HERE if here else SHIPPED))


class Steps:
    """Says how far an evaluation is, at most every twentieth of the way."""

    def __init__(self, console: Console) -> None:
        self._console, self._said = console, ("", -1)

    def __call__(self, step: str, done: float) -> None:
        now = (step, int(done * 20))
        if now != self._said:
            self._said = now
            self._console.progress(f"{step} ({done:.0%})")


def _record(settings: Settings, detail: str, table: Path) -> None:
    at, entity = datetime.now(UTC), f"table/{table.name}"
    event = AuditEvent(
        operator(), "evaluate films", entity, at, purpose=Purpose.EVALUATION.value, detail=detail
    )
    with open_trail(settings) as trail:
        trail.record(event)
