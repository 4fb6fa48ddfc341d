"""What one read costs: film to findings, to the first word, to three impressions; NF4 against bf16 in one run.

    python -m benchmarks.read [--films 5] [--cache DIR] [--llama PYTHON] [--json] [--write docs/benchmarks.md]

Each precision runs in a process of its own, so that its peak memory is its own. The films are simulated. Beside them,
llama.cpp decodes the same packaged language model, with the prompt and the number of tokens ours had, where the Python
that `--llama` names has the package xllamacpp.
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

from benchmarks.page import write

if TYPE_CHECKING:
    from consent.decision import Permit
    from engine.reader import FilmReader
    from triage.reading import Reading
    from triage.study import Study
    from triage.vitals import Vitals

PRECISIONS = ("nf4", "bf16")
CASES = (
    ("effusion", "left"),
    ("pneumothorax", "right"),
    ("opacity", "right"),
    ("none", None),
    ("cardiomegaly", None),
)
MARK = "## One read, NF4 against bf16"
FINDINGS = "There is a moderate left pleural effusion. The heart is enlarged. There is no pneumothorax."
REPEATS = 3


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
    found["llama"] = beside_llama(arguments.llama, found["precisions"]["nf4"])
    if arguments.write:
        write(arguments.write, MARK, table(found))
    print(json.dumps(found, indent=1) if arguments.json else table(found))
    return 0


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    home = Path(os.environ.get("FIRSTREAD_HOME", "~/.firstread")).expanduser()
    parser.add_argument("--films", type=int, default=5)
    parser.add_argument("--cache", type=Path, default=home / "model")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--llama", type=Path, default=Path(sys.executable), help="a Python with xllamacpp")
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

    before = held_mib("VmHWM")
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
        **decode_alone(reader),
        "resident_mib": round(held_mib("VmRSS")),
        "peak_mib": round(held_mib("VmHWM")),
        "before_loading_mib": round(before),
    }


def read_one(reader: "FilmReader", film: bytes, number: int) -> dict[str, float]:
    from triage.reading import Draft
    from triage.vitals import Vitals

    study, permit = nobody(number)
    vitals = Vitals(study.studied_at, {"spo2_pct": 89.0, "temperature_c": 38.6})
    started = time.perf_counter()
    reading, _ = reader.read(study, vitals, film, "image/png", permit)
    found, first_word, words = time.perf_counter(), None, 0
    for _, part in reader.drafts(study, vitals, reading, lambda: (film, "image/png"), permit):
        first_word = first_word or time.perf_counter()
        words += len(part.text.split()) if isinstance(part, Draft) else 0
    done = time.perf_counter()
    alone = comprehensive_alone(reader, study, vitals, reading)
    return {
        "findings_s": found - started,
        "first_word_s": first_word - started,
        "three_impressions_s": done - started,
        "three_over_one": (done - found) / alone,
        "words": words,
    }


def nobody(number: int) -> "tuple[Study, Permit]":
    """A study of nobody, and the permit to measure with it."""
    from consent.decision import decide
    from consent.record import PatientId, Provision, Purpose
    from triage.study import Patient, Study

    at = datetime.now(UTC)
    person = PatientId(f"benchmark-{number}", "benchmark")
    allowed = Provision("benchmark", Purpose.EVALUATION, permits=True, starts_at=at)
    study = Study(f"benchmark.{number}", Patient(person), "", "DX", at, at, simulated=True)
    return study, decide(person, [allowed], Purpose.EVALUATION, at)


def comprehensive_alone(reader: "FilmReader", study: "Study", vitals: "Vitals", reading: "Reading") -> float:
    """Seconds to write the longest impression of the same film without the other two, facts and check included."""
    from engine.answer import to_draft
    from engine.facts import from_reading
    from engine.prompt import facts_prompt
    from triage.reading import Style

    decoder, soft_tokens = reader._decoder, reader._seen[study.study_uid]  # noqa: SLF001 - nobody else writes one alone
    started = time.perf_counter()
    facts = from_reading(reading, vitals, study, prior=False)
    prompt = facts_prompt(facts, Style.COMPREHENSIVE, soft_tokens.shape[1])
    to_draft("".join(piece for _, piece in decoder.write([prompt], soft_tokens)), facts, Style.COMPREHENSIVE)
    return time.perf_counter() - started


# ── beside llama.cpp ──────────────────────────────────────────────────────────────────────────────────


def question() -> str:
    from engine.prompt import text_prompt
    from triage.reading import Style

    return text_prompt(FINDINGS, Style.COMPREHENSIVE)


def decode_alone(reader: "FilmReader") -> dict[str, float]:
    """Tokens a second of one text without a film, after the first."""
    decoder, rates = reader._decoder, []  # noqa: SLF001 - the same decoder, with one text
    for _ in range(REPEATS):
        moments = [time.perf_counter() for _, piece in decoder.write([question()], None) if piece]
        rates.append((len(moments) - 1) / (moments[-1] - moments[0]))
    return {"tokens": len(moments), "tokens_per_s": round(median(rates), 1)}


def beside_llama(python: Path, ours: dict[str, float]) -> dict[str, object]:
    """The same packaged model and question, and as many tokens, in llama.cpp; by its own clock."""
    from engine.model.convert import packaged_weights

    script = Path(__file__).with_name("llama.py")
    command = [python, script, packaged_weights(), str(int(ours["tokens"])), question()]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    theirs = json.loads(done.stdout.splitlines()[-1])
    if "tokens_per_s" not in theirs:
        return theirs
    return {**theirs, "ours_over_theirs": round(ours["tokens_per_s"] / theirs["tokens_per_s"], 2)}


# ── the machine and the page ──────────────────────────────────────────────────────────────────────────


def held_mib(which: str) -> float:
    """What this process holds (VmRSS) or held at most (VmHWM); rusage would count what the parent held when it forked."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="utf-8").splitlines() if status.exists() else []
    held = next((int(line.split()[1]) for line in lines if line.startswith(which)), None)
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
    "findings_s": "film → findings, s (goal ≤ 0.5)",
    "first_word_s": "film → first checked words, s (goal ≤ 1)",
    "three_impressions_s": "film → three impressions, s (goal ≤ 6)",
    "three_over_one": "three impressions ÷ the comprehensive one alone (goal ≤ 1.3)",
    "words": "words in the three impressions",
    "tokens_per_s": "tokens a second, one text without a film",
    "load_s": "loading, s (cached checkpoint; goal ≤ 10)",
    "resident_mib": "memory held after reading, MiB (goal ≤ 1240)",
    "peak_mib": "peak memory of the process, MiB",
    "before_loading_mib": "of it before the model is loaded, MiB",
}


