"""The local recipe: a hospital's own findings and impressions teach the words; the weights they shape stay in the house."""

import csv
import json
import logging
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from engine import selftest
from engine.errors import BadTable, NotShippable
from engine.facts import from_text
from engine.model.config import CLINICAL
from engine.model.convert import build_reader, language_model, sha256_of
from engine.model.delta import SHIPPED, Delta, apply_delta, load_delta, save_delta, taken_updates
from engine.model.vlm import RadVlm
from engine.prompt import VERSION, text_prompt
from engine.statements import stated
from engine.training.films import is_held_out
from engine.training.language import (
    POOL,
    LanguageSettings,
    Source,
    curves,
    make_teachable,
    to_batch,
    train_language,
)
from engine.training.sentences import Pair, worded
from triage.reading import Style

log = logging.getLogger(__name__)
Progress = Callable[[str, float], None]
STYLE = Style.COMPREHENSIVE
"""The style of reports: their impressions are written by experts for experts."""
RECORD = "reports.json"
WIDTH = 48  # words of findings and impression together that a full batch has room for, per report
LONGEST = 120  # words; longer reports are rare and would cost as much as ten others
_PERSON = ("patient_id", "uid")


@dataclass(frozen=True)
class Report:
    """Findings and the impression one person drew from them; `person` is never split over two folds."""

    findings: str
    impression: str
    person: str = ""
    split: str = ""

    @property
    def words(self) -> int:
        return len(self.findings.split()) + len(self.impression.split())

    @property
    def speaks(self) -> bool:
        """Say whether the impression says that a finding is there; half of all impressions say that all is well."""
        return any(statement.present for statement in stated(self.impression))


@dataclass(frozen=True)
class ReportSettings:
    """What one local run needs.

    `start` is the folder of the weights that are gone on from; their eyes and their calibration are kept. `work` holds
    checkpoints, so that a stopped run goes on.
    """

    reports: Path
    out: Path
    start: Path = SHIPPED.parent
    work: Path = Path("runs/reports")
    quiet: float = 0.4  # impressions that say all is well, for each that names a finding
    own: float = 0.1  # share of batches from sentences that the project makes, so that no style is forgotten
    held_out: float = 0.1  # of the people, where the table does not say who is held out
    split_seed: int = 7
    threads: int = 2
    language: LanguageSettings = field(
        default_factory=lambda: LanguageSettings(steps=120, batch=16, rate=1e-3, eye_rate=0.0)
    )


def run(settings: ReportSettings, progress: Progress) -> dict[str, object]:
    """Teach the words from reports and write a local delta: delta, calibration, self-test and record in one folder.

    Returns: the run record, also written beside the delta.
    Raises: NotShippable: the folder is the one whose weights leave the house. BadTable: no reports to learn from.
    """
    if settings.out.resolve() == SHIPPED.parent.resolve():
        raise NotShippable(
            "Reports may not shape the weights that Firstread ships; name another folder with --out."
        )
    taught, held = folds(read_reports(settings.reports), settings)
    torch.set_num_threads(settings.threads)
    language, tokenizer = language_model(torch.bfloat16)
    model = build_reader(language)
    apply_delta(model, load_delta(settings.start / SHIPPED.name))
    make_teachable(model, settings.language.rank)
    source = report_batches(taught, settings, tokenizer, model.config.image_seq_length)
    work = settings.work / _same(settings)
    kept = train_language(model, tokenizer, no_films(model), settings.language, work, progress, source)
    record = {
        "settings": _told(settings),
        "shippable": False,
        "reports_sha256": sha256_of(settings.reports),
        "start_sha256": sha256_of(settings.start / SHIPPED.name),
        "reports": {
            "taught": len(taught),
            "naming_a_finding": sum(report.speaks for report in taught),
            "held_out": len(held),
        },
        "language_losses": curves(kept.losses),
        "minutes": {"language": kept.minutes},
    }
    _write(settings, model, tokenizer, record)
    progress("local delta written", 1.0)
    return record


