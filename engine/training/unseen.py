"""What towers say of patients they never saw: with simulated films and without, and against radiologists' own reads."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch

from engine.evaluation.goals import airspace, radiologist_reads
from engine.evaluation.markdown import spread, table
from engine.evaluation.metrics import Interval, auc_interval, interval, mean_auc
from engine.model.config import ABNORMAL, HEAD, RadVlmConfig
from engine.model.convert import language_model, reader_config
from engine.training.cross_fit import opinions_of
from engine.training.features import finding_logits, judged_features
from engine.training.train import Cohort, Progress, TrainSettings, cohort, folds, phantom_films, teach_tower

ENOUGH, ENOUGH_FOR_MEAN = 10, 20
TRAIN, VAL = "train films, each by a tower that never saw its patient", "val films, by the last tower"


@dataclass(frozen=True)
class Unseen:
    """Logits of films whose patients taught nothing of what answers them: of the train films and of val, each [n, 15]."""

    train: np.ndarray
    val: np.ndarray


def evaluate(settings: TrainSettings, progress: Progress) -> dict[str, Any]:
    """Teach all towers twice, without simulated films and with them; what an earlier run left in `work` is gone on from.

    Returns: "gain": where -> rows of label, n, positives, and the AUC without, with, and the difference, drawn together;
        "reads": the cross-fitted towers, and the labels that taught them, against what radiologists called the same
        train films. Intervals are 95 %, by patient.
    Raises: BadTable: no films to learn from. NotShippable: a film may not leave the house.
    """
    torch.set_num_threads(settings.threads)
    real, judged = (cohort(films, progress) for films in folds(settings))
    return compare(settings, reader_config(language_model(torch.bfloat16)[0]), real, judged, progress)


def compare(
    settings: TrainSettings, config: RadVlmConfig, real: Cohort, judged: Cohort, progress: Progress
) -> dict[str, Any]:
    """Do what `evaluate` says with films that are already decoded."""
    without = _taught(replace(settings, simulated=0), config, real, judged, progress)
    with_them = _taught(settings, config, real, judged, progress)
    return {
        "simulated": settings.simulated,
        "gain": {
            TRAIN: _gains(real, without.train, with_them.train),
            VAL: _gains(judged, without.val, with_them.val),
        },
        "reads": _reads(real, with_them.train),
    }


def _taught(
    settings: TrainSettings, config: RadVlmConfig, real: Cohort, judged: Cohort, progress: Progress
) -> Unseen:
    scores, net, _, _ = teach_tower(settings, config, real, phantom_films(settings, progress), progress)
    last = finding_logits(net, judged_features(net, judged.squares), judged.clinical)
    return Unseen(scores, last.numpy())


def _gains(films: Cohort, without: np.ndarray, with_them: np.ndarray) -> list[dict[str, Any]]:
    """Compare label by label, and in the mean over those with enough films."""
    truth, people = films.truth, films.patients
    counts = np.nansum(truth, axis=0).astype(int)
    asked = [i for i in range(len(HEAD)) if counts[i] >= ENOUGH]
    many = [i for i in asked if counts[i] >= ENOUGH_FOR_MEAN]
    rows = [_gain(HEAD[i], [i], truth, without, with_them, people) for i in asked]
    return [*rows, _gain(f"mean over those with {ENOUGH_FOR_MEAN}", many, truth, without, with_them, people)]


def _gain(
    name: str,
    labels: list[int],
    truth: np.ndarray,
    without: np.ndarray,
    with_them: np.ndarray,
    patients: list[str],
) -> dict[str, Any]:
    def before(drawn: np.ndarray) -> float | None:
        return mean_auc(truth[drawn], without[drawn], labels)

    def after(drawn: np.ndarray) -> float | None:
        return mean_auc(truth[drawn], with_them[drawn], labels)

    def gained(drawn: np.ndarray) -> float | None:
        old, new = before(drawn), after(drawn)
        return None if old is None or new is None else new - old

    measures = {"without": before, "with": after, "gain": gained}
    found = {key: asdict(interval(one, len(truth), patients)) for key, one in measures.items()}
    return {"label": name, "n": len(truth), "positives": int(np.nansum(truth[:, labels])), **found}


def _reads(films: Cohort, scores: np.ndarray) -> list[dict[str, Any]]:
    """Hold towers and text labels against the radiologists who read the same films anew."""
    read, abnormal, opacity = radiologist_reads(films.films)
    said = opinions_of(scores, films.truth).numpy()
    last = HEAD.index(ABNORMAL)
    asked = {
        "abnormal against normal": (abnormal, scores[:, last], films.truth[:, last]),
        "lung opacity against the rest": (opacity, airspace(said), airspace(films.truth)),
    }
    people = [one for one, kept in zip(films.patients, read, strict=True) if kept]
    return [
        {
            "question": question,
            "n": int(read.sum()),
            "positives": int(truth[read].sum()),
            "tower": asdict(_area(truth[read], tower[read], people)),
            "label": asdict(_area(truth[read], label[read], people)),
        }
        for question, (truth, tower, label) in asked.items()
    ]


def _area(truth: np.ndarray, scores: np.ndarray, patients: list[str]) -> Interval:
    known = np.flatnonzero(~np.isnan(scores))
    return auc_interval(truth[known], scores[known], [patients[i] for i in known])


def section(found: Mapping[str, Any], command: str) -> list[str]:
    """The section of docs/evaluation.md, with the command that made it."""
    lines = [
        "## Patients the towers never saw",
        "",
        f"Made by `{command}`, which also wrote this section. Intervals are 95 %, bootstrap by patient, 1,000 draws. They",
        "speak of the films that were drawn, not of another seed of the training.",
        "",
        "### What simulated films give",
        "",
        f"The same towers, seeds and real films, taught without and with {found['simulated']} simulated films (lesions put into one",
        "CT before projection), asked about *real* films only. AUC.",
        "",
    ]
    for where, rows in found["gain"].items():
        lines += [f"{where[0].upper()}{where[1:]}:", ""]
        cells = [
            (r["label"], r["n"], r["positives"], *(spread(r[key]) for key in ("without", "with", "gain")))
            for r in rows
        ]
        lines += table(("finding", "films", "with it", "without", "with simulated", "difference"), cells)
    lines += [
        "### What the labels are worth",
        "",
        "Train films that radiologists read anew. Their reads taught nothing; the labels mined from reports did. AUC of those",
        "labels and of towers that never saw the patient, both against the same reads:",
        "",
    ]
    reads = [
        (r["question"], r["n"], r["positives"], spread(r["label"]), spread(r["tower"]))
        for r in found["reads"]
    ]
    return [*lines, *table(("question", "films", "with it", "the mined label", "the tower"), reads)]
