"""`firstread read`: de-identified films outside the patient record, each under a permit for evaluation."""

import argparse
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from consent.audit import AuditEvent, Outcome
from consent.decision import Permit, decide
from consent.record import PatientId, Provision, Purpose
from dashboard import intake
from dashboard.commands.audit import Trail, open_trail
from dashboard.commands.film_vitals import FilmVitals
from dashboard.commands.ingest import operator
from dashboard.console import Console
from dashboard.model import load_model
from dashboard.settings import Settings
from engine.dicom.quarantine import Examined, examine
from engine.dicom.quarantine import Outcome as Opinion
from engine.places import place
from triage.errors import ReaderFailed, UnreadableFilm
from triage.finding import Certainty
from triage.levels import Levels
from triage.ports import Film, ImageReader
from triage.reading import Draft, Reading, Style
from triage.study import Instance, Patient, Study, Urgency
from triage.urgency import Assessment, assess
from triage.vitals import Vitals

DECLARED_FOR = timedelta(days=1)
ISSUER = "evaluation"
"""Who issues the number of a film that belongs to nobody: its hash."""


@runtime_checkable
class _Explains(Protocol):
    """A reader whose answer can be taken apart; a general model's cannot."""

    def explain(
        self, study: Study, vitals: Vitals | None, film: bytes, media_type: str, permit: Permit, code: str
    ) -> dict[str, object]: ...


@dataclass(frozen=True)
class _Reader:
    """Everything one film needs beside itself."""

    model: ImageReader
    trail: Trail
    vitals: FilmVitals | None
    styles: tuple[Style, ...]
    explain: bool
    levels: Levels


def run(asked: argparse.Namespace, console: Console) -> int:
    """Read every file; one that cannot be read is named and the others go on.

    Returns: 0 when all of them and every line of vitals were read, else 1.
    Raises: BadVitals: the table as a whole cannot be read. ReaderFailed: the model cannot be loaded.
    """
    settings = Settings.from_environment()
    vitals = FilmVitals(asked.vitals) if asked.vitals else None
    refused = [(path, intake.refusal(path)) for path in asked.files]
    answers = [_refused(path, reason, vitals) for path, reason in refused if reason]
    if len(answers) < len(refused):
        styles = tuple(Style) if asked.style == "all" else (Style(asked.style),)
        model = load_model(settings.home, console.progress)
        with open_trail(settings) as trail:
            reader = _Reader(model, trail, vitals, styles, asked.explain, settings.levels)
            answers = [_look(path, reason, reader, console) for path, reason in refused]
    problems = vitals.problems() if vitals else []
    for problem in problems:
        console.progress(problem)
    if problems:
        answers.append(_left_out(asked.vitals, problems))
    console.answer(answers, "\n\n".join(map(_text, answers)))
    return 1 if any("error" in answer for answer in answers) else 0


def _look(path: Path, refused: str, reader: _Reader, console: Console) -> dict[str, Any]:
    if refused:
        return _refused(path, refused, reader.vitals)
    console.progress(f"Reading {path}")
    return _answer(path, reader)


def _refused(path: Path, reason: str, vitals: FilmVitals | None) -> dict[str, Any]:
    if vitals:
        vitals.of(path)  # its line belongs to a film that was asked about
    return {"file": str(path), "error": reason}


def _left_out(table: Path, problems: list[str]) -> dict[str, Any]:
    """The table of vitals stands among the files, as one that was not read completely."""
    return {"file": str(table), "error": "Not every line of this table found its film.", "problems": problems}


# ── one film ──────────────────────────────────────────────────────────────────────────────────────────


def _answer(path: Path, reader: _Reader) -> dict[str, Any]:
    data = path.read_bytes()
    examined = examine(data, path.name)
    if examined.outcome is Opinion.REJECTED:
        return _refused(path, examined.reason, reader.vitals)
    study = _study(examined, data)
    vitals = reader.vitals.of(path, study.accession_number) if reader.vitals else None
    permit = _permit(study)
    try:
        reading, _ = reader.model.read(study, vitals, data, examined.media_type, permit)
        _record(reader.trail, study, f"{permit.permit_id} {reading.model.id} {reading.model.sha256[:12]}")
        drafts, seconds = _drafts(reader, study, vitals, reading, lambda: (data, examined.media_type), permit)
        why = _why(reader, study, vitals, reading, lambda: (data, examined.media_type), permit)
    except (ReaderFailed, UnreadableFilm) as failed:
        _record(reader.trail, study, f"{permit.permit_id}: {failed}", Outcome.FAILED)
        return {"file": str(path), "error": str(failed)}
    urgency = assess(Urgency.ROUTINE, vitals, reading, notes=study.indication, levels=reader.levels)
    return _to_json(path, reading, urgency, drafts, {**reading.seconds, **seconds}) | why


