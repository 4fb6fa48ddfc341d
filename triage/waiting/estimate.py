"""A mean over independent trials, and how far it can be trusted."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, stdev


@dataclass(frozen=True)
class Estimate:
    """A mean over trials with its 95 % interval; the ends are None where one trial only says anything."""

    value: float
    low: float | None
    high: float | None

    @property
    def is_sure(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def estimate(values: Sequence[float]) -> Estimate:
    """A mean with Student's 95 % interval; the trials are independent."""
    n = len(values)
    mean = math.fsum(values) / n
    if n < 2:
        return Estimate(mean, None, None)
    half = student(n - 1) * stdev(values) / math.sqrt(n)
    return Estimate(mean, mean - half, mean + half)


def student(freedom: int) -> float:
    """The 97.5 % quantile of Student's t.

    Exact for one and two degrees of freedom, to 0.2 % for three and better from then on. Source: Abramowitz and Stegun 26.7.5.
    """
    if freedom == 1:
        return math.tan(0.475 * math.pi)
    if freedom == 2:
        return 0.95 * math.sqrt(2 / (1 - 0.95**2))
    z, v = NormalDist().inv_cdf(0.975), freedom
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
        + (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * v**4)
    )