def read_reports(path: Path) -> list[Report]:
    """Read a table of reports; rows that lack findings or impression are left out.

    Args:
        path: CSV with columns findings and impression; optionally split (train or other) and patient_id or uid.

    Raises: BadTable: it cannot be opened, or has no such columns or rows.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as table:
            rows = [_report(row) for row in csv.DictReader(table)]
    except (OSError, UnicodeDecodeError, csv.Error) as wrong:
        raise BadTable(f"{path.name} cannot be read as a CSV table in UTF-8; check the path.") from wrong
    kept = [report for report in rows if report.findings and report.impression]
    if not kept:
        raise BadTable(f"{path.name} needs the columns findings and impression, and at least one full row.")
    return kept


def _report(row: dict[str, str]) -> Report:
    findings, impression = (" ".join((row.get(name) or "").split()) for name in ("findings", "impression"))
    person = next((row[name] for name in _PERSON if row.get(name)), findings)
    return Report(findings, impression, person, row.get("split") or "")


def folds(reports: Sequence[Report], settings: ReportSettings) -> tuple[list[Report], list[Report]]:
    """Split by the table's own column, or by person; -> what teaches, each text once, and what is held out.

    No findings text that is held out teaches, and none that is very long.

    Raises: BadTable: nothing is left to teach.
    """
    declared = any(report.split for report in reports)
    gone = [
        report.split != "train"
        if declared
        else is_held_out(report.person, settings.held_out, settings.split_seed)
        for report in reports
    ]
    held = [report for report, out in zip(reports, gone, strict=True) if out]
    secret = {report.findings.lower() for report in held}
    once = {
        (r.findings.lower(), r.impression.lower()): r
        for r, out in zip(reports, gone, strict=True)
        if not out and r.findings.lower() not in secret and r.words <= LONGEST
    }
    if not once:
        raise BadTable("No report is left to learn from; the column split needs rows that say train.")
    return list(once.values()), held


def report_batches(
    reports: Sequence[Report], settings: ReportSettings, tokenizer: PreTrainedTokenizerBase, places: int
) -> Source:
    """Draw batches without end: every report that names a finding once an epoch, some of the others, some of our own."""
    draw = random.Random(settings.language.seed)  # noqa: S311 - teaching order, not a secret
    ours = worded(settings.language.seed, places, 1.0)
    size = settings.language.batch
    while True:
        for group in epoch(reports, settings.quiet, size, draw):
            if draw.random() < settings.own:
                made = [next(ours) for _ in range(max(size // len(Style), 1))]
                yield to_batch(made, tokenizer), made
            asked = [[as_pair(report)] for report in group]
            yield to_batch(asked, tokenizer), asked


def epoch(reports: Sequence[Report], quiet: float, size: int, draw: random.Random) -> list[list[Report]]:
    """Order one epoch into batches of like length."""
    speaking = [report for report in reports if report.speaks]
    silent = [report for report in reports if not report.speaks]
    many = min(len(silent), round(quiet * len(speaking))) if speaking else len(silent)
    chosen = [*speaking, *draw.sample(silent, many)]
    draw.shuffle(chosen)
    pools = [chosen[i : i + size * POOL] for i in range(0, len(chosen), size * POOL)]
    groups = [group for pool in pools for group in _cut(sorted(pool, key=lambda r: r.words), size)]
    draw.shuffle(groups)
    return groups


def _cut(ordered: Sequence[Report], size: int) -> list[list[Report]]:
    """Cut reports, shortest first, into groups of one size; of long ones fewer go together, as time and memory allow."""
    groups: list[list[Report]] = []
    for report in ordered:
        full = not groups or len(groups[-1]) == size or (len(groups[-1]) + 1) * report.words > size * WIDTH
        if full:
            groups.append([])
        groups[-1].append(report)
    return groups


def as_pair(report: Report) -> Pair:
    """Ask for the impression the way the reader asks when it has findings and no film."""
    return Pair(from_text(report.findings), STYLE, text_prompt(report.findings, STYLE), report.impression)


def no_films(model: RadVlm) -> tuple[Tensor, Tensor, Tensor]:
    """Stand in for films where there are none; nothing of it reaches a text."""
    config = model.config
    features = torch.zeros(1, config.image_seq_length, config.vision_config.hidden_size)
    return (
        features,
        torch.full((1, len(CLINICAL)), float("nan")),
        torch.full((1, config.n_findings), float("nan")),
    )


def _same(settings: ReportSettings) -> str:
    """Name the folder of checkpoints after what they learnt from."""
    return f"{sha256_of(settings.reports)[:8]}-{sha256_of(settings.start / SHIPPED.name)[:8]}"


def _told(settings: ReportSettings) -> dict[str, object]:
    """The settings without this machine's folders."""
    here = {name: getattr(settings, name).name for name in ("reports", "out", "start", "work")}
    return {**asdict(settings), **here}


def _write(
    settings: ReportSettings, model: RadVlm, tokenizer: PreTrainedTokenizerBase, record: dict[str, object]
) -> None:
    settings.out.mkdir(parents=True, exist_ok=True)
    started = load_delta(settings.start / SHIPPED.name)
    path = settings.out / SHIPPED.name
    save_delta(Delta(started.eyes, taken_updates(model), 1.0, VERSION), path)
    if settings.out.resolve() != settings.start.resolve():
        shutil.copyfile(settings.start / "calibration.json", settings.out / "calibration.json")
    record["delta_sha256"] = sha256_of(path)
    known = selftest.record(model.eval(), tokenizer, sha256_of(path))
    selftest.save(known, settings.out / selftest.SHIPPED.name)
    (settings.out / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    log.info("local delta written from %s reports", record["reports"]["taught"])
