"""How much could be known without looking at the lung, and how much of the answers that would explain."""

import warnings
from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression

from engine.evaluation.answers import Answers
from engine.evaluation.metrics import Interval, auc_gain, auc_interval, patient_folds
from engine.manifest import Film
from engine.model.config import ABNORMAL, HEAD
from triage.study import Sex

FOLDS, SEED = 5, 0
COVID = "covid19"


def person_and_view(film: Film) -> list[float]:
    """All that is known of a film before anyone looks: view, sex and age, each with "unknown" as its own case."""
    views = [float(film.view == view) for view in ("PA", "AP", "LATERAL")]
    sexes = [float(film.sex is sex) for sex in (Sex.FEMALE, Sex.MALE)]
    age = 0.0 if film.age is None else (film.age - 55.0) / 20.0
    return [*views, *sexes, age, age**2, float(film.age is None)]


def origins(films: Sequence[Film]) -> np.ndarray:
    """Which copy of which archive each film came from; [n, origins]."""
    names = [film.origin or film.source for film in films]
    return (np.array(names)[:, None] == np.unique(names)[None, :]).astype(float)


def cross_fitted(features: np.ndarray, truth: np.ndarray, patients: Sequence[str]) -> np.ndarray:
    """Answer each film by a logistic regression that saw other patients only.

    Args:
        features: [n, k]; truth [n], NaN where unknown: such films are answered, and teach nothing.

    Returns: [n] probabilities; NaN where the other folds hold one class only.
    """
    fold, found = patient_folds(patients, FOLDS, SEED), np.full(len(truth), np.nan)
    for one in range(FOLDS):
        taught, asked = (fold != one) & ~np.isnan(truth), fold == one
        if asked.any() and len(np.unique(truth[taught])) == 2:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a fold that has not quite converged is still a floor
                model = LogisticRegression(max_iter=500).fit(features[taught], truth[taught])
            found[asked] = model.predict_proba(features[asked])[:, 1]
    return found


def floors(everything: Sequence[Film], answers: Answers) -> dict[str, dict[str, object]]:
    """Per label with positives: AUC without pixels, beside the model's, plain and within view and within origin.

    Args:
        everything: all films of the table, measured or not; they teach the floors, each film by other patients.

    Returns: label -> {n, positives, "view_sex_age", "origin", "model", "above", "model_within_view", "above_within_view",
        "model_within_origin", "above_within_origin"}; above is the model's AUC less that of view, sex and age over the
        same pairs of films, those of one fold: across folds a floor ranks worse than it knows. Each with value and 95 %
        interval by patient.
    """
    place = {id(film): i for i, film in enumerate(everything)}
    rows = [place[id(film)] for film in answers.films]
    people = [film.patient for film in everything]
    truth = np.stack([film.said() for film in everything]).astype(float)
    known = {
        "view_sex_age": np.array([person_and_view(film) for film in everything]),
        "origin": origins(everything),
    }
    views = np.array([film.view for film in answers.films], dtype=str)
    copies = np.array([film.origin or film.source for film in answers.films], dtype=str)
    fold = patient_folds(people, FOLDS, SEED)[rows].astype(str)
    found: dict[str, dict[str, object]] = {}
    for i, name in enumerate(HEAD):
        said, scores = answers.said[:, i], answers.doubtful[:, i]
        if not 0 < np.nansum(said) < (~np.isnan(said)).sum():
            continue
        without = {key: cross_fitted(x, truth[:, i], people)[rows] for key, x in known.items()}
        found[name] = {
            "n": int((~np.isnan(said)).sum()),
            "positives": int(np.nansum(said)),
            **{key: _area(said, p, answers.patients) for key, p in without.items()},
            "model": _area(said, scores, answers.patients),
            "above": _above(said, scores, without["view_sex_age"], answers.patients, fold),
            "model_within_view": _area(said, scores, answers.patients, views),
            "above_within_view": _above(
                said, scores, without["view_sex_age"], answers.patients, np.char.add(views, fold)
            ),
            "model_within_origin": _area(said, scores, answers.patients, copies),
            "above_within_origin": _above(
                said, scores, without["view_sex_age"], answers.patients, np.char.add(copies, fold)
            ),
        }
    return found


def _area(
    truth: np.ndarray, scores: np.ndarray, patients: Sequence[str], strata: np.ndarray | None = None
) -> dict[str, float | None]:
    known = np.flatnonzero(~np.isnan(truth) & ~np.isnan(scores))
    if not 0 < truth[known].sum() < len(known):
        return {"value": None, "low": None, "high": None}
    inside = None if strata is None else strata[known]
    people = [patients[i] for i in known]
    return _plain(auc_interval(truth[known], scores[known], people, strata=inside))


def _above(
    truth: np.ndarray,
    scores: np.ndarray,
    without: np.ndarray,
    patients: Sequence[str],
    strata: np.ndarray,
) -> dict[str, float | None]:
    """AUC of one over AUC of the other on the same films, drawn together."""
    known = np.flatnonzero(~np.isnan(truth) & ~np.isnan(scores) & ~np.isnan(without))
    people = [patients[i] for i in known]
    if not 0 < truth[known].sum() < len(known):
        return _plain(Interval())
    return _plain(auc_gain(truth[known], scores[known], without[known], people, strata=strata[known]))


def _plain(found: Interval) -> dict[str, float | None]:
    return {"value": found.value, "low": found.low, "high": found.high}


def source_shortcut(answers: Answers) -> dict[str, object] | None:
    """How well the answers alone tell the hospitals of the COVID films from the others.

    COVID films come from other hospitals than the rest, so whatever tells the hospital apart looks like skill. The
    fifteen answers stand for what the model saw; a probe of all its features could tell more, so this is a floor.

    Returns: n, how many come from sources with COVID films, and AUC for the source from the fifteen answers (logistic
        regression, cross-fitted by patient) and from "abnormal" alone; None when all films share one source.
    """
    sources = np.array([film.source for film in answers.films], dtype=str)
    with_covid = {film.source for film in answers.films if COVID in film.labels}
    elsewhere = np.isin(sources, sorted(with_covid)).astype(float)
    given = ~np.isnan(answers.doubtful).all(axis=0)
    if not 0 < elsewhere.sum() < len(elsewhere) or not given.any():
        return None
    p = answers.doubtful[:, given].clip(1e-6, 1 - 1e-6)
    answered = np.nan_to_num(np.log(p / (1 - p)))
    told = cross_fitted(answered, elsewhere, answers.patients)
    abnormal = answers.doubtful[:, HEAD.index(ABNORMAL)]
    return {
        "n": len(elsewhere),
        "sources_with_covid": sorted(with_covid),
        "positives": int(elsewhere.sum()),
        "fifteen_answers": _area(elsewhere, told, answers.patients),
        "abnormal_alone": _area(elsewhere, abnormal, answers.patients),
    }
