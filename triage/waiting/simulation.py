"""Trials of a reading room with and without AI, over the same studies; means with 95 % intervals over the trials."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from triage.errors import BadSetting
from triage.waiting import draws
from triage.waiting.draws import Observed, Trial
from triage.waiting.estimate import Estimate, estimate
from triage.waiting.loop import waits
from triage.waiting.setting import Discipline, Setting, Stream, checked, disease_set, ranks, sets, streams
from triage.waiting.theory import Theory, theory

Progress = Callable[[int, int], None]
"""Is told how many trials are done, and of how many."""
WAYS = ("without", "with")


@dataclass(frozen=True)
class Plan:
    """How much is simulated: trials with so many measured studies each, the same for the same seed."""

    studies: int = 20_000
    trials: int = 20
    seed: int = 1


@dataclass(frozen=True)
class Wait:
    """Minutes of waiting: mean and 95th percentile per trial, the longest of all, and the mean by theory."""

    mean: Estimate
    p95: Estimate
    longest: float
    theory: float | None


@dataclass(frozen=True)
class Outcome:
    """How a set of studies fares: n of them were simulated, which have AI; `more` is with less without, trial by trial."""

    name: str
    share: float
    n: int
    has_ai: bool
    without: Wait
    with_ai: Wait
    more: Estimate
    more_p95: Estimate
    more_theory: float | None


@dataclass(frozen=True)
class Result:
    """Everything one simulation says; `traffic` is the share of their time the readers are busy."""

    setting: Setting
    plan: Plan
    traffic: float
    theory: Mapping[str, str]
    outcomes: tuple[Outcome, ...]


def simulate(
    setting: Setting,
    plan: Plan,
    observed: Observed | None = None,
    progress: Progress | None = None,
) -> Result:
    """Let the same studies come to the room twice: read in the order of arrival, and as the AI orders them.

    Args:
        setting: the room; without `traffic` when `observed` is given.
        plan: how much.
        observed: a house's own arrivals and readings, instead of Poisson and exponential.
        progress: called after every trial.

    Raises: BadSetting: the room cannot be, or its line would grow without end.
    """
    checked(setting)
    kinds = streams(setting)
    traffic = _traffic(setting, observed)
    found: dict[str, list[_Counted]] = {name: [] for name in sets(kinds)}
    for number in range(plan.trials):
        chance = Random(f"{plan.seed}/{number}")  # noqa: S311 - a simulation, no secret
        trial = (
            draws.replayed(observed, kinds, chance)
            if observed
            else draws.drawn(setting, kinds, plan.studies, chance)
        )
        _count(trial, setting, kinds, found)
        if progress:
            progress(number + 1, plan.trials)
    theories = _theories(setting, kinds, observed)
    seen = _looked_for(setting, kinds)
    outcomes = tuple(
        _outcome(name, of, kinds, found[name], theories, has_ai=name in seen)
        for name, of in sets(kinds).items()
        if found[name]
    )
    return Result(setting, plan, traffic, {w: t.how for w, t in zip(WAYS, theories, strict=True)}, outcomes)


def _traffic(setting: Setting, observed: Observed | None) -> float:
    if observed is None:
        if setting.traffic is None:
            raise BadSetting("Say how busy the readers are, or give the arrivals.")
        return setting.traffic
    draws.check_enough(observed)
    own, interrupts = observed.mean_minutes, setting.interrupting
    work = len(observed.arrivals) * ((1 - interrupts) * own + interrupts * setting.interrupt_minutes)
    busy = work / (setting.readers * max(observed.arrivals[-1], 1.0))
    if busy >= 1:
        raise BadSetting(
            f"{setting.readers} readers would be busy {busy:.0%} of the time with these arrivals; add readers, since"
            " the line would grow without end."
        )
    return busy


def _looked_for(setting: Setting, kinds: Sequence[Stream]) -> set[str]:
    """The names of sets that have AI: of a disease when a device looks for it, else when one looks at any of them."""
    none = {disease_set(d.name) for g in setting.groups for d in g.diseases if not d.has_ai}
    return {name for name, of in sets(kinds).items() if any(kinds[i].looked_at for i in of)} - none


def _theories(setting: Setting, kinds: Sequence[Stream], observed: Observed | None) -> tuple[Theory, Theory]:
    if observed:
        none = Theory("no theory: these arrivals and readings follow no formula")
        return none, none
    return theory(setting, kinds, Discipline.FIFO), theory(setting, kinds, setting.discipline)


# ── one trial ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Counted:
    """Of one set in one trial: how many, and (mean, 95th percentile, longest) each way."""

    n: int
    ways: tuple[tuple[float, float, float], tuple[float, float, float]]


def _count(
    trial: Trial, setting: Setting, kinds: Sequence[Stream], found: Mapping[str, list[_Counted]]
) -> None:
    plain = _by_stream(trial, setting, kinds, Discipline.FIFO)
    ordered = _by_stream(trial, setting, kinds, setting.discipline)
    for name, of in sets(kinds).items():
        if n := sum(len(plain[i]) for i in of):
            found[name].append(_Counted(n, (_summed(plain, of), _summed(ordered, of))))


def _by_stream(
    trial: Trial, setting: Setting, kinds: Sequence[Stream], discipline: Discipline
) -> list[list[float]]:
    """The waits of the measured studies, stream by stream."""
    rank_of = ranks(kinds, discipline)
    waited = waits(
        trial.arrivals,
        trial.minutes,
        [rank_of[k] for k in trial.kinds],
        setting.readers,
        finish=discipline is Discipline.NONPREEMPTIVE,
        max_wait=None if discipline is Discipline.FIFO else setting.max_wait,
    )
    filed: list[list[float]] = [[] for _ in kinds]
    for i in trial.measured:
        filed[trial.kinds[i]].append(waited[i])
    return filed


def _summed(filed: Sequence[list[float]], of: Sequence[int]) -> tuple[float, float, float]:
    ordered = sorted(w for i in of for w in filed[i])
    return math.fsum(ordered) / len(ordered), ordered[math.ceil(0.95 * len(ordered)) - 1], ordered[-1]


# ── over the trials ───────────────────────────────────────────────────────────────────────────────────


def _outcome(
    name: str,
    of: Sequence[int],
    kinds: Sequence[Stream],
    counted: Sequence[_Counted],
    theories: Sequence[Theory],
    *,
    has_ai: bool,
) -> Outcome:
    said = [one.mean(kinds, of) for one in theories]
    without, with_ai = (_wait([c.ways[way] for c in counted], said[way]) for way in range(len(WAYS)))
    return Outcome(
        name=name,
        share=math.fsum(kinds[i].share for i in of),
        n=sum(c.n for c in counted),
        has_ai=has_ai,
        without=without,
        with_ai=with_ai,
        more=estimate([c.ways[1][0] - c.ways[0][0] for c in counted]),
        more_p95=estimate([c.ways[1][1] - c.ways[0][1] for c in counted]),
        more_theory=None if said[0] is None or said[1] is None else said[1] - said[0],
    )


def _wait(each: Sequence[tuple[float, float, float]], said: float | None) -> Wait:
    means, p95s, longest = zip(*each, strict=True)
    return Wait(estimate(means), estimate(p95s), max(longest), said)
