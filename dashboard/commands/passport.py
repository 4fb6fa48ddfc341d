"""`firstread passport`: what each width of the weights costs, measured here and kept beside the model."""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from dashboard.commands.evaluate import Steps
from dashboard.console import Console
from dashboard.settings import Settings


def run(asked: argparse.Namespace, console: Console) -> int:
    """Read the same films at every width, write the passport, and show it.

    Raises: BadTable: there is no film to read.
    """
    from engine.passport import films_of, passport, simulated_films

    cache = Settings.from_environment().home / "model"
    with tempfile.TemporaryDirectory() as folder:
        named = asked.films or asked.manifest
        films = films_of(asked.films, asked.manifest) if named else simulated_films(Path(folder))
        made = passport(films, cache, Steps(console))
    if asked.out:
        asked.out.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    console.answer(made, table(made))
    return 0


COLUMNS = {
    "same_urgency": "same urgency",
    "largest_change_of_p": "max Δp",
    "mean_change_of_p": "mean Δp",
    "largest_change_of_auc": "max ΔAUC",
    "same_facts": "same facts",
    "rouge_l": "ROUGE-L",
    "without_fault": "faultless texts",
    "tokens_per_s": "tokens/s",
    "peak_mib": "peak MiB",
}


def table(made: dict[str, Any]) -> str:
    """Say the passport in lines, a width each."""
    lines = ["      " + "".join(f"{words:>16}" for words in COLUMNS.values())]
    for width, row in made["widths"].items():
        cells = "".join(f"{_cell(row.get(key)):>16}" for key in COLUMNS)
        lines.append(f"{width:<6}{cells if row['runs'] else '  does not run here: ' + row['why']}")
    return "\n".join(lines)


def _cell(value: float | None) -> str:
    if value is None:
        return "—"
    return f"{value:g}" if isinstance(value, int) or value >= 10 else f"{value:.4g}"
