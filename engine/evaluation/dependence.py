"""What else than the film moves a probability or a text: a word in the request, one value from the bedside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from engine.evaluation.answers import Answers, Asked, Scored
from engine.evaluation.consistency import BENDS
from engine.evaluation.texts import facts_of
from engine.manifest import Film
from engine.model.config import HEAD
from triage.reading import Style
from triage.vitals import Consciousness, Vitals

Progress = Callable[[str, float], None]
ASKED_FILMS = 12
"""Enough to see whether anything moves; each is asked once for every word and value."""
WORDED_FILMS = 6
"""Of these, impressions are written for every value too, which takes seconds each."""

SYMPTOMS = ("shortness of breath", "fever")
ALARM = 0.05
"""No common symptom may move a probability by more: it would carry a diagnosis that belongs to the film."""

USUAL: Mapping[str, float] = {
    "temperature_c": 36.8,
    "spo2_pct": 98.0,
    "heart_rate_bpm": 72.0,
    "resp_rate_bpm": 15.0,
    "systolic_mmhg": 125.0,
    "diastolic_mmhg": 75.0,
    "glucose_mmol_l": 5.5,
    "white_cells_g_l": 7.0,
    "crp_mg_l": 3.0,
    "ddimer_mg_l": 0.3,
    "lactate_mmol_l": 1.0,
    "days_since_onset": 2.0,
}
"""A well person at the bedside, each value inside the normal range of `triage.vitals.PARAMETERS`."""

ILL: Mapping[str, float] = {
    "temperature_c": 39.5,
    "spo2_pct": 85.0,
    "heart_rate_bpm": 130.0,
    "resp_rate_bpm": 30.0,
    "systolic_mmhg": 85.0,
    "diastolic_mmhg": 45.0,
    "glucose_mmol_l": 20.0,
    "white_cells_g_l": 20.0,
    "crp_mg_l": 200.0,
    "ddimer_mg_l": 6.0,
    "lactate_mmol_l": 5.0,
    "days_since_onset": 12.0,
}
"""What each value is changed to, one at a time: most are what NEWS2 scores with three."""


def symptoms(films: Sequence[Film], reader: Scored, progress: Progress) -> dict[str, object]:
    """Ask about each film with and without a symptom in the request, and report how far any answer moved.

    It asks the reader and looks into no model, so it holds for a general model whose prompt carries the notes too.

    Returns: n films, per symptom the mean and the largest change of a probability and whose it was, the limit, and
        `alarm`: whether any change is larger. n is 0 and the changes None without a film.
    """
    changes: dict[str, list[np.ndarray]] = {symptom: [] for symptom in SYMPTOMS}
    for i, film in enumerate(films):
        asked = Asked.of(film)
        plain = _ask(asked, reader)
        for symptom, found in changes.items():
            told = replace(asked, study=replace(asked.study, indication=symptom))
            found.append(_ask(told, reader) - plain)
        progress("symptoms", (i + 1) / len(films))
    each = {symptom: _effect(found) for symptom, found in changes.items()}
    most = [row["most"] for row in each.values() if row["most"] is not None]
    return {"n": len(films), "each": each, "limit": ALARM, "alarm": any(step > ALARM for step in most)}


def bedside(films: Sequence[Film], reader: Scored, progress: Progress) -> dict[str, object]:
    """Make one bedside value at a time that of somebody very ill, and report how far any answer and which texts moved.

    Returns: n films, and per value from what to what, the mean and the largest change of a probability and whose it
        was; of how many `texts` the words changed, and in how many of them a finding is named, denied or placed otherwise. The first row
        holds "nothing measured" against a well person.
    """
    well = Vitals(datetime.now(UTC), dict(USUAL), on_oxygen=False, consciousness=Consciousness.ALERT)
    changed: dict[str, Vitals | None] = {"nothing measured": None}
    changed |= {code: replace(well, values={**USUAL, code: value}) for code, value in ILL.items()}
    changed["on_oxygen"] = replace(well, on_oxygen=True)
    changed["consciousness"] = replace(well, consciousness=Consciousness.CONFUSED)
    steps: dict[str, list[np.ndarray]] = {name: [] for name in changed}
    texts: dict[str, list[tuple[str, str]]] = {name: [] for name in changed}
    for i, film in enumerate(films):
        asked = Asked.of(film)
        plain = _ask(asked, reader, well)
        written = _written(asked, reader, well) if i < WORDED_FILMS else {}
        for name, vitals in changed.items():
            steps[name].append(_ask(asked, reader, vitals) - plain)
            if written:
                now = _written(asked, reader, vitals)
                texts[name] += [(written[style], now[style]) for style in Style]
        progress("bedside values", (i + 1) / len(films))
    each = {name: _told(name) | _effect(steps[name]) | _reworded(texts[name]) for name in changed}
    return {"n": len(films), "each": each}


def _written(asked: Asked, reader: Scored, vitals: Vitals | None) -> dict[Style, str]:
    drafts = asked.drafts(reader, asked.reading(reader, vitals), vitals)
    return {style: draft.text for style, draft in drafts.items()}


def _reworded(texts: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Count the texts, those that became others, and those that then name, deny or place a finding otherwise."""
    return {
        "texts": len(texts),
        "texts_changed": sum(before != after for before, after in texts),
        "findings_changed": sum(facts_of(before) != facts_of(after) for before, after in texts),
    }


def _told(name: str) -> dict[str, object]:
    if name in ILL:
        return {"from": USUAL[name], "to": ILL[name]}
    if name == "on_oxygen":
        return {"from": "no", "to": "yes"}
    return {"from": "alert", "to": "confused"} if name == "consciousness" else {"from": "all", "to": "none"}


def _ask(asked: Asked, reader: Scored, vitals: Vitals | None = None) -> np.ndarray:
    return asked.scores(reader, [next(iter(BENDS.values()))], vitals)[0]


def _effect(changes: list[np.ndarray]) -> dict[str, object]:
    moved = np.abs(np.array(changes, dtype=float).reshape(-1, len(HEAD)))
    given = ~np.isnan(moved).any(axis=0)
    if not len(moved) or not given.any():
        return {"mean": None, "most": None, "label": None}
    furthest = np.where(given, moved.max(axis=0), -1.0)
    return {
        "mean": float(moved[:, given].mean()),
        "most": float(furthest.max()),
        "label": HEAD[int(furthest.argmax())],
    }


def some(answers: Answers) -> list[Film]:
    """The films that are asked about again: the first that could be read."""
    return answers.films[:ASKED_FILMS]
