"""The quantisation passport: what a width of weights costs, on the same films and the same facts, each in its own process.

A number is stored beside the checkpoint it speaks of, with the machine and the versions that made it.
"""

import json
import math
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import BadTable
from engine.evaluation.metrics import auc
from engine.manifest import Film, read_manifest
from engine.model.config import HEAD
from engine.model.delta import SHIPPED as DELTA
from engine.prompt import text_prompt
from engine.settings import from_environment
from engine.statements import stated
from triage.errors import UnreadableFilm
from triage.reading import Draft, Style
from triage.study import Sex, Urgency
from triage.urgency import assess

if TYPE_CHECKING:
    from engine.evaluation.answers import Asked
    from engine.model.decoder import Decoder
    from engine.reader import FilmReader

Progress = Callable[[str, float], None]
WIDTHS = ("fp32", "bf16", "int8", "nf4")
REFERENCE = "fp32"
NAME = "passport.json"
SHIPPED = DELTA.with_name(NAME)
WORDED = 24
"""So many of the films are put into three impressions at every width, spread over them; all are looked at."""
FEWEST_POSITIVES = 5
_DECODED = 48  # tokens
_FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")
_CASES = (
    ("effusion", "left"),
    ("pneumothorax", "right"),
    ("opacity", "right"),
    ("none", None),
    ("cardiomegaly", None),
    ("nodule", "left"),
)


def passport(films: Sequence[Film], cache: Path, progress: Progress) -> dict[str, object]:
    """Read the same films at every width, each in a process of its own so that its peak memory is its own.

    Args:
        films: with labels where the change of AUC is wanted.
        cache: folder of the checkpoints; the 16-bit and the 4-bit one are made when they are missing.

    Returns: per width what it costs against 32 bits; a width that does not run here says why.
    """
    from engine.model.convert import sha256_of

    answers = {}
    for i, width in enumerate(WIDTHS):
        progress(f"reading with {width}", i / len(WIDTHS))
        answers[width] = _in_own_process(width, films, cache)
    rows = {width: _row(answers[width], answers[REFERENCE], films) for width in WIDTHS}
    made = {
        "delta_sha256": sha256_of(delta_in_use()),
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "films": {"n": len(films), "simulated": sum(film.source == "simulated" for film in films)},
        "machine": machine(),
        "widths": rows,
    }
    _keep(made, rows, cache)
    progress("passport written", 1.0)
    return made


def delta_in_use() -> Path:
    """The trained weights the environment names: what this house taught itself, or what Firstread ships."""
    return (from_environment().delta or DELTA.parent) / DELTA.name


def machine() -> dict[str, object]:
    """Say on what the numbers were made."""
    about = Path("/proc/cpuinfo")
    told = about.read_text(encoding="utf-8") if about.exists() else ""
    has = set(re.findall(r"\w+", (re.search(r"^flags\s*:(.*)$", told, re.MULTILINE) or [""])[0]))
    name = re.search(r"^model name\s*:\s*(.+)$", told, re.MULTILINE)
    return {
        "cpu": name[1] if name else platform.machine(),
        "cores": os.cpu_count(),
        "flags": [flag for flag in _FLAGS if flag in has],
        "versions": {name: version(name) for name in ("torch", "transformers", "bitsandbytes")},
    }


def _keep(made: dict[str, object], rows: dict[str, dict[str, object]], cache: Path) -> None:
    """Lay the passport beside each checkpoint it speaks of."""
    for home in {str(row.get("checkpoint", "")) for row in rows.values()} - {""}:
        (cache / home / NAME).write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


# ── films ─────────────────────────────────────────────────────────────────────────────────────────────