def _study(examined: Examined, data: bytes) -> Study:
    """A study of nobody: the film's own hash stands where a patient's number would."""
    digest, now = sha256(data).hexdigest(), datetime.now(UTC)
    header = examined.header
    shown = header.patient if header else Patient(PatientId("", ""))
    patient = Patient(PatientId(digest[:32], ISSUER), "", shown.birth_date, shown.sex)
    uid = f"evaluation.{digest[:32]}"
    view = header.view if header else ""
    return Study(
        study_uid=uid,
        patient=patient,
        accession_number=header.accession_number if header else "",
        modality=header.modality if header else "DX",
        studied_at=(header and header.studied_at) or now,
        received_at=now,
        indication=header.indication if header else "",
        instances=(Instance(uid, uid, digest, examined.rows, examined.columns, view, examined.media_type),),
    )


def _permit(study: Study) -> Permit:
    """The operator declares the purpose by running this command; `decide` makes the permit of it."""
    whose, now = study.patient.patient_id, datetime.now(UTC)
    declared = Provision(f"declared-{whose.value}", Purpose.EVALUATION, True, now, now + DECLARED_FOR)
    return decide(whose, [declared], Purpose.EVALUATION, now)


def _record(trail: Trail, study: Study, detail: str, outcome: Outcome = Outcome.DONE) -> None:
    event = AuditEvent(
        agent=operator(),
        action="read for evaluation",
        entity=f"film/{study.instances[0].sha256[:16]}",
        recorded_at=datetime.now(UTC),
        purpose=Purpose.EVALUATION.value,
        outcome=outcome,
        detail=detail,
    )
    trail.record(event)


def _drafts(
    reader: _Reader, study: Study, vitals: Vitals | None, reading: Reading, film: Film, permit: Permit
) -> tuple[dict[str, str], dict[str, float]]:
    """The styles asked for, and the seconds until each was whole; they are written side by side."""
    texts, seconds, began_at = {}, {}, time.perf_counter()
    pieces = reader.model.drafts(study, vitals, reading, film, permit, has_prior=False)
    for style, piece in pieces:
        if isinstance(piece, Draft) and style in reader.styles:
            texts[style.value] = piece.text
            seconds[style.value] = round(time.perf_counter() - began_at, 3)
    return {style.value: texts[style.value] for style in reader.styles}, seconds


def _why(
    reader: _Reader, study: Study, vitals: Vitals | None, reading: Reading, film: Film, permit: Permit
) -> dict[str, Any]:
    """Where each finding that is at least possible was seen, and the parts of the foremost one's answer."""
    if not reader.explain:
        return {}
    doubt = {Certainty.NOT_ASSESSED, Certainty.UNLIKELY}
    seen = [f for f in reading.findings if f.certainty not in doubt]
    regions = {f.code: place(f.region) if f.region else "no region" for f in seen}
    shown, parts = reading.pointed_at, None
    if shown is not None and isinstance(reader.model, _Explains):
        parts = reader.model.explain(study, vitals, *film(), permit, shown.code)
    return {"explanation": {"regions": regions, "parts": parts}}


# ── the answer ────────────────────────────────────────────────────────────────────────────────────────


def _to_json(
    path: Path, reading: Reading, urgency: Assessment, texts: dict[str, str], seconds: dict[str, float]
) -> dict[str, Any]:
    return {
        "file": str(path),
        "findings": {
            f.code: {"probability": f.probability, "abstained": f.abstained} for f in reading.findings
        },
        "pathology_probability": reading.pathology_probability,
        "urgency": {"level": urgency.urgency.name.lower(), "reasons": list(urgency.reasons)},
        "impressions": texts,
        "model": {"id": reading.model.id, "sha256": reading.model.sha256, "bits": reading.model.bits},
        "seconds": seconds,
    }


def _text(answer: dict[str, Any]) -> str:
    if "error" in answer:
        return f"{answer['file']}: {answer['error']}"
    lines = [f"{answer['file']}: {answer['urgency']['level']} ({'; '.join(answer['urgency']['reasons'])})"]
    for code, said in answer["findings"].items():
        shown = "not assessed" if said["abstained"] else f"{said['probability']:.0%}"
        lines.append(f"  {code:<20} {shown}")
    lines += [f"  {style}: {text}" for style, text in answer["impressions"].items()]
    return "\n".join(lines)
