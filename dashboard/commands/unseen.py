"""`firstread evaluate unseen`: what towers say of patients they never saw, with simulated films and without."""

import argparse

from dashboard.commands.evaluate import Steps
from dashboard.console import Console


def run(asked: argparse.Namespace, console: Console) -> int:
    """Teach the towers without simulated films and with them, and compare; about an hour on two cores.

    Raises: BadTable: the table has no films to learn from. NotShippable: a film may not leave the house.
    """
    from engine.evaluation.markdown import write_section
    from engine.training.train import TrainSettings
    from engine.training.unseen import evaluate, section

    found = evaluate(TrainSettings(manifest=asked.manifest, work=asked.work), Steps(console))
    command = f"firstread evaluate unseen --manifest {asked.manifest.name}"
    if asked.markdown is not None:
        command += f" --markdown {asked.markdown.name}"
        write_section(asked.markdown, section(found, command))
    console.answer(found, "\n".join(section(found, command)))
    return 0
