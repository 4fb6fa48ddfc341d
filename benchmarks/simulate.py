"""How long the waiting-time simulator takes for a million studies on one core.

    python -m benchmarks.simulate [--studies 1000000] [--rounds 3] [--json] [--write docs/benchmarks.md]
    python -m benchmarks.simulate --seeds 100          how often a 95 % interval holds the theory

The room is the one of the QuCAD user manual: two readers, four fifths busy, a tenth interrupting. Every study is read
twice, without and with AI; numbers drawn, waits, percentiles and intervals are all in the time.
"""

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path
from statistics import median

from benchmarks.page import write
from triage.waiting.setting import Discipline, Setting, one_disease
from triage.waiting.simulation import Plan, simulate

MARK = "## A million studies in the waiting-time simulator"
TRIALS = 10
ROOMS = {
    "flagged first, others set aside": Setting(one_disease(0.1, 0.9, 0.9, 10), 0.8, 2, 0.1, 5),
    "flagged first, others finished": Setting(
        one_disease(0.1, 0.9, 0.9, 10), 0.8, 2, 0.1, 5, Discipline.NONPREEMPTIVE
    ),
    "flagged first, nobody beyond 60 min": Setting(
        one_disease(0.1, 0.9, 0.9, 10), 0.8, 2, 0.1, 5, max_wait=60
    ),
    "the same with eight readers": Setting(one_disease(0.1, 0.9, 0.9, 10), 0.8, 8, 0.1, 5, max_wait=60),
}


def main() -> int:
    asked = options()
    if asked.seeds:
        print(coverage(asked.seeds))
        return 0
    found = {"studies": asked.studies, "rounds": asked.rounds, **machine(), "rooms": measured(asked)}
    if asked.write:
        write(asked.write, MARK, table(found))
    print(json.dumps(found, indent=1) if asked.json else table(found))
    return 0


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seeds", type=int, metavar="N")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", type=Path)
    return parser.parse_args(arguments)


def measured(asked: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Each room in each round by turns, so that whatever else the machine does weighs on all."""
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in ROOMS}
    for number in range(asked.rounds):
        print(f"round {number + 1} of {asked.rounds}", file=sys.stderr)
        for name, room in ROOMS.items():
            wall, core = time.perf_counter(), time.process_time()
            simulate(room, Plan(asked.studies // TRIALS, TRIALS, number + 1))
            spent[name].append((time.perf_counter() - wall, time.process_time() - core))
    return {
        name: {"wall_s": round(median(w for w, _ in each), 2), "core_s": round(median(c for _, c in each), 2)}
        for name, each in spent.items()
    }


def coverage(seeds: int) -> str:
    """Count in how many simulations of the manual's room each 95 % interval holds the theory."""
    held: dict[str, list[int]] = {}
    for seed in range(1, seeds + 1):
        for one in simulate(next(iter(ROOMS.values())), Plan(5_000, 10, seed)).outcomes:
            pairs = (
                (one.without.mean, one.without.theory),
                (one.with_ai.mean, one.with_ai.theory),
                (one.more, one.more_theory),
            )
            counts = held.setdefault(one.name, [0, 0, 0])
            for i, (said, true) in enumerate(pairs):
                counts[i] += said.low <= true <= said.high
    lines = [
        f"| intervals that hold the theory, of {seeds} | without | with | difference |",
        "|---|--:|--:|--:|",
    ]
    return "\n".join([*lines, *(f"| {name} | {a} | {b} | {c} |" for name, (a, b, c) in held.items())])


def machine() -> dict[str, str]:
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load_at_the_start": f"{os.getloadavg()[0]:.1f}",
    }


def table(found: dict) -> str:
    rows = [f"| {name} | {s['wall_s']} | {s['core_s']} |" for name, s in found["rooms"].items()]
    about = (
        f"`python -m benchmarks.simulate --studies {found['studies']} --rounds {found['rounds']}`; medians over"
        f" the rounds, one core, plain Python. {found['machine']}; load average at the start"
        f" {found['load_at_the_start']}."
    )
    return "\n".join(
        [
            about,
            "",
            f"| {found['studies']:,} studies, each read without and with AI | wall s | core s |",
            "|---|--:|--:|",
            *rows,
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
