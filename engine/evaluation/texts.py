"""How near texts come to what a person wrote: words, facts, critical findings, variety; each with its interval."""

import json
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU, CHRF

from engine.evaluation.metrics import DRAWS
from engine.facts import from_text
from engine.statements import stated
from engine.vocabulary import CRITICAL

ROUGE = ("rouge1", "rouge2", "rougeL")
Row = tuple[str, str]
"""The findings, and the impression a person drew from them."""
Heard = tuple[str, bool, str | None]
"""A finding, there or not, and on which side."""
Share = tuple[np.ndarray, np.ndarray]
"""Per row what is counted and out of how much; a figure is the sum of one over the sum of the other."""


def compare(texts: Sequence[str], rows: Sequence[Row]) -> dict[str, object]:
    """Score texts against what a person wrote from the same findings, all out of 100.

    Bounds are 95 % percentile bootstrap by findings text, so that a repeated text counts as one; those of BLEU and
    chrF are sacrebleu's own, by row.

    Returns: n, ROUGE-1, -2, -L (F1, stemmed), BLEU, chrF; fact_agreement (F1), fact_precision and fact_recall of
        (finding, there or not, side) against the reference; critical_recall: of the critical findings in the
        findings, how many the text names; how many texts differ. None where there is nothing to count.
    """
    shares = {**_words(texts, rows), **_facts(texts, rows)}
    weights = _draws([findings for findings, _ in rows])
    found: dict[str, object] = {"n": len(rows), **{name: _value(share) for name, share in shares.items()}}
    intervals = {name: _bounds(share, weights) for name, share in shares.items()}
    for name, metric in (("bleu", BLEU()), ("chrf", CHRF())):
        found[name], intervals[name] = _corpus(metric, texts, [reference for _, reference in rows])
    low, high = intervals["rougeL"] or (None, None)
    critical = int(shares["critical_recall"][1].sum())
    return {
        **found,
        "critical_n": critical,
        "rougeL_low": low,
        "rougeL_high": high,
        "intervals": intervals,
        "diversity": diversity(texts),
    }


def _words(texts: Sequence[str], rows: Sequence[Row]) -> dict[str, Share]:
    scorer = RougeScorer(ROUGE, use_stemmer=True)
    each = [scorer.score(reference, text) for text, (_, reference) in zip(texts, rows, strict=True)]
    ones = np.ones(len(each))
    return {name: (np.array([score[name].fmeasure for score in each]), ones) for name in ROUGE}


def _facts(texts: Sequence[str], rows: Sequence[Row]) -> dict[str, Share]:
    shared, said, wanted, kept, critical = (np.zeros(len(texts)) for _ in range(5))
    for i, (text, (findings, reference)) in enumerate(zip(texts, rows, strict=True)):
        ours, theirs = facts_of(text), facts_of(reference)
        shared[i], said[i], wanted[i] = len(ours & theirs), len(ours), len(theirs)
        must = critical_in(findings)
        kept[i], critical[i] = len(must & present_in(text)), len(must)
    return {
        "fact_agreement": (2 * shared, said + wanted),
        "fact_precision": (shared, said),
        "fact_recall": (shared, wanted),
        "critical_recall": (kept, critical),
    }


def facts_of(text: str) -> set[Heard]:
    """Hear what a text says: which finding, there or not, on which side."""
    return {(s.code, s.present, s.laterality.value if s.laterality else None) for s in stated(text)}


def present_in(text: str) -> set[str]:
    """Hear which findings a text says are there, however doubtfully."""
    return {s.code for s in stated(text) if s.present}


def critical_in(findings: str) -> set[str]:
    """Pick the critical findings that a person's text says are there: these may never go missing."""
    return {fact.code for fact in from_text(findings).present} & CRITICAL


def diversity(texts: Sequence[str]) -> dict[str, float | None]:
    """Share of different texts, and of different words and pairs of words among all written, in per cent.

    A reader that says the same of everybody scores near 0. Source: distinct-n, Li et al. 2016.
    """
    split = [text.lower().split() for text in texts]
    words = Counter(word for line in split for word in line)
    two = Counter(pair for line in split for pair in pairwise(line))
    return {
        "distinct_texts": 100.0 * len(set(texts)) / len(texts) if texts else None,
        **{f"distinct_{i}": _distinct(counted) for i, counted in ((1, words), (2, two))},
    }


def _distinct(counted: Counter) -> float | None:
    return 100.0 * len(counted) / counted.total() if counted else None


def difference(ours: Sequence[float], theirs: Sequence[float], units: Sequence[str]) -> dict[str, object]:
    """Mean of ours minus theirs, row by row, in points out of 100, with its 95 % interval by unit."""
    share = (np.asarray(ours) - np.asarray(theirs), np.ones(len(ours)))
    low, high = _bounds(share, _draws(units)) or (None, None)
    return {"n": len(ours), "points": _value(share), "low": low, "high": high}


def rouge_l(texts: Sequence[str], rows: Sequence[Row]) -> list[float]:
    """ROUGE-L of each text, 0 to 1."""
    return _words(texts, rows)["rougeL"][0].tolist()


def counted(flags: Sequence[bool], units: Sequence[str]) -> dict[str, object]:
    """How many, out of how many, and the share in per cent with its 95 % interval by unit."""
    share = (np.asarray(flags, dtype=float), np.ones(len(flags)))
    low, high = (_bounds(share, _draws(units)) if flags else None) or (None, None)
    return {"n": len(flags), "count": int(sum(flags)), "share": _value(share), "low": low, "high": high}


def _draws(units: Sequence[str], seed: int = 0) -> np.ndarray:
    """How often each row comes in each draw; rows of one unit come together. [DRAWS, n]."""
    owner = np.unique(np.asarray(units), return_inverse=True)[1]
    many = int(owner.max()) + 1 if len(owner) else 0
    chance = np.random.default_rng(seed)
    times = chance.multinomial(many, np.full(many, 1 / many), DRAWS) if many else np.zeros((DRAWS, 0))
    return times[:, owner]


def _value(share: Share) -> float | None:
    counted, possible = share
    return float(100 * counted.sum() / possible.sum()) if possible.sum() else None


def _bounds(share: Share, weights: np.ndarray) -> tuple[float, float] | None:
    """Find the 95 % bounds; None when fewer than half of the draws hold anything to count."""
    counted, possible = share
    held = weights @ possible
    if np.count_nonzero(held) < DRAWS / 2:
        return None
    drawn = (weights @ counted)[held > 0] / held[held > 0]
    low, high = np.percentile(100 * drawn, (2.5, 97.5))
    return float(low), float(high)


def _corpus(
    metric: BLEU | CHRF, texts: Sequence[str], references: Sequence[str]
) -> tuple[float, tuple[float, float]]:
    score = metric.corpus_score(list(texts), [list(references)], n_bootstrap=DRAWS)
    told = json.loads(score.format(width=4, signature="bounds:95", is_json=True))
    middle, half = told.get("confidence_mean", score.score), told.get("confidence_var", 0.0)
    return float(score.score), (middle - half, middle + half)
