"""Answers to films that exist on paper only."""

from pathlib import Path

import numpy as np

from engine.evaluation.answers import Answers
from engine.evaluation.consistency import BENDS
from engine.manifest import Film
from engine.model.config import HEAD


def a_film(i, labels=("no_finding",), **told):
    plain = {"patient": f"P{i}", "label_source": "report"}
    return Film(Path(f"{i}.png"), f"{i}.png", labels=frozenset(labels), **(plain | told))


def answered(films, **columns):
    """Each column holds one probability per film, None where the reader abstained; other findings 0.1."""
    doubtful = np.full((len(films), len(HEAD)), 0.1)
    believed = doubtful.copy()
    for name, given in columns.items():
        believed[:, HEAD.index(name)] = [np.nan if p is None else p for p in given]
        doubtful[:, HEAD.index(name)] = [0.1 if p is None else p for p in given]
    bent = {name: doubtful.copy() for name in list(BENDS)[1:]}
    return Answers(list(films), believed, doubtful, bent, [])
