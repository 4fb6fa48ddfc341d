"""A general model's yes and no, held against this site's own films, so that they become probabilities or silence."""

import json
import logging
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np

from engine.errors import BadTable
from engine.evaluation.answers import Asked
from engine.general import GeneralReader, made_for
from engine.manifest import Film, read_manifest, truths
from engine.model.convert import sha256_of
from engine.training.calibrate import calibrate
from triage.errors import ReaderFailed, UnreadableFilm

log = logging.getLogger(__name__)
Progress = Callable[[str, float], None]


def calibrate_site(manifest: Path, reader: GeneralReader, out: Path, progress: Progress) -> dict[str, object]:
    """Ask about every film of a table and write how this model's answers are to be read here.

    Each film is opened under its own permit, made from the declared purpose *evaluation*, and asked about without
    bedside values. A finding that the films cannot support stays *not assessed*, with the reason.

    Args:
        manifest: CSV with columns file and labels (separated by |), and optionally patient_id, age, sex, split.
        out: where the calibration is written.

    Returns: films, unreadable ones with the reason, and per finding n, positives, AUC and whether it is assessed.
    Raises: BadTable: the table cannot be read, or none of its films.
    """
    films, logits, unreadable = _ask_all(read_manifest(manifest), reader, progress)
    if not films:
        raise BadTable(f"No film of {manifest.name} could be read; check the paths in its column file.")
    table = calibrate(np.array(logits), truths(films, reads=True), [film.patient for film in films])
    kept = {
        "made_for": made_for(reader.identity),
        "model": reader.identity.id,
        "films": len(films),
        "manifest_sha256": sha256_of(manifest),
        "findings": {name: asdict(row) for name, row in table.items()},
    }
    out.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    said = ("assessed", "why", "n", "positives", "auc", "low", "high")
    return {
        "films": len(films),
        "unreadable": unreadable,
        "calibration": str(out),
        "findings": {name: {key: getattr(row, key) for key in said} for name, row in table.items()},
    }


def _ask_all(
    films: list[Film], reader: GeneralReader, progress: Progress
) -> tuple[list[Film], list[list[float]], list[dict[str, str]]]:
    kept, logits, unreadable = list[Film](), list[list[float]](), list[dict[str, str]]()
    for i, film in enumerate(films):
        try:
            asked = Asked.of(film)
            logits.append(reader.logits(asked.study, None, asked.film, asked.media_type, asked.permit))
            kept.append(film)
        except (UnreadableFilm, ReaderFailed, OSError) as wrong:
            unreadable.append({"file": film.name, "reason": str(wrong)})
            log.warning("film %d of the table was not asked about: %s", i + 1, type(wrong).__name__)
        progress("films", (i + 1) / len(films))
    return kept, logits, unreadable
