"""How a measurement and a probability go together; association, not cause."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from triage.errors import TooFewPairs

FEWEST = 10
"""Below this many pairs no correlation is shown: at n = 4 an interval spans nearly everything."""


@dataclass(frozen=True)
class Correlation:
    """Pearson's r with the number of pairs and its 95 % interval."""

    r: float
    n: int
    low: float
    high: float


def pearson(x: Sequence[float | None], y: Sequence[float | None]) -> Correlation:
    """Correlate two columns over the rows where both were measured.

    Args:
        x, y: same length; None where nothing was measured.

    Returns: r with a 95 % interval by Fisher's z.
    Raises: TooFewPairs: fewer than `FEWEST` complete rows, or one column never varies.
    Source: Fisher 1921; Bonett and Wright 2000 for the interval.
    """
    pairs = [(a, b) for a, b in zip(x, y, strict=True) if a is not None and b is not None]
    n = len(pairs)
    if n < FEWEST:
        raise TooFewPairs(f"Only {n} studies have both; at least {FEWEST} are needed.")
    mean_a, mean_b = (math.fsum(p[k] for p in pairs) / n for k in (0, 1))
    saa = math.fsum((a - mean_a) ** 2 for a, _ in pairs)
    sbb = math.fsum((b - mean_b) ** 2 for _, b in pairs)
    if saa == 0.0 or sbb == 0.0:
        raise TooFewPairs(f"One of the two never varies over these {n} studies.")
    r = math.fsum((a - mean_a) * (b - mean_b) for a, b in pairs) / math.sqrt(saa * sbb)
    r = max(-1.0, min(1.0, r))
    if abs(r) == 1.0:
        return Correlation(r, n, r, r)
    z, half = math.atanh(r), NormalDist().inv_cdf(0.975) / math.sqrt(n - 3)
    return Correlation(r, n, math.tanh(z - half), math.tanh(z + half))


@dataclass(frozen=True)
class Measured:
    """One study as the correlations see it: numbers only, no name and no number of a patient."""

    values: dict[str, float]  # a parameter's code, or "age", to its value
    probabilities: dict[str, float]  # a finding's code, or "pathology", to its probability


def column(cohort: Sequence[Measured], code: str) -> list[float | None]:
    """One measurement or probability over the whole cohort, None where it is missing."""
    return [m.values.get(code, m.probabilities.get(code)) for m in cohort]
