"""What arrives becomes a study, or a sentence that says why not; nothing that might matter is thrown away."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from stat import S_ISREG

from consent.audit import AuditEvent
from consent.audit import Outcome as Ended
from consent.record import PatientId
from engine.dicom.archive import MAX_UNPACKED_BYTES, unpack
from engine.dicom.file import MAX_FILE_BYTES, media_type_of, plain
from engine.dicom.header import Header, photo_header
from engine.dicom.quarantine import Examined, examine, without_preamble
from engine.dicom.quarantine import Outcome as Opinion
from triage import flow
from triage.errors import TriageError
from triage.identity import Match, match
from triage.ports import House
from triage.stores import Quarantined
from triage.study import Instance, Patient, Study, Urgency
from triage.vitals import Vitals
from triage.vitals_table import Row, read_table

BY_ORDER = "accession number"
"""Who issued the number of a patient of whom only the order is known."""


class Taken(StrEnum):
    """What became of one arrived file."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Outcome:
    """What became of one file: a sentence for the person who brought it, and the study it belongs to.

    `reason` is "" where there is nothing to say, `study_uid` is "" where there is no study.
    """

    path: str
    outcome: Taken
    reason: str = ""
    study_uid: str = ""


@dataclass(frozen=True)
class VitalsOutcome:
    """What became of one line of a table of vitals."""

    line: int
    accession_number: str
    ok: bool
    reason: str = ""


@dataclass(frozen=True)
class _Order:
    """What the person at the screen said about the files; blank where the files speak for themselves."""

    agent: str
    accession_number: str
    vitals: Vitals | None
    indication: str
    order_priority: Urgency
    patient: Patient | None


# ── files on this machine ─────────────────────────────────────────────────────────────────────────────


def refusal(path: Path) -> str:
    """Why a path is not even opened, "" where it may be: a device or a pipe never ends, and memory does."""
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode):
            return "This is no ordinary file."
        with path.open("rb") as opened:
            packed = media_type_of(opened.read(132)) == "application/zip"
    except OSError as error:
        return f"The file cannot be opened: {error.strerror}."
    most = MAX_UNPACKED_BYTES if packed else MAX_FILE_BYTES
    return f"The file is larger than {most // 1024**2} MB." if status.st_size > most else ""


# ── films ─────────────────────────────────────────────────────────────────────────────────────────────


def take_file(
    house: House,
    name: str,
    data: bytes,
    *,
    agent: str,
    accession_number: str = "",
    vitals: Vitals | None = None,
    indication: str = "",
    order_priority: Urgency = Urgency.ROUTINE,
    patient: Patient | None = None,
) -> list[Outcome]:
    """Take in one file; a zip is taken apart and each of its films stands for itself.

    Args:
        house: what the flow leans on.
        name: what the sender called the file; shown, never used as a path.
        data: the bytes as they arrived.
        agent: who brought it.
        accession_number: the order; needed for PNG and JPEG, and must agree with what a DICOM header says.
        vitals: what was measured, recorded once per study.
        indication: why the film was asked for, where the header does not say.
        order_priority: what the referring clinician asked for.
        patient: whose film it is; needed where the header does not say, and must agree where it does.

    Returns: one outcome per film; the batch goes on whatever one of them holds.
    """
    order = _Order(
        agent, plain(accession_number, 64), vitals, plain(indication, 1024), order_priority, patient
    )
    if media_type_of(data) != "application/zip":
        return [_take(house, plain(name), data, order)]
    return list(_take_archive(house, plain(name), data, order)) or [
        Outcome(plain(name), Taken.REJECTED, "The archive holds no files.")
    ]


def _take_archive(house: House, name: str, data: bytes, order: _Order) -> Iterator[Outcome]:
    digest = sha256(data).hexdigest()
    for member in unpack(data, name):
        path = name if member.name == name else f"{name}/{member.name}"
        if member.data is None:
            yield _reject(house, path, member.reason, digest, order)
        else:
            yield _take(house, path, member.data, order)


def _take(house: House, name: str, data: bytes, order: _Order) -> Outcome:
    examined = examine(data, name)
    if examined.outcome is Opinion.REJECTED:
        return _reject(house, name, examined.reason, sha256(data).hexdigest(), order)
    stored = without_preamble(data)
    examined = _with_patient(examined, order)
    if examined.outcome is Opinion.QUARANTINED:
        return _keep_apart(house, name, examined.reason, stored, order)
    if examined.header is None and not order.accession_number:
        reason = "A PNG or JPEG names no order; give its accession number."
        return _reject(house, name, reason, sha256(data).hexdigest(), order)
    header = examined.header or _photo(house, examined, stored, order)
    reason = _contradiction(header, order)
    if reason:
        return _keep_apart(house, name, reason, stored, order)
    return _receive(house, name, stored, _study(house, header, examined, stored, order), order)


def _with_patient(examined: Examined, order: _Order) -> Examined:
    """A film without a patient number is settled by the person who says whose it is."""
    header = examined.header
    if header is None or order.patient is None or header.patient.patient_id.value or header.burnt_in:
        return examined
    return replace(examined, outcome=Opinion.ACCEPTED, header=replace(header, patient=order.patient))


