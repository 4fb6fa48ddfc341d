"""What an impression scores that no reader wrote: every figure of a reader is held against these."""

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from engine.clauses import sentences
from engine.evaluation.texts import Row, present_in

CONSTANT = "No acute cardiopulmonary abnormality."


def floors(rows: Sequence[Row], taught: Sequence[Row]) -> dict[str, list[str]]:
    """Write the impressions that need no reader.

    Args:
        taught: pairs whose impressions may be copied; none of their findings may be among the rows.

    Returns: the constant sentence; the findings copied; their sentences that name a finding, or the constant; and,
        when there are pairs to copy from, the impression of the nearest findings by TF-IDF.
    """
    asked = [findings for findings, _ in rows]
    written = {
        "constant": [CONSTANT] * len(rows),
        "copy": asked,
        "naming_sentences": [naming(findings) or CONSTANT for findings in asked],
    }
    return {**written, "nearest": nearest(asked, taught)} if taught else written


def naming(findings: str) -> str:
    """Keep the sentences that say something is there."""
    return " ".join(sentence for sentence in sentences(findings) if present_in(sentence))


def nearest(asked: Sequence[str], taught: Sequence[Row]) -> list[str]:
    """Copy the impression of the most similar findings; cosine of TF-IDF over words, of the first on a tie."""
    words = TfidfVectorizer().fit([findings for findings, _ in taught])
    known, wanted = (words.transform(texts) for texts in ([findings for findings, _ in taught], asked))
    rows = np.asarray((wanted @ known.T).todense()).argmax(axis=1)
    return [taught[row][1] for row in rows]
