"""`firstread train`: the weights that Firstread adds, from films and from sentences it makes itself."""

import argparse
import json
from dataclasses import replace
from typing import Any

from dashboard.commands.evaluate import Steps
from dashboard.console import Console


def run(asked: argparse.Namespace, console: Console) -> int:
    """Train, calibrate, measure and write one delta with its card; a stopped run goes on where it was.

    Raises: NotShippable: a film may not leave the house; say --local for weights that stay in it. BadTable.
    """
    from engine.training import train

    settings = train.TrainSettings(manifest=asked.manifest, shippable=not asked.local)
    given: dict[str, Any] = {"out": asked.out, "work": asked.work}
    settings = replace(settings, **{name: value for name, value in given.items() if value is not None})
    if asked.epochs is not None:
        settings = replace(settings, tower=replace(settings.tower, epochs=asked.epochs))
    if asked.steps is not None:
        settings = replace(settings, language=replace(settings.language, steps=asked.steps))
    record = train.run(settings, Steps(console))
    console.answer(record, json.dumps(record, indent=1))
    return 0
