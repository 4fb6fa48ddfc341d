"""`firstread evaluate gate`: what the input gate refuses, and whether it calls it by its name."""

import argparse

from dashboard.commands.evaluate import Steps
from dashboard.console import Console


def run(asked: argparse.Namespace, console: Console) -> int:
    """Show the gate films as they are and spoilt; no model is loaded.

    Raises: BadTable: the table cannot be read or has no val film. WeightsMismatch: the gate is missing.
    """
    from engine.evaluation.gating import evaluate, section
    from engine.evaluation.markdown import write_section
    from engine.gate import load_gate

    found = evaluate(load_gate(), asked.manifest, asked.turned, Steps(console))
    command = f"firstread evaluate gate --manifest {asked.manifest.name}"
    command += f" --turned {asked.turned.name}" if asked.turned else ""
    if asked.markdown is not None:
        command += f" --markdown {asked.markdown.name}"
        write_section(asked.markdown, section(found, command))
    console.answer(found, "\n".join(section(found, command)))
    return 0
