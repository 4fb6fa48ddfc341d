"""The pattern a published correlation matrix shows (Minukhin and Rudoi), as a cohort with exactly these coefficients."""

import numpy as np

PUBLISHED = np.array(
    [
        # glucose, systolic, diastolic, probability of pathology
        [1.00, -0.01, 0.02, 0.80],
        [-0.01, 1.00, 0.03, -0.54],
        [0.02, 0.03, 1.00, 0.01],
        [0.80, -0.54, 0.01, 1.00],
    ]
)
_MIDDLE, _SPREAD = np.array([7.0, 130.0, 80.0, 0.5]), np.array([1.2, 9.0, 5.0, 0.12])


def pattern(count: int, seed: int = 0) -> list[dict[str, float]]:
    """So many patients whose sample correlations are the published ones, not only on average."""
    drawn = np.random.default_rng(seed).normal(size=(count, 4))
    drawn -= drawn.mean(0)
    drawn = drawn @ np.linalg.inv(np.linalg.cholesky(drawn.T @ drawn / count)).T  # now exactly uncorrelated
    rows = drawn @ np.linalg.cholesky(PUBLISHED).T * _SPREAD + _MIDDLE
    return [
        dict(zip(("glucose", "systolic", "diastolic", "probability"), map(float, row), strict=True))
        for row in rows
    ]
