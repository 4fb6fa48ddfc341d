"""How well an impression says what a person concluded from the same findings."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu import corpus_bleu, corpus_chrf

from engine.errors import BadTable
from engine.evaluation.metrics import interval
from engine.reader import FilmReader
from engine.statements import stated
from triage.reading import Style, Writer

Progress = Callable[[str, float], None]
_ROUGE = ("rouge1", "rouge2", "rougeL")
_COLUMNS = ("row", "style", "text")


def evaluate(
    pairs: Path, reader: FilmReader, predictions: Path | None, progress: Progress
) -> dict[str, object]:
    """Write an impression of every row's findings in the three styles and hold it against the reference.

    Args:
        pairs: CSV with columns findings and impression.
        predictions: where to write (row, style, text), rows counted from 0, or None.

    Returns: per style n, ROUGE-1, -2 and -L (F1, with a 95 % interval by row for the last), BLEU, chrF, fact
        agreement, and how many texts the composer had to write. All scores are out of 100.
    Raises: BadTable: the table cannot be read.
    """
    rows = read_pairs(pairs)
    written: dict[Style, list[str]] = {style: [] for style in Style}
    composer = dict.fromkeys(Style, 0)
    for i, (findings, _) in enumerate(rows):
        for style in Style:
            draft = reader.impression(findings, style)
            written[style].append(draft.text)
            composer[style] += draft.writer is Writer.COMPOSER
        progress("impressions", (i + 1) / len(rows))
    if predictions is not None:
        _write(predictions, written)
    references = [impression for _, impression in rows]
    scores = {s.value: {**compare(written[s], references), "composer_wrote": composer[s]} for s in Style}
    model = {"id": reader.identity.id, "sha256": reader.identity.sha256, "bits": reader.identity.bits}
    return {"rows": len(rows), "model": model, "styles": scores}


def read_pairs(path: Path) -> list[tuple[str, str]]:
    """Read findings and impressions; rows that lack one of them are left out.

    Raises: BadTable: it cannot be opened, or has no such columns or rows.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as table:
            rows = [(r.get("findings") or "", r.get("impression") or "") for r in csv.DictReader(table)]
    except (OSError, UnicodeDecodeError, csv.Error) as wrong:
        raise BadTable(f"{path.name} cannot be read as a CSV table in UTF-8; check the path.") from wrong
    kept = [
        (findings, impression) for findings, impression in rows if findings.strip() and impression.strip()
    ]
    if not kept:
        raise BadTable(f"{path.name} needs the columns findings and impression, and at least one full row.")
    return kept


def compare(texts: Sequence[str], references: Sequence[str]) -> dict[str, object]:
    """Score texts against references, all out of 100."""
    scorer = RougeScorer(_ROUGE, use_stemmer=True)
    each = [scorer.score(reference, text) for text, reference in zip(texts, references, strict=True)]
    longest = np.array([score["rougeL"].fmeasure for score in each])
    rows = [str(i) for i in range(len(texts))]
    bounds = interval(lambda drawn: float(longest[drawn].mean()), len(texts), rows)
    return {
        "n": len(texts),
        **{name: 100 * float(np.mean([score[name].fmeasure for score in each])) for name in _ROUGE},
        "rougeL_low": None if bounds.low is None else 100 * bounds.low,
        "rougeL_high": None if bounds.high is None else 100 * bounds.high,
        "bleu": float(corpus_bleu(list(texts), [list(references)]).score),
        "chrf": float(corpus_chrf(list(texts), [list(references)]).score),
        "fact_agreement": fact_agreement(texts, references),
    }


def fact_agreement(texts: Sequence[str], references: Sequence[str]) -> float | None:
    """F1 over (finding, there or not, side) of all rows together; None when neither side names a finding."""
    shared = said = wanted = 0
    for text, reference in zip(texts, references, strict=True):
        ours, theirs = facts_of(text), facts_of(reference)
        shared, said, wanted = shared + len(ours & theirs), said + len(ours), wanted + len(theirs)
    return 200.0 * shared / (said + wanted) if said + wanted else None


def facts_of(text: str) -> set[tuple[str, bool, str | None]]:
    """Hear what a text says: which finding, there or not, on which side."""
    return {(s.code, s.present, s.laterality.value if s.laterality else None) for s in stated(text)}


def _write(path: Path, written: dict[Style, list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(_COLUMNS)
        for style, texts in written.items():
            table.writerows((row, style.value, text) for row, text in enumerate(texts))