def llama_line(found: dict[str, object]) -> str:
    if "skipped" in found:
        return str(found["skipped"])
    return (
        f"llama.cpp (xllamacpp {found['version']}), the same packaged model (Q4_1, without what was taught), prompt and "
        f"number of tokens: {found['tokens_per_s']} tokens a second; NF4 with its updates decodes at "
        f"{found['ours_over_theirs']} times that speed."
    )


def table(found: dict[str, object]) -> str:
    about, by = found["machine"], found["precisions"]
    said = (
        f"`python -m benchmarks.read --films {found['films']}`; medians over {found['films']} simulated films, greedy, "
        f"batch 1. {about['cpu']}, {about['cores']} cores, AVX512-BF16 {'yes' if about['avx512_bf16'] else 'no'}, GPU "
        f"{about['gpu'] or 'none'}; load average at the start {about['load_average']}. torch {about['torch']}, "
        f"transformers {about['transformers']}, bitsandbytes {about['bitsandbytes']}."
    )
    lines = [said, "", "| | " + " | ".join(by) + " |", "|---|" + "--:|" * len(by)]
    lines += [f"| {name} | " + " | ".join(str(by[p][key]) for p in by) + " |" for key, name in ROWS.items()]
    return "\n".join([*lines, "", llama_line(found["llama"])]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
