"""`firstread simulate`: who waits how long with and without AI, in a room that the arguments describe."""

import argparse
from typing import Any

from dashboard.console import Console
from triage.errors import BadSetting
from triage.waiting.classes import read_classes
from triage.waiting.draws import Observed, read_observed
from triage.waiting.estimate import Estimate
from triage.waiting.setting import INTERRUPTING, Discipline, Group, Setting, one_disease
from triage.waiting.simulation import Outcome, Plan, Result, Wait, simulate

ONE_DISEASE = ("prevalence", "sensitivity", "specificity", "read_minutes")
"""What describes a room with one disease; `--classes` describes any other."""


def run(asked: argparse.Namespace, console: Console) -> int:
    """Simulate, and answer with the waits of every set of studies.

    Raises: BadSetting: the room cannot be; one sentence says why.
    """
    observed = read_observed(asked.observed.read_text(encoding="utf-8")) if asked.observed else None
    result = simulate(
        setting(asked, observed),
        Plan(asked.studies, asked.trials, asked.seed),
        observed,
        lambda done, of: console.progress(f"trial {done} of {of}"),
    )
    console.answer(as_data(result), table(result))
    return 0


def setting(asked: argparse.Namespace, observed: Observed | None) -> Setting:
    """The room of the arguments. Raises: BadSetting: they do not go together."""
    if observed and asked.traffic is not None:
        raise BadSetting("The arrivals say how busy the readers are; leave --traffic out.")
    if not observed and asked.traffic is None:
        raise BadSetting("Say how busy the readers are with --traffic, or give --observed.")
    return Setting(
        groups=_groups(asked, observed),
        traffic=asked.traffic,
        readers=asked.readers,
        interrupting=asked.interrupting,
        interrupt_minutes=asked.interrupt_minutes,
        discipline=Discipline(asked.discipline),
        max_wait=asked.max_wait,
    )


def _groups(asked: argparse.Namespace, observed: Observed | None) -> tuple[Group, ...]:
    given = [name for name in ONE_DISEASE if getattr(asked, name) is not None]
    if asked.classes:
        if given:
            raise BadSetting(f"The classes say it already; leave --{given[0].replace('_', '-')} out.")
        return read_classes(asked.classes.read_text(encoding="utf-8"))
    minutes = (
        observed.mean_minutes
        if observed and observed.minutes and asked.read_minutes is None
        else asked.read_minutes
    )
    numbers = (asked.prevalence, asked.sensitivity, asked.specificity, minutes)
    for name, value in zip(ONE_DISEASE, numbers, strict=True):
        if value is None:
            raise BadSetting(f"Give --{name.replace('_', '-')}, or describe several diseases with --classes.")
    return one_disease(*numbers)


# ── as lines ──────────────────────────────────────────────────────────────────────────────────────────

COLUMNS = (
    "without",
    "theory",
    "with",
    "theory",
    "difference (95 %)",
    "theory",
    "p95 without",
    "with",
    "max without",
    "with",
)


def table(result: Result) -> str:
    """Minutes of waiting, a line for every set of studies."""
    room, wide = result.setting, max(len(o.name) for o in result.outcomes) + 6
    limit = f", first after {room.max_wait:g} minutes" if room.max_wait else ""
    about = (
        f"Minutes of waiting; {room.discipline.value}{limit}, {room.readers} reading, busy {result.traffic:.0%} of"
        f" the time; {result.plan.trials} trials of {_studies(result)} studies, seed {result.plan.seed}"
    )
    lines = [
        about,
        " " * wide + "".join(f"{c:>{_width(i)}}" for i, c in enumerate(COLUMNS)),
        *(
            f"{_name(o):<{wide}}" + "".join(f"{c:>{_width(i)}}" for i, c in enumerate(_cells(o)))
            for o in result.outcomes
        ),
        f"Theory without AI: {result.theory['without']}; with AI: {result.theory['with']}.",
    ]
    return "\n".join(lines)


def _studies(result: Result) -> int:
    """Measured ones per trial; with a house's own arrivals these are all of them."""
    listed = sum(o.n for o in result.outcomes if o.name in {"all", INTERRUPTING})
    return listed // result.plan.trials


def _width(column: int) -> int:
    return 26 if column == 4 else 12


def _name(one: Outcome) -> str:
    return one.name if one.has_ai or not one.name.startswith("disease") else f"{one.name} (no AI)"


def _cells(one: Outcome) -> list[str]:
    return [
        f"{one.without.mean.value:.2f}",
        _number(one.without.theory),
        f"{one.with_ai.mean.value:.2f}",
        _number(one.with_ai.theory),
        _interval(one.more),
        _number(one.more_theory, sign=True),
        f"{one.without.p95.value:.1f}",
        f"{one.with_ai.p95.value:.1f}",
        f"{one.without.longest:.0f}",
        f"{one.with_ai.longest:.0f}",
    ]


def _number(value: float | None, *, sign: bool = False) -> str:
    if value is None:
        return "—"
    return f"{value:+.2f}" if sign else f"{value:.2f}"


def _interval(one: Estimate) -> str:
    ends = "" if one.low is None or one.high is None else f" ({one.low:+.2f} … {one.high:+.2f})"
    return f"{one.value:+.2f}{ends}"


# ── as data ───────────────────────────────────────────────────────────────────────────────────────────


def as_data(result: Result) -> dict[str, Any]:
    """The answer of --json; minutes, with 95 % intervals over the trials."""
    room, plan = result.setting, result.plan
    return {
        "discipline": room.discipline.value,
        "readers": room.readers,
        "traffic": result.traffic,
        "max_wait": room.max_wait,
        "studies": _studies(result),
        "trials": plan.trials,
        "seed": plan.seed,
        "theory": dict(result.theory),
        "outcomes": [_outcome(o) for o in result.outcomes],
    }


def _outcome(one: Outcome) -> dict[str, Any]:
    return {
        "name": one.name,
        "share": one.share,
        "n": one.n,
        "has_ai": one.has_ai,
        "without": _wait(one.without),
        "with": _wait(one.with_ai),
        "difference": {
            "mean": _estimate(one.more),
            "p95": _estimate(one.more_p95),
            "theory": one.more_theory,
        },
    }


def _wait(one: Wait) -> dict[str, Any]:
    return {"mean": _estimate(one.mean), "p95": _estimate(one.p95), "max": one.longest, "theory": one.theory}


def _estimate(one: Estimate) -> dict[str, float | None]:
    return {"value": one.value, "low": one.low, "high": one.high}