def films_of(folder: Path | None, manifest: Path | None) -> list[Film]:
    """Gather the films to read: those of a folder, or the val films of a table.

    Raises: BadTable: there are none.
    """
    if manifest is not None:
        rows = read_manifest(manifest)
        found = [film for film in rows if film.split == "val"] or rows
    else:
        kinds = {".png", ".jpg", ".jpeg", ".dcm"}
        paths = sorted(p for p in (folder or Path()).iterdir() if p.suffix.lower() in kinds)
        found = [Film(path, path.name, path.name, frozenset()) for path in paths]
    if not found:
        raise BadTable("There is no film to read; name a folder with PNG, JPEG or DICOM files.")
    return found


def simulated_films(folder: Path) -> list[Film]:
    """Simulate a film of every kind; nobody's, and the same each time."""
    from PIL import Image

    from engine.simulated.lesions import simulated_film

    made = []
    for i, (kind, side) in enumerate(_CASES):
        path = folder / f"{i}.png"
        Image.fromarray(simulated_film(kind, side, 0.8, i)[0]).save(path)
        made.append(Film(path, path.name, path.name, frozenset(), source="simulated"))
    return made


# ── one width, in a process of its own ────────────────────────────────────────────────────────────────


def _in_own_process(width: str, films: Sequence[Film], cache: Path) -> dict[str, object]:
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as asked:
        told = [[str(film.path), film.age, film.sex.value, film.source] for film in films]
        asked.write(json.dumps(told))
        asked.flush()
        command = [sys.executable, "-m", "engine.passport", width, str(cache), asked.name]
        here = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
        done = subprocess.run(command, env=here, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return json.loads(done.stdout.splitlines()[-1])
    why = (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]
    return {"runs": False, "why": why[:200]}


def read_at(width: str, films: Sequence[Film], cache: Path) -> dict[str, object]:
    """Read every film at one width and write about some of them; what came out, and what it took."""
    from engine.evaluation.answers import Asked

    before, began_at = peak_mib(), time.perf_counter()
    reader, decoder, home = _reader_at(width, cache)
    loaded_s = time.perf_counter() - began_at
    step = math.ceil(len(films) / WORDED)
    looked = [_look(Asked.of(film), reader, worded=i % step == 0) for i, film in enumerate(films)]
    return {
        "runs": True,
        "checkpoint": str(home.relative_to(cache)),
        "sha256": reader.identity.sha256,
        "bits": reader.identity.bits,
        "load_s": round(loaded_s, 2),
        "films": looked,
        "tokens_per_s": round(_speed(decoder), 1),
        "peak_mib": round(peak_mib()),
        "before_loading_mib": round(before),
    }


def _reader_at(width: str, cache: Path) -> tuple["FilmReader", "Decoder", Path]:
    from transformers import AutoTokenizer

    from engine.model.calibration import SHIPPED as CALIBRATION
    from engine.model.calibration import load_calibration
    from engine.model.decoder import Decoder
    from engine.model.load import load_vlm, prepare
    from engine.reader import FilmReader

    delta = delta_in_use()
    home = prepare(cache, lambda _step, _share: None, "nf4" if width == "nf4" else "bf16", delta)
    loaded = load_vlm(home, width)
    tokenizer = AutoTokenizer.from_pretrained(home, local_files_only=True)
    decoder = Decoder(loaded.model, tokenizer, _DECODED)
    return FilmReader(loaded, tokenizer, load_calibration(delta.with_name(CALIBRATION.name))), decoder, home


def _look(asked: "Asked", reader: "FilmReader", *, worded: bool) -> dict[str, object] | None:
    """What one film gave; None for a film that the gate turns away, at every width alike."""
    try:
        reading = asked.reading(reader)
    except UnreadableFilm:
        return None
    found = {
        "p": asked.scores(reader, [lambda pixels: pixels])[0].tolist(),
        "urgency": assess(Urgency.ROUTINE, None, reading).urgency.name,
    }
    if worded:
        found["texts"] = [_told(draft) for draft in asked.drafts(reader, reading).values()]
    return found


def _told(draft: Draft) -> dict[str, object]:
    said = sorted({(s.code, s.present, str(s.laterality or "")) for s in stated(draft.text)})
    faults = len(draft.removed) + len(draft.mended)
    return {"text": draft.text, "facts": said, "faults": faults, "by": draft.writer.value}


def _speed(decoder: "Decoder") -> float:
    """Pieces a second of one text alone; a piece is a token, but for the few that are parts of a letter."""
    prompt = text_prompt(
        "There is a left pleural effusion and an opacity in the right lung.", Style.COMPREHENSIVE
    )
    began_at = time.perf_counter()
    pieces = sum(1 for _ in decoder.write([prompt], None)) - 1  # the last one is empty
    return pieces / (time.perf_counter() - began_at)


def peak_mib() -> float:
    """The most memory this process ever held."""
    about = Path("/proc/self/status")
    told = about.read_text(encoding="utf-8") if about.exists() else ""
    held = re.search(r"^VmHWM:\s+(\d+)", told, re.MULTILINE)
    return int(held[1]) / 1024 if held else float("nan")


# ── one width against another ─────────────────────────────────────────────────────────────────────────


def _row(answer: dict, reference: dict, films: Sequence[Film]) -> dict[str, object]:
    if not answer["runs"] or not reference["runs"]:
        return {key: value for key, value in answer.items() if key != "films"}
    looks = [
        (now, then, film)
        for now, then, film in zip(answer["films"], reference["films"], films, strict=True)
        if now and then
    ]
    if not looks:
        raise BadTable("The input gate let none of these films through; name frontal chest films.")
    seen, known = (np.array([look[side]["p"] for look in looks]) for side in (0, 1))
    moved = np.abs(seen - known)
    texts, theirs = ([t for look in looks for t in look[side].get("texts", ())] for side in (0, 1))
    return {
        **{key: value for key, value in answer.items() if key != "films"},
        "films_read": len(looks),
        "same_urgency": _share(now["urgency"] == then["urgency"] for now, then, _ in looks),
        "largest_change_of_p": float(moved.max()),
        "mean_change_of_p": float(moved.mean()),
        "largest_change_of_auc": _auc_moved(seen, known, [film for _, _, film in looks]),
        "same_facts": _share(a["facts"] == b["facts"] for a, b in zip(texts, theirs, strict=True)),
        "rouge_l": _alike(texts, theirs),
        "without_fault": _share(text["faults"] == 0 and text["by"] == "model" for text in texts),
        "texts": len(texts),
    }


def _share(hits: object) -> float | None:
    counted = [bool(hit) for hit in hits]
    return round(sum(counted) / len(counted), 4) if counted else None


def _alike(texts: Sequence[dict], theirs: Sequence[dict]) -> float | None:
    """Mean ROUGE-L of the texts against those of the reference, 0 to 1; None without a text."""
    from engine.evaluation.texts import rouge_l

    scores = rouge_l([text["text"] for text in texts], [("", text["text"]) for text in theirs])
    return round(sum(scores) / len(scores), 4) if scores else None


def _auc_moved(seen: np.ndarray, known: np.ndarray, films: Sequence[Film]) -> float | None:
    """The largest change over labels with enough positives; None without labels."""
    truth = np.stack([film.truth() for film in films])
    moved = []
    for label in range(len(HEAD)):
        told = ~np.isnan(truth[:, label])
        if (truth[told, label] == 1).sum() >= FEWEST_POSITIVES:
            now, then = (auc(truth[told, label], p[told, label]) for p in (seen, known))
            if now is not None and then is not None:
                moved.append(abs(now - then))
    return max(moved, default=None)


def main() -> None:
    """Read at one width; the answer is the last line on stdout."""
    width, cache, asked = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    told = json.loads(asked.read_text(encoding="utf-8"))
    films = [
        Film(Path(path), Path(path).name, path, frozenset(), age=age, sex=Sex(sex), source=source)
        for path, age, sex, source in told
    ]
    sys.stdout.write(json.dumps(read_at(width, films, cache)) + "\n")


if __name__ == "__main__":
    main()
