"""How a measurement and a probability go together: association, not cause; formulas on sums, so that a million studies stay in the database."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import NormalDist

from triage.errors import TooFewPairs
from triage.finding import LABELS
from triage.study import Sex
from triage.vitals import PARAMETERS

FEWEST = 10
"""Below this many pairs no correlation is shown: at n = 4 an interval spans nearly everything, and a few people show."""
AGE, PATHOLOGY = "age", "pathology"
PARAMETER_CODES = (AGE, *PARAMETERS)
"""What may stand on the one side of a correlation, age in whole years first."""
OUTCOME_CODES = (PATHOLOGY, *LABELS)
"""What may stand on the other: the probability of any pathology, then of each finding."""
_Z = NormalDist().inv_cdf(0.975)
_NOTHING_LEFT = 1e-9
"""The share of a sum of squares below which a column counts as told entirely by the others."""


# ── which studies ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Cohort:
    """Which studies are looked at; what is None or empty excludes nobody.

    Only studies whose reading may be shown ever count. `permitted` asks for more: that the patient's permission to
    AI reading stands today, so that a reading whose permission has since run out by its date is left out as well.
    """

    since: date | None = None  # day of the study in UTC, included
    until: date | None = None  # included
    sexes: tuple[Sex, ...] = ()
    youngest: int | None = None  # years, included
    oldest: int | None = None
    sites: tuple[str, ...] = ()  # who issued the patient's number
    permitted: bool = True


@dataclass(frozen=True)
class Measured:
    """One study as the correlations see it: numbers only, no name and no number of a patient.

    `person` tells only which studies of one sample belong to the same patient.
    """

    values: Mapping[str, float]  # a parameter's code, or "age", to its value
    probabilities: Mapping[str, float]  # a finding's code, or "pathology", to its probability
    person: int = 0


def column(cohort: Sequence[Measured], code: str) -> list[float | None]:
    """One measurement or probability over the whole cohort, None where it is missing."""
    return [m.values.get(code, m.probabilities.get(code)) for m in cohort]


# ── sums ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Moments:
    """What is left of n pairs: their means, and the sums of squares and products around them."""

    n: int = 0
    mean_x: float = 0.0
    mean_y: float = 0.0
    sxx: float = 0.0
    syy: float = 0.0
    sxy: float = 0.0

    def __add__(self, other: "Moments") -> "Moments":
        """The same sums over both sets of pairs. Source: Chan, Golub and LeVeque 1983."""
        if not self.n or not other.n:
            return self if self.n else other
        n = self.n + other.n
        dx, dy, weight = other.mean_x - self.mean_x, other.mean_y - self.mean_y, self.n * other.n / n
        return Moments(
            n,
            self.mean_x + dx * other.n / n,
            self.mean_y + dy * other.n / n,
            self.sxx + other.sxx + dx * dx * weight,
            self.syy + other.syy + dy * dy * weight,
            self.sxy + other.sxy + dx * dy * weight,
        )


def moments(x: Sequence[float | None], y: Sequence[float | None]) -> Moments:
    """The sums over the rows where both were measured; [n] each, None where nothing was."""
    pairs = [(a, b) for a, b in zip(x, y, strict=True) if a is not None and b is not None]
    if not pairs:
        return Moments()
    mean_a, mean_b = (math.fsum(p[k] for p in pairs) / len(pairs) for k in (0, 1))
    return Moments(
        len(pairs),
        mean_a,
        mean_b,
        math.fsum((a - mean_a) ** 2 for a, _ in pairs),
        math.fsum((b - mean_b) ** 2 for _, b in pairs),
        math.fsum((a - mean_a) * (b - mean_b) for a, b in pairs),
    )


@dataclass(frozen=True)
class Stratum:
    """The sums over the pairs of patients of one sex and one age in whole years."""

    age: float | None
    sex: Sex
    moments: Moments


@dataclass(frozen=True)
class Pair:
    """Everything the database says about one measurement and one probability.

    `ranks` are the sums over ranks: of each study's value among all studies of the cohort in which it was measured,
    equal values sharing the mean of their ranks.
    """

    x: str
    y: str
    strata: tuple[Stratum, ...]
    ranks: Moments

    @property
    def moments(self) -> Moments:
        """The sums over all strata."""
        return sum((s.moments for s in self.strata), Moments())


@dataclass(frozen=True)
class Counted:
    """A cohort as sums: how many studies, how many have each column, and every pair of which enough have both."""

    studies: int
    having: Mapping[str, int] = field(default_factory=dict)
    pairs: Mapping[tuple[str, str], Pair] = field(default_factory=dict)


# ── coefficients ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Correlation:
    """A coefficient with the number of pairs and its 95 % interval."""

    r: float
    n: int
    low: float
    high: float


def pearson(sums: Moments) -> Correlation:
    """Pearson's r with a 95 % interval by Fisher's z.

    Raises: TooFewPairs: fewer than `FEWEST` pairs, or one of the two never varies.
    Source: Fisher 1921.
    """
    r = _coefficient(sums)
    return _with_interval(r, sums.n, 1 / math.sqrt(sums.n - 3))


def spearman(ranks: Moments) -> Correlation:
    """Spearman's rho, from sums over ranks, with a 95 % interval.

    Raises: TooFewPairs: as `pearson`.
    Source: Bonett and Wright 2000 for the width of the interval.
    """
    rho = _coefficient(ranks)
    return _with_interval(rho, ranks.n, math.sqrt((1 + rho * rho / 2) / (ranks.n - 3)))


def partial(strata: Sequence[Stratum], *, age: bool = True) -> Correlation:
    """What is left of r when neither age nor sex can explain it: both are taken out of each side, linearly.

    Exact although no study is seen: within a stratum age and sex are constant, so their products with the others
    follow from its means. Patients whose age or sex is not on file are left out.

    Args:
        strata: the pairs by age and sex.
        age: False when age itself is one of the two; then sex alone is taken out.

    Returns: the partial r with a 95 % interval (Fisher's z, a degree of freedom less per control that varies).
    Raises: TooFewPairs: fewer than `FEWEST` such pairs, or nothing of one side is left.
    Source: Fisher 1924 for the degrees of freedom.
    """
    known = [s for s in strata if s.sex in {Sex.FEMALE, Sex.MALE} and (s.age is not None or not age)]
    n = sum(s.moments.n for s in known)
    if n < FEWEST:
        raise TooFewPairs(_TOO_FEW)
    products = _products(known, n, age=age)
    was, controls = (products[0][0], products[1][1]), 0
    for control in range(2, len(products)):
        controls += _take_out(products, control)
    if any(products[k][k] <= _NOTHING_LEFT * was[k] for k in (0, 1)):
        raise TooFewPairs("Age and sex leave nothing of one of the two to compare.")
    r = _bounded(products[0][1] / math.sqrt(products[0][0] * products[1][1]))
    return _with_interval(r, n, 1 / math.sqrt(n - 3 - controls))


def _products(strata: Sequence[Stratum], n: int, *, age: bool) -> list[list[float]]:
    """Sums of products around the means of x, y, sex and, when wanted, age; [3 or 4][3 or 4]."""
    rows = [
        (s.moments.n, (s.moments.mean_x, s.moments.mean_y, float(s.sex is Sex.FEMALE), s.age or 0.0))
        for s in strata
    ]
    size = 4 if age else 3
    means = [math.fsum(k * row[i] for k, row in rows) / n for i in range(size)]
    found = [
        [math.fsum(k * (row[i] - means[i]) * (row[j] - means[j]) for k, row in rows) for j in range(size)]
        for i in range(size)
    ]
    found[0][0] += math.fsum(s.moments.sxx for s in strata)
    found[1][1] += math.fsum(s.moments.syy for s in strata)
    found[0][1] += math.fsum(s.moments.sxy for s in strata)
    found[1][0] = found[0][1]
    return found


def _take_out(products: list[list[float]], control: int) -> int:
    """Leave of every column what the control does not tell; 0 when the control has nothing of its own to tell."""
    own = products[control][control]
    if own <= _NOTHING_LEFT:
        return 0
    told = list(products[control])
    for i, row in enumerate(products):
        share = told[i] / own
        for j in range(len(row)):
            row[j] -= share * told[j]
    return 1


_TOO_FEW = f"Fewer than {FEWEST} studies have both; below that an interval spans nearly everything."


def _coefficient(sums: Moments) -> float:
    if sums.n < FEWEST:
        raise TooFewPairs(_TOO_FEW)
    smallest = [_NOTHING_LEFT**2 * sums.n * mean * mean for mean in (sums.mean_x, sums.mean_y)]
    if sums.sxx <= smallest[0] or sums.syy <= smallest[1]:
        raise TooFewPairs("One of the two never varies over these studies.")
    return _bounded(sums.sxy / math.sqrt(sums.sxx * sums.syy))


def _bounded(r: float) -> float:
    return max(-1.0, min(1.0, r))


def _with_interval(r: float, n: int, spread: float) -> Correlation:
    if 1 - abs(r) < 1e-12:
        return Correlation(r, n, r, r)
    z = math.atanh(r)
    return Correlation(r, n, math.tanh(z - _Z * spread), math.tanh(z + _Z * spread))


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct for asking many questions at once: the chance of even one false alarm among them stays below the level.

    Holm, not Benjamini-Hochberg: a reader acts on single cells, and Holm holds however the tests hang together.

    Args:
        p_values: of all tests that were made, shown or not.

    Returns: the corrected ones, in the same order.
    Source: Holm 1979.
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    corrected, highest = [0.0] * len(p_values), 0.0
    for place, i in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - place) * p_values[i]))
        corrected[i] = highest
    return corrected
