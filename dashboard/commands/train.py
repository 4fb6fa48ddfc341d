"""`firstread train`: the weights that Firstread adds, and those a house adds for itself from its films and reports."""

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from dashboard.commands.evaluate import Steps
from dashboard.console import Console
from engine.errors import BadTable, NotShippable


def run(asked: argparse.Namespace, console: Console) -> int:
    """Teach what the tables that were named can teach: films, then reports; a stopped run goes on where it was.

    Raises: NotShippable: a film or a report may not leave the house; --films and --reports make weights that stay in
        it. BadTable.
    """
    if asked.gate:
        return _gate(asked, console)
    if asked.reports and asked.manifest:
        raise NotShippable("Weights that learnt from reports stay in the house; name the films with --films.")
    films = asked.manifest or asked.films
    if not films and not asked.reports:
        raise BadTable("There is nothing to learn from; name a table with --manifest, --films or --reports.")
    record = _films(films, asked, console) if films else {}
    if asked.reports:
        record |= _reports(asked, console)
    console.answer(record, json.dumps(record, indent=1))
    return 0


def _films(films: Path, asked: argparse.Namespace, console: Console) -> dict[str, object]:
    from engine.training import train

    settings = train.TrainSettings(manifest=films, shippable=asked.films is None, **_given(asked))
    if asked.words is not None:
        settings = replace(settings, words=asked.words)
    if asked.simulated is not None:
        settings = replace(settings, simulated=asked.simulated)
    if asked.epochs is not None:
        settings = replace(settings, tower=replace(settings.tower, epochs=asked.epochs))
    if asked.steps is not None:
        settings = replace(settings, language=replace(settings.language, steps=asked.steps))
    return train.run(settings, Steps(console))


def _reports(asked: argparse.Namespace, console: Console) -> dict[str, object]:
    """Go on from the weights that the films have just made, or from those that Firstread ships."""
    from engine.model.delta import SHIPPED
    from engine.training import reports

    where = {"out": SHIPPED.parent, **_given(asked)}
    settings = reports.ReportSettings(reports=asked.reports, **where)
    if asked.films:
        settings = replace(settings, start=settings.out)
    if asked.steps is not None:
        settings = replace(settings, language=replace(settings.language, steps=asked.steps))
    return reports.run(settings, Steps(console))


def _given(asked: argparse.Namespace) -> dict[str, Any]:
    return {name: getattr(asked, name) for name in ("out", "work") if getattr(asked, name) is not None}


def _gate(asked: argparse.Namespace, console: Console) -> int:
    """Teach the input gate alone; it stands before the tower and knows nothing of it."""
    from engine.gate import SHIPPED
    from engine.training.gate import train_gate

    out = SHIPPED if asked.out is None else asked.out / SHIPPED.name
    gate = train_gate(asked.manifest, Steps(console), out=out)
    made = {**gate.about, "threshold": gate.threshold}
    console.answer(made, json.dumps(made, indent=1))
    return 0
