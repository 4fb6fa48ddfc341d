"""What one read costs: film to findings, to the first word, to three impressions; NF4 against bf16 in one run.

    python benchmarks/read.py [--films 5] [--cache DIR] [--json] [--write docs/benchmarks.md]

Each precision runs in a process of its own, so that its peak memory is its own. The films are simulated.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.reader import FilmReader

PRECISIONS = ("nf4", "bf16")
CASES = (
    ("effusion", "left"),
    ("pneumothorax", "right"),
    ("opacity", "right"),
    ("none", None),
    ("cardiomegaly", None),
)
MARK = "## One read, NF4 against bf16"


def main() -> int:
    arguments = options()
    if arguments.one:
        shown = sorted(arguments.folder.glob("*.png")) if arguments.folder else []
        print(json.dumps(measure(arguments.one, arguments.cache, [path.read_bytes() for path in shown])))
        return 0
    found = {"machine": machine(), "films": arguments.films, "precisions": {}}
    with tempfile.TemporaryDirectory() as folder:
        make_films(Path(folder), arguments.films)
        for precision in PRECISIONS:
            print(f"{precision}: preparing and reading", file=sys.stderr)
            in_own_process(
                precision, arguments.cache
            )  # converts and quantises, which is done once and not timed
            found["precisions"][precision] = in_own_process(precision, arguments.cache, "--folder", folder)
    if arguments.write:
        write(arguments.write, table(found))
    print(json.dumps(found, indent=1) if arguments.json else table(found))
    return 0


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    home = Path(os.environ.get("FIRSTREAD_HOME", "~/.firstread")).expanduser()
    parser.add_argument("--films", type=int, default=5)
    parser.add_argument("--cache", type=Path, default=home / "model")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--one", choices=PRECISIONS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def in_own_process(precision: str, cache: Path, *more: str) -> dict[str, object]:
    command = [sys.executable, __file__, "--one", precision, "--cache", str(cache), *more]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def make_films(folder: Path, count: int) -> None:
    """Simulate films before anything is timed; the same ones for every precision."""
    from PIL import Image

    from engine.simulated.lesions import simulated_film

    for i in range(count):
        kind, side = CASES[i % len(CASES)]
        Image.fromarray(simulated_film(kind, side, 0.8, i)[0]).save(folder / f"{i}.png")


def measure(precision: str, cache: Path, shown: list[bytes]) -> dict[str, object]:
    """Read every film and write its three impressions; medians in seconds, memory in MiB."""
    from engine.reader import load_reader
    from engine.settings import Settings

    before = peak_mib()
    started = time.perf_counter()
    reader = load_reader(Settings(precision=precision), cache, lambda step, _: print(step, file=sys.stderr))
    loaded = time.perf_counter() - started
    if not shown:
        return {}
    read_one(reader, shown[0], 0)  # the first forward repacks the weights; it is not what a read costs
    runs = [read_one(reader, film, i) for i, film in enumerate(shown)]
    return {
        "bits": reader.identity.bits,
        "load_s": round(loaded, 2),
        **{key: round(median(run[key] for run in runs), 3) for key in runs[0]},
        "peak_mib": round(peak_mib()),
        "before_loading_mib": round(before),
    }


def read_one(reader: "FilmReader", film: bytes, number: int) -> dict[str, float]:
    from consent.decision import decide
    from consent.record import PatientId, Provision, Purpose
    from triage.reading import Style
    from triage.study import Patient, Study
    from triage.vitals import Vitals

    at = datetime.now(UTC)
    person = PatientId(f"benchmark-{number}", "benchmark")
    permit = decide(
        person,
        [Provision("benchmark", Purpose.EVALUATION, permits=True, starts_at=at)],
        Purpose.EVALUATION,
        at,
    )
    study = Study(f"benchmark.{number}", Patient(person), "", "DX", at, at, simulated=True)
    vitals = Vitals(at, {"spo2_pct": 89.0, "temperature_c": 38.6})
    started = time.perf_counter()
    reading, _ = reader.read(study, vitals, film, "image/png", permit)
    found = time.perf_counter()
    first_word, words = None, 0
    for style in Style:
        parts = []
        for part in reader.draft(study, vitals, reading, style, permit):
            first_word = first_word or time.perf_counter()
            parts.append(part)
        words += len(parts[-1].text.split())
    done = time.perf_counter()
    return {
        "findings_s": found - started,
        "first_word_s": first_word - started,
        "three_impressions_s": done - started,
        "words": words,
    }


def peak_mib() -> float:
    """The most memory this process held; rusage would still count what the parent held when it forked."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="utf-8").splitlines() if status.exists() else []
    held = next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), None)
    return (held if held is not None else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1024


def machine() -> dict[str, object]:
    import torch

    return {
        "cpu": cpu_name(),
        "cores": os.cpu_count(),
        "avx512_bf16": torch.cpu._is_avx512_bf16_supported(),  # noqa: SLF001
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "load_average": round(os.getloadavg()[0], 1),
        **{name: version(name) for name in ("torch", "transformers", "bitsandbytes")},
    }


def cpu_name() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    return next(
        (line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor()
    )


ROWS = {
    "findings_s": "film → findings, s",
    "first_word_s": "film → first checked words, s",
    "three_impressions_s": "film → three impressions, s",
    "words": "words in the three impressions",
    "load_s": "loading, s (cached checkpoint)",
    "peak_mib": "peak memory of the process, MiB",
    "before_loading_mib": "of it before the model is loaded, MiB",
}


def table(found: dict[str, object]) -> str:
    about, by = found["machine"], found["precisions"]
    said = (
        f"`python benchmarks/read.py --films {found['films']}`; medians over {found['films']} simulated films, greedy, "
        f"batch 1. {about['cpu']}, {about['cores']} cores, AVX512-BF16 {'yes' if about['avx512_bf16'] else 'no'}, GPU "
        f"{about['gpu'] or 'none'}; load average at the start {about['load_average']}. torch {about['torch']}, "
        f"transformers {about['transformers']}, bitsandbytes {about['bitsandbytes']}."
    )
    lines = [MARK, "", said, "", "| | " + " | ".join(by) + " |", "|---|" + "--:|" * len(by)]
    lines += [f"| {name} | " + " | ".join(str(by[p][key]) for p in by) + " |" for key, name in ROWS.items()]
    return "\n".join(lines) + "\n"


def write(path: Path, section: str) -> None:
    """Put the section into the page, in the place of an older one."""
    old = path.read_text(encoding="utf-8") if path.exists() else "# Benchmarks\n"
    before, mark, rest = old.partition(MARK)
    after = rest[rest.index("\n## ") + 1 :] if mark and "\n## " in rest else ""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as made:
        made.write(before.rstrip() + "\n\n" + section + ("\n" + after if after else ""))
    Path(made.name).chmod(0o644)
    Path(made.name).replace(path)


if __name__ == "__main__":
    sys.exit(main())
