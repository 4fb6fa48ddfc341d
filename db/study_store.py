"""Studies and all that hangs on them, in PostgreSQL; see triage.ports.StudyStore."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from consent.audit import AuditEvent
from consent.record import PatientId, Purpose
from db import entries, readings, rows, usage
from db.audit_trail import audited
from db.connection import Database
from db.search import storable
from db.tables import (
    InstanceRow,
    QuarantineRow,
    ReportRow,
    StatusChangeRow,
    StudyRow,
    VitalsRow,
)
from triage.errors import AlreadySigned, MoveNotAllowed, StudyHeld, UnknownStudy
from triage.reading import Draft, Reading
from triage.report import Report
from triage.status import OPEN, Status
from triage.stores import Quarantined, StatusChange
from triage.study import Instance, Patient, Study, Urgency
from triage.urgency import Assessment
from triage.vitals import Vitals
from triage.worklist import Claim, Entry, Place, place


class PgStudyStore:
    """Studies in PostgreSQL. Every change writes its audit event in the same transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ── arriving ──────────────────────────────────────────────────────────────────────────────────────

    def add_study(self, study: Study, assessment: Assessment, event: AuditEvent) -> None:
        """File a new study with its images; it is on the worklist from here on."""
        with audited(self._database, event) as session:
            session.add(
                StudyRow(
                    **rows.from_study(study),
                    **rows.from_assessment(assessment),
                    due_at=place(study, assessment).due_at,
                    status=Status.RECEIVED.value,
                    status_reason="",
                    moved_at=event.recorded_at,
                )
            )
            session.flush()
            session.add_all(rows.from_instance(study.study_uid, instance) for instance in study.instances)
            session.add(_change(study.study_uid, Status.RECEIVED, "", event))
            session.flush()

    def add_instance(self, study_uid: str, instance: Instance, event: AuditEvent) -> None:
        """File one more image of a study."""
        with audited(self._database, event) as session:
            session.add(rows.from_instance(study_uid, instance))
            session.flush()

    def raise_order(self, study_uid: str, priority: Urgency, event: AuditEvent) -> None:
        """Order a study more urgently than before; never less. Raises: UnknownStudy."""
        ordered = update(StudyRow).where(col(StudyRow.study_uid) == study_uid)
        most = func.greatest(col(StudyRow.order_priority), priority.value)
        with audited(self._database, event) as session:
            if session.exec(ordered.values(order_priority=most)).rowcount == 0:
                raise UnknownStudy("No study with this UID is on file.")

    def instance_sha256(self, sop_instance_uid: str) -> str | None:
        """The hash of the bytes on file under this UID, None when it is new."""
        asked = select(InstanceRow.sha256).where(col(InstanceRow.sop_instance_uid) == sop_instance_uid)
        with self._database.session() as session:
            return session.exec(asked).one_or_none()

    def quarantine(self, file: Quarantined, event: AuditEvent) -> None:
        """Note a file that was kept apart."""
        with audited(self._database, event) as session:
            name, reason = storable(file.name), storable(file.reason)  # whatever it is called, it is kept
            session.add(QuarantineRow(name=name, reason=reason, sha256=file.sha256, kept_at=file.kept_at))
            session.flush()

    def quarantined(self, limit: int) -> list[Quarantined]:
        """Files that were kept apart, the latest first."""
        asked = select(QuarantineRow).order_by(col(QuarantineRow.number).desc()).limit(limit)
        with self._database.session() as session:
            return [Quarantined(r.name, r.reason, r.sha256, r.kept_at) for r in session.exec(asked).all()]

    # ── finding ───────────────────────────────────────────────────────────────────────────────────────

    def find(self, study_uid: str) -> Entry | None:
        """One study as the worklist shows it, None when it is not on file."""
        asked = select(StudyRow).where(col(StudyRow.study_uid) == study_uid)
        with self._database.session() as session:
            return next(iter(entries.load(session, session.exec(asked).all())), None)

    def entry(self, study_uid: str) -> Entry:
        """One study as the worklist shows it. Raises: UnknownStudy."""
        found = self.find(study_uid)
        if found is None:
            raise UnknownStudy("No study with this UID is on file.")
        return found

    def worklist(self, limit: int, after: Place | None = None, search: str = "") -> list[Entry]:
        """Open studies in reading order, a page at a time.

        Args:
            limit: how many.
            after: the place of the last line of the page before.
            search: the beginning of an accession number, a whole patient number, or a part of a name.
        """
        with self._database.session() as session:
            return entries.waiting(session, limit, after, search)

    def finished(self, limit: int, search: str = "") -> list[Entry]:
        """Signed studies, the latest first; searched as `worklist`."""
        with self._database.session() as session:
            return entries.finished(session, limit, search)

    def by_accession(self, accession_number: str) -> str | None:
        """The latest study of an order; None when there is none, or when two patients' studies carry its number."""
        asked = (
            select(StudyRow)
            .where(col(StudyRow.accession_number) == accession_number)
            .order_by(col(StudyRow.received_at).desc(), col(StudyRow.study_uid))
        )
        with self._database.session() as session:
            found = session.exec(asked).all()
            patients = {(row.patient_value, row.patient_issuer) for row in found}
            return found[0].study_uid if len(patients) == 1 else None

    def patients(self, patient_id: PatientId, *, without: str = "") -> tuple[Patient, ...]:
        """What the studies on file say about this patient, one study left out."""
        with self._database.session() as session:
            others = _of_patient(session, patient_id)
            return tuple(dict.fromkeys(rows.to_patient(r) for r in others if r.study_uid != without))

    def priors(self, study_uid: str) -> tuple[Study, ...]:
        """Earlier studies of the same patient, the latest first."""
        study = self.entry(study_uid).study
        with self._database.session() as session:
            earlier = [
                r for r in _of_patient(session, study.patient.patient_id) if r.studied_at < study.studied_at
            ]
            return tuple(entry.study for entry in entries.load(session, earlier))

    def studies_of(self, patient_id: PatientId) -> tuple[str, ...]:
        """UIDs of all this patient's studies, signed ones too, the latest first."""
        with self._database.session() as session:
            return tuple(row.study_uid for row in _of_patient(session, patient_id))

    # ── moving ────────────────────────────────────────────────────────────────────────────────────────

    def move(self, study_uid: str, current: Status, target: Status, reason: str, event: AuditEvent) -> None:
        """Record one move if the study still is `current`. Raises: MoveNotAllowed: it is not any more."""
        moved = (
            update(StudyRow)
            .where(col(StudyRow.study_uid) == study_uid, col(StudyRow.status) == current.value)
            .values(status=target.value, status_reason=reason, moved_at=event.recorded_at)
        )
        with audited(self._database, event) as session:
            if session.exec(moved).rowcount == 0:
                raise MoveNotAllowed(f"This study is no longer {current}; somebody was faster.")
            session.add(_change(study_uid, target, reason, event))
            session.flush()

    def history(self, study_uid: str) -> tuple[StatusChange, ...]:
        """Every move of a study, the first first."""
        asked = select(StatusChangeRow).where(col(StatusChangeRow.study_uid) == study_uid)
        with self._database.session() as session:
            found = session.exec(asked.order_by(col(StatusChangeRow.number))).all()
            return tuple(StatusChange(Status(r.status), r.changed_at, r.agent, r.reason) for r in found)

    def claim(self, study_uid: str, claim: Claim | None, event: AuditEvent) -> None:
        """Give a study to a reader, or give it back.

        Raises: StudyHeld: at the moment of the event another reader holds it. AlreadySigned: nobody reads it any more.
            UnknownStudy.
        """
        free = or_(
            col(StudyRow.claimed_by).is_(None),
            col(StudyRow.claimed_by) == event.agent,
            col(StudyRow.claimed_until) <= event.recorded_at,
        )
        taken = (
            update(StudyRow)
            .where(col(StudyRow.study_uid) == study_uid, free, *([col(StudyRow.waiting)] if claim else []))
            .values(
                claimed_by=claim.subject if claim else None,
                claimed_until=claim.until if claim else None,
            )
        )
        with audited(self._database, event) as session:
            if session.exec(taken).rowcount == 0:
                if self.entry(study_uid).status not in OPEN:
                    raise AlreadySigned("This report is signed; amend it instead.")
                raise StudyHeld("Another reader was faster and holds this study.")

    # ── measuring, reading, reporting ─────────────────────────────────────────────────────────────────

    def add_vitals(self, study_uid: str, vitals: Vitals, event: AuditEvent) -> None:
        """File measurements; earlier ones stay."""
        with audited(self._database, event) as session:
            session.add(rows.from_vitals(study_uid, vitals))
            session.flush()

    def vitals(self, study_uid: str) -> tuple[Vitals, ...]:
        """All measurements, the latest last."""
        asked = select(VitalsRow).where(col(VitalsRow.study_uid) == study_uid)
        in_time = asked.order_by(col(VitalsRow.measured_at), col(VitalsRow.number))
        with self._database.session() as session:
            return tuple(rows.to_vitals(row) for row in session.exec(in_time).all())

    def save_assessment(self, study_uid: str, assessment: Assessment, event: AuditEvent) -> None:
        """Give a study its place."""
        placed = update(StudyRow).where(col(StudyRow.study_uid) == study_uid)
        seconds = assessment.gives_way.total_seconds()  # days would follow the clocks into summer
        due_at = col(StudyRow.received_at) + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
        with audited(self._database, event) as session:
            if session.exec(placed.values(**rows.from_assessment(assessment), due_at=due_at)).rowcount == 0:
                raise UnknownStudy("No study with this UID is on file.")

    def save_reading(self, reading: Reading, event: AuditEvent) -> None:
        """File what the model answered, with any drafts it already has."""
        with audited(self._database, event) as session:
            readings.add(session, reading)

    def save_draft(self, study_uid: str, draft: Draft, event: AuditEvent) -> None:
        """File an impression beside the latest reading.

        Raises: MoveNotAllowed: no reading of this study may be looked at.
        """
        with audited(self._database, event) as session:
            readings.add_draft(session, study_uid, draft)

    def reading(self, study_uid: str) -> Reading | None:
        """The model's latest answer with its drafts, None when there is none to look at."""
        with self._database.session() as session:
            return readings.shown(session, study_uid)

    def hide_reading(self, study_uid: str, event: AuditEvent) -> None:
        """Take the model's answers off every screen; the rows stay."""
        with audited(self._database, event) as session:
            readings.hide(session, study_uid, event.recorded_at)

    def run_out(self, purpose: Purpose, at: datetime, limit: int) -> tuple[PatientId, ...]:
        """Patients with an answer of the model still on a screen whose permission has ended and was not given anew."""
        with self._database.session() as session:
            return readings.run_out(session, purpose, at, limit)

    def add_report(self, study_uid: str, report: Report, event: AuditEvent) -> None:
        """File one version of a report. Raises: AlreadySigned: this version is on file already."""
        with audited(self._database, event) as session:
            session.add(rows.from_report(study_uid, report))
            try:
                session.flush()
            except IntegrityError as e:
                raise AlreadySigned("Somebody signed this report a moment ago; amend theirs instead.") from e
            usage.note_use(session, study_uid, report)

    def reports(self, study_uid: str) -> tuple[Report, ...]:
        """Every version, the first first."""
        asked = (
            select(ReportRow).where(col(ReportRow.study_uid) == study_uid).order_by(col(ReportRow.version))
        )
        with self._database.session() as session:
            return tuple(rows.to_report(row) for row in session.exec(asked).all())


def _change(study_uid: str, status: Status, reason: str, event: AuditEvent) -> StatusChangeRow:
    return StatusChangeRow(
        study_uid=study_uid,
        status=status.value,
        changed_at=event.recorded_at,
        agent=event.agent,
        reason=reason,
    )


def _of_patient(session: Session, patient_id: PatientId) -> Sequence[StudyRow]:
    asked = select(StudyRow).where(
        col(StudyRow.patient_value) == patient_id.value, col(StudyRow.patient_issuer) == patient_id.issuer
    )
    return session.exec(asked.order_by(col(StudyRow.studied_at).desc(), col(StudyRow.study_uid))).all()
