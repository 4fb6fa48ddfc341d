"""`firstread ingest`: films, zips and folders of them into the running system."""

import argparse
import getpass
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from consent.record import PatientId
from dashboard import intake, wiring
from dashboard.console import Console
from dashboard.intake import Outcome, Taken
from dashboard.settings import Settings
from triage.ports import House
from triage.study import Patient


def run(asked: argparse.Namespace, console: Console) -> int:
    """Take every path in; a bad one is named and the others go on.

    Returns: 0 when all of them are in, 1 when one was quarantined or rejected, or there was none.
    """
    files = list(files_of(asked.paths))
    if not files:
        console.fail(
            f"There is no file in {', '.join(map(str, asked.paths))}; name a film, a zip or a folder."
        )
        return 1
    settings = Settings.from_environment()
    database = wiring.open_database(settings)
    try:
        house = wiring.open_house(settings, database)
        outcomes = [o for path in files for o in _take(house, path, asked, console)]
    finally:
        database.close()
    kept = sum(o.outcome in {Taken.ACCEPTED, Taken.DUPLICATE} for o in outcomes)
    console.answer([asdict(o) for o in outcomes], f"{kept} of {len(outcomes)} files are in.")
    return 0 if kept == len(outcomes) else 1


def files_of(paths: list[Path]) -> Iterator[Path]:
    """Every file among the paths; a folder stands for all files in it."""
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.is_file())
        else:
            yield path


def operator() -> str:
    """Who sits at this machine, for the audit trail."""
    try:
        return f"command line ({getpass.getuser()})"
    except (OSError, KeyError):  # a user without a name, as in a container
        return "command line"


def _take(house: House, path: Path, asked: argparse.Namespace, console: Console) -> list[Outcome]:
    whose = PatientId(asked.patient_id, asked.issuer)
    reason = intake.refusal(path)
    if reason:
        outcomes = [Outcome(str(path), Taken.REJECTED, reason)]
    else:
        outcomes = intake.take_file(
            house,
            str(path),
            path.read_bytes(),
            agent=operator(),
            accession_number=asked.accession_number,
            patient=Patient(whose) if whose.value else None,
        )
    for outcome in outcomes:
        console.progress(f"{outcome.path}: {outcome.outcome}. {outcome.reason}".rstrip())
    return outcomes
