"""Two kinds of work at several readers, one interrupting the other: the Markov chain solved, no approximation.

With several readers and reading times of two lengths there is no formula. The chain is: i interrupting cases, j others;
i goes its own way and switches how many readers are left for j. It is a quasi-birth-death process with level j and phase
i; i is cut where fewer than one moment in 10⁹ lies beyond. Solved by logarithmic reduction.
Source: Latouche and Ramaswami, J. Appl. Probab. 30 (1993) 650; Neuts 1981.
"""

import math
from operator import mul

from triage.errors import BadSetting

Matrix = list[list[float]]

TAIL = 1e-9
MOST_PHASES = 110
"""More would take minutes in plain Python; it is reached when interrupting cases alone fill four fifths of the time."""
SMALL = 1e-13


def erlang_c(readers: int, load: float) -> float:
    """The chance that a study has to wait: all readers are busy.

    Args:
        readers: c.
        load: λ/μ, below c.

    Source: Erlang 1917; by the recursion of Erlang B, which cannot overflow.
    """
    lost = 1.0
    for n in range(1, readers + 1):
        lost = load * lost / (n + load * lost)
    busy = load / readers
    return lost / (1 - busy * (1 - lost))


def waiting(readers: int, rate: float, minutes: float) -> float:
    """Mean wait in minutes of an M/M/c line."""
    load = rate * minutes
    return erlang_c(readers, load) * minutes / (readers - load)


def others_present(readers: int, high: float, high_minutes: float, low: float, low_minutes: float) -> float:
    """How many of the cases that are interrupted are there on average, those being read included.

    Args:
        readers: c.
        high, low: arrivals a minute of those that interrupt, and of the others.
        high_minutes, low_minutes: mean reading times, exponential.

    Raises: BadSetting: the interrupting cases alone fill so much of the time that the chain is too long.
    """
    phases = _phases(readers, high * high_minutes)
    up = [[low if i == k else 0.0 for k in range(phases)] for i in range(phases)]
    rates = (high, 1 / high_minutes, low, 1 / low_minutes)
    steady = _local(readers, phases, readers, rates)
    down = _served(readers, phases, readers, rates[3])
    to_lower = _first_passage(steady, up, down)
    rate_matrix = [
        [low * v for v in row]
        for row in inverse(_negative(_sum(steady, [[low * v for v in row] for row in to_lower])))
    ]
    return _mean_level(readers, phases, rates, rate_matrix)


def _phases(readers: int, load: float) -> int:
    busy = load / readers
    beyond = math.ceil(math.log(TAIL) / math.log(busy)) if busy > 0 else 0
    if beyond + readers > MOST_PHASES:
        raise BadSetting("Interrupting cases alone fill too much of the readers' time for the theory.")
    return readers + max(2, beyond) + 1


def _served(readers: int, phases: int, level: int, rate: float) -> Matrix:
    """From level to level − 1: as many are read as readers are left."""
    left = [rate * min(level, max(readers - i, 0)) for i in range(phases)]
    return [[left[i] if i == k else 0.0 for k in range(phases)] for i in range(phases)]


def _local(readers: int, phases: int, level: int, rates: tuple[float, float, float, float]) -> Matrix:
    """Moves of i alone, with everything that leaves a state on the diagonal."""
    high, high_rate, low, low_rate = rates
    made = [[0.0] * phases for _ in range(phases)]
    for i in range(phases):
        born = high if i + 1 < phases else 0.0
        died = high_rate * min(i, readers)
        if born:
            made[i][i + 1] = born
        if i:
            made[i][i - 1] = died
        made[i][i] = -(born + died + low + low_rate * min(level, max(readers - i, 0)))
    return made


def _first_passage(steady: Matrix, up: Matrix, down: Matrix) -> Matrix:
    """G: in which phase the level below is first met."""
    leave = inverse(_negative(steady))
    rise, fall = product(leave, up), product(leave, down)
    found, way = [row[:] for row in fall], [row[:] for row in rise]
    while max(max(row) for row in way) > SMALL:
        stay = _sum(product(rise, fall), product(fall, rise))
        out = inverse([[(i == k) - v for k, v in enumerate(row)] for i, row in enumerate(stay)])
        rise, fall = product(out, product(rise, rise)), product(out, product(fall, fall))
        found = _sum(found, product(way, fall))
        way = product(way, rise)
    return found


def _mean_level(
    readers: int, phases: int, rates: tuple[float, float, float, float], rate_matrix: Matrix
) -> float:
    """The mean of j from the levels below c, and the geometric rest."""
    folded = rate_matrix
    steps: list[Matrix] = []
    for level in range(readers - 1, 0, -1):
        closed = _sum(
            _local(readers, phases, level, rates),
            product(folded, _served(readers, phases, level + 1, rates[3])),
        )
        folded = [[rates[2] * v for v in row] for row in inverse(_negative(closed))]
        steps.append(folded)
    closed = _sum(_local(readers, phases, 0, rates), product(folded, _served(readers, phases, 1, rates[3])))
    row = _left_null(closed)
    levels = [row]
    for step in reversed(steps):
        row = _times(row, step)
        levels.append(row)
    gone = inverse([[(i == k) - v for k, v in enumerate(r)] for i, r in enumerate(rate_matrix)])
    all_above = _times(levels[-1], gone)  # π_{c−1} (I − R)⁻¹
    twice = _times(_times(all_above, rate_matrix), gone)
    last = readers - 1
    total = math.fsum(sum(r) for r in levels[:-1]) + math.fsum(all_above)
    mean = (
        math.fsum(j * sum(r) for j, r in enumerate(levels[:-1]))
        + last * math.fsum(all_above)
        + math.fsum(twice)
    )
    return mean / total


# ── matrices ──────────────────────────────────────────────────────────────────────────────────────────


def product(a: Matrix, b: Matrix) -> Matrix:
    """A · b."""
    columns = list(zip(*b, strict=True))
    return [[sum(map(mul, row, column)) for column in columns] for row in a]


def inverse(a: Matrix) -> Matrix:
    """a⁻¹ by elimination; the matrices here are diagonally dominant, so the diagonal is a safe pivot."""
    size = len(a)
    rows = [[*row, *(float(i == k) for k in range(size))] for i, row in enumerate(a)]
    for i in range(size):
        pivot = rows[i][i]
        lead = rows[i] = [v / pivot for v in rows[i]]
        for k in range(size):
            if k != i and rows[k][i]:
                factor = rows[k][i]
                rows[k] = [v - factor * w for v, w in zip(rows[k], lead, strict=True)]
    return [row[size:] for row in rows]


def _left_null(a: Matrix) -> list[float]:
    """X with x · a = 0 and x₀ = 1, for a generator without absorbing states."""
    inner = [row[1:] for row in a[1:]]
    return [1.0, *(-v for v in _times(a[0][1:], inverse(inner)))]


def _times(row: list[float], a: Matrix) -> list[float]:
    return [sum(map(mul, row, column)) for column in zip(*a, strict=True)]


def _sum(a: Matrix, b: Matrix) -> Matrix:
    return [[v + w for v, w in zip(r, s, strict=True)] for r, s in zip(a, b, strict=True)]


def _negative(a: Matrix) -> Matrix:
    return [[-v for v in row] for row in a]