def _photo(house: House, examined: Examined, stored: bytes, order: _Order) -> Header:
    patient = order.patient or _patient_on_order(house, order.accession_number)
    return photo_header(
        sha256(stored).hexdigest(),
        examined.rows,
        examined.columns,
        patient=patient,
        accession_number=order.accession_number,
        studied_at=house.clock.now(),
    )


def _patient_on_order(house: House, accession_number: str) -> Patient:
    """Whose order this is; of an order nobody knows, the number stands for the patient until someone says more."""
    study_uid = house.studies.by_accession(accession_number)
    if study_uid is not None:
        return house.studies.entry(study_uid).study.patient
    return Patient(PatientId(accession_number, BY_ORDER))


def _contradiction(header: Header, order: _Order) -> str:
    if order.patient is not None and match(header.patient, order.patient) is not Match.AGREE:
        return "The film names another patient than the form; it is kept apart."
    if order.accession_number and header.accession_number not in {"", order.accession_number}:
        return "The film names another accession number than the form; it is kept apart."
    return ""


def _study(house: House, header: Header, examined: Examined, stored: bytes, order: _Order) -> Study:
    now = house.clock.now()
    instance = Instance(
        sop_instance_uid=header.sop_instance_uid,
        series_uid=header.series_uid,
        sha256=sha256(stored).hexdigest(),
        rows=examined.rows,
        columns=examined.columns,
        view=header.view,
        media_type=examined.media_type,
    )
    return Study(
        study_uid=header.study_uid,
        patient=header.patient,
        accession_number=header.accession_number or order.accession_number,
        modality=header.modality,
        studied_at=header.studied_at or now,
        received_at=now,
        order_priority=order.order_priority,
        indication=order.indication or header.indication,
        instances=(instance,),
        simulated=header.simulated,
    )


def _receive(house: House, name: str, stored: bytes, study: Study, order: _Order) -> Outcome:
    vitals = order.vitals if order.vitals not in _vitals_on_file(house, study.study_uid) else None
    house.files.save(stored)
    try:
        new = flow.receive(house, study, vitals, order.agent)
    except TriageError as refused:
        return _keep_apart(house, name, str(refused), stored, order)
    if not new and vitals is not None:
        flow.record_vitals(house, study.study_uid, vitals, order.agent)
    if not new:
        return Outcome(name, Taken.DUPLICATE, "This film is already on file.", study.study_uid)
    by_order = study.patient.patient_id.issuer == BY_ORDER
    reason = "Nobody said whose film it is; it stands under its accession number." if by_order else ""
    return Outcome(name, Taken.ACCEPTED, reason, study.study_uid)


def _vitals_on_file(house: House, study_uid: str) -> tuple[Vitals, ...]:
    return house.studies.vitals(study_uid) if house.studies.find(study_uid) else ()


def _keep_apart(house: House, name: str, reason: str, stored: bytes, order: _Order) -> Outcome:
    digest = house.files.save(stored)
    event = _event(house, order.agent, "quarantine file", digest, reason)
    house.studies.quarantine(Quarantined(name, reason, digest, house.clock.now()), event)
    return Outcome(name, Taken.QUARANTINED, reason)


def _reject(house: House, name: str, reason: str, digest: str, order: _Order) -> Outcome:
    house.audit.record(_event(house, order.agent, "reject file", digest, reason))
    return Outcome(name, Taken.REJECTED, reason)


def _event(house: House, agent: str, action: str, digest: str, reason: str) -> AuditEvent:
    at = house.clock.now()
    return AuditEvent(agent, action, f"file/{digest[:16]}", at, outcome=Ended.FAILED, detail=reason)


# ── vitals ────────────────────────────────────────────────────────────────────────────────────────────


def take_vitals(house: House, data: bytes, agent: str) -> list[VitalsOutcome]:
    """Take in a CSV of vitals for many patients; a bad line is named and the others go on.

    Args:
        house: what the flow leans on.
        data: UTF-8 text with a header line out of `vitals_table.COLUMNS`.
        agent: who brought it.

    Returns: one outcome per line, in the order of the table.
    Raises: BadVitals: the table as a whole cannot be read.
    """
    table = read_table(data, house.clock.now())
    taken = [_take_row(house, row, agent) for row in table.rows]
    bad = [VitalsOutcome(problem.line, "", ok=False, reason=problem.reason) for problem in table.problems]
    return sorted(taken + bad, key=lambda outcome: outcome.line)


def _take_row(house: House, row: Row, agent: str) -> VitalsOutcome:
    ok, reason = _record(house, row, agent)
    return VitalsOutcome(row.line, row.accession_number, ok=ok, reason=reason)


def _record(house: House, row: Row, agent: str) -> tuple[bool, str]:
    measured = row.vitals
    if not measured.values and measured.on_oxygen is None and measured.consciousness is None:
        return False, "This line holds no measurement."
    study_uid = house.studies.by_accession(row.accession_number)
    if study_uid is None:
        return False, _without_study(house, row.accession_number)
    if measured in house.studies.vitals(study_uid):
        return True, "These measurements are already on file."
    flow.record_vitals(house, study_uid, measured, agent)
    return True, ""


def _without_study(house: House, accession_number: str) -> str:
    for entry in house.studies.worklist(100, search=accession_number):
        if entry.study.accession_number == accession_number:
            return "Studies of two patients carry this accession number; record it on the study itself."
    return "No study with this accession number is on file."
