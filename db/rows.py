"""Studies and what hangs on them, from rows to the domain and back; pure, one pair for each thing."""

from typing import Any

from consent.record import PatientId
from db.tables import DraftRow, InstanceRow, ReadingRow, ReportRow, StudyRow, VitalsRow
from triage.finding import Finding, Laterality, Region
from triage.reading import Draft, Evidence, ModelIdentity, Reading, Style, Writer
from triage.report import Report, ReportStatus, Verdict
from triage.study import Instance, Patient, Sex, Study, Urgency
from triage.urgency import Assessment
from triage.vitals import Consciousness, Vitals
from triage.worklist import Claim

# ── studies ───────────────────────────────────────────────────────────────────────────────────────────


def to_patient(row: StudyRow) -> Patient:
    return Patient(
        patient_id=PatientId(row.patient_value, row.patient_issuer),
        name=row.patient_name,
        birth_date=row.birth_date,
        sex=Sex(row.sex),
    )


def to_study(row: StudyRow, instances: tuple[Instance, ...]) -> Study:
    return Study(
        study_uid=row.study_uid,
        patient=to_patient(row),
        accession_number=row.accession_number,
        modality=row.modality,
        studied_at=row.studied_at,
        received_at=row.received_at,
        order_priority=Urgency(row.order_priority),
        indication=row.indication,
        instances=instances,
        simulated=row.simulated,
    )


def from_study(study: Study) -> dict[str, Any]:
    """The columns that say what the header says; the others change on the study's way."""
    patient = study.patient
    return {
        "study_uid": study.study_uid,
        "patient_value": patient.patient_id.value,
        "patient_issuer": patient.patient_id.issuer,
        "patient_name": patient.name,
        "birth_date": patient.birth_date,
        "sex": patient.sex.value,
        "accession_number": study.accession_number,
        "modality": study.modality,
        "studied_at": study.studied_at,
        "received_at": study.received_at,
        "order_priority": int(study.order_priority),
        "indication": study.indication,
        "simulated": study.simulated,
    }


def to_instance(row: InstanceRow) -> Instance:
    return Instance(
        sop_instance_uid=row.sop_instance_uid,
        series_uid=row.series_uid,
        sha256=row.sha256,
        rows=row.rows,
        columns=row.columns,
        view=row.view,
        media_type=row.media_type,
    )


def from_instance(study_uid: str, instance: Instance) -> InstanceRow:
    return InstanceRow(
        study_uid=study_uid,
        sop_instance_uid=instance.sop_instance_uid,
        series_uid=instance.series_uid,
        sha256=instance.sha256,
        rows=instance.rows,
        columns=instance.columns,
        view=instance.view,
        media_type=instance.media_type,
    )


def to_assessment(row: StudyRow) -> Assessment:
    return Assessment(
        urgency=Urgency(row.urgency),
        reasons=tuple(row.reasons),
        ai_negative=row.ai_negative,
        gives_way=row.due_at - row.received_at,
        levels=row.levels,
    )


def from_assessment(assessment: Assessment) -> dict[str, Any]:
    """The columns of an assessment, without the due moment, which takes the time of arrival as well."""
    return {
        "urgency": int(assessment.urgency),
        "reasons": list(assessment.reasons),
        "ai_negative": assessment.ai_negative,
        "levels": assessment.levels,
    }


def to_claim(row: StudyRow) -> Claim | None:
    if row.claimed_by is None or row.claimed_until is None:
        return None
    return Claim(row.claimed_by, row.claimed_until)


def to_vitals(row: VitalsRow) -> Vitals:
    return Vitals(
        measured_at=row.measured_at,
        values=dict(row.measurements),
        on_oxygen=row.on_oxygen,
        consciousness=None if row.consciousness is None else Consciousness(row.consciousness),
        hypercapnic=row.hypercapnic,
    )


def from_vitals(study_uid: str, vitals: Vitals) -> VitalsRow:
    return VitalsRow(
        study_uid=study_uid,
        measured_at=vitals.measured_at,
        measurements=dict(vitals.values),
        on_oxygen=vitals.on_oxygen,
        consciousness=None if vitals.consciousness is None else vitals.consciousness.value,
        hypercapnic=vitals.hypercapnic,
    )


# ── readings and reports ──────────────────────────────────────────────────────────────────────────────


def to_finding(kept: dict[str, Any]) -> Finding:
    side, box = kept["laterality"], kept["region"]
    return Finding(
        code=kept["code"],
        probability=kept["probability"],
        laterality=None if side is None else Laterality(side),
        region=None if box is None else Region(*box),
        heatmap_sha256=kept["heatmap_sha256"],
    )


def from_finding(finding: Finding) -> dict[str, Any]:
    box = finding.region
    return {
        "code": finding.code,
        "probability": finding.probability,
        "laterality": None if finding.laterality is None else finding.laterality.value,
        "region": None if box is None else [box.left, box.top, box.right, box.bottom],
        "heatmap_sha256": finding.heatmap_sha256,
    }


def to_reading(row: ReadingRow, drafts: tuple[Draft, ...]) -> Reading:
    return Reading(
        study_uid=row.study_uid,
        findings=tuple(to_finding(kept) for kept in row.findings),
        pathology_probability=row.pathology_probability,
        model=ModelIdentity(row.model_id, row.model_sha256, row.model_bits),
        permit_id=row.permit_id,
        input_sha256=row.input_sha256,
        read_at=row.read_at,
        seconds=dict(row.seconds),
        drafts=drafts,
        note=row.note,
    )


def from_reading(reading: Reading) -> ReadingRow:
    return ReadingRow(
        study_uid=reading.study_uid,
        findings=[from_finding(finding) for finding in reading.findings],
        pathology_probability=reading.pathology_probability,
        model_id=reading.model.id,
        model_sha256=reading.model.sha256,
        model_bits=reading.model.bits,
        permit_id=reading.permit_id,
        input_sha256=reading.input_sha256,
        read_at=reading.read_at,
        seconds=dict(reading.seconds),
        note=reading.note,
    )


def to_draft(row: DraftRow) -> Draft:
    return Draft(
        style=Style(row.style),
        text=row.text,
        writer=Writer(row.writer),
        removed=tuple((sentence, reason) for sentence, reason in row.removed),
        mended=tuple((sentence, instead, reason) for sentence, instead, reason in row.mended),
        raw=row.raw,
        evidence=tuple(to_evidence(kept) for kept in row.evidence),
        facts=dict(row.facts),
    )


def from_draft(draft: Draft) -> dict[str, Any]:
    return {
        "style": draft.style.value,
        "text": draft.text,
        "writer": draft.writer.value,
        "removed": [list(pair) for pair in draft.removed],
        "mended": [list(change) for change in draft.mended],
        "raw": draft.raw,
        "evidence": [from_evidence(said) for said in draft.evidence],
        "facts": dict(draft.facts),
    }


def to_evidence(kept: dict[str, Any]) -> Evidence:
    return Evidence(kept["sentence"], tuple((what, where) for what, where in kept["grounds"]))


def from_evidence(said: Evidence) -> dict[str, Any]:
    return {"sentence": said.sentence, "grounds": [list(ground) for ground in said.grounds]}


def to_report(row: ReportRow) -> Report:
    return Report(
        version=row.version,
        status=ReportStatus(row.status),
        impression=row.impression,
        verdict=Verdict(row.verdict),
        signed_by=row.signed_by,
        signed_at=row.signed_at,
        style=None if row.style is None else Style(row.style),
        reason=row.reason,
        taken_on=tuple(row.taken_on),
        signer=row.signer,
    )


def from_report(study_uid: str, report: Report) -> ReportRow:
    return ReportRow(
        study_uid=study_uid,
        version=report.version,
        status=report.status.value,
        impression=report.impression,
        verdict=report.verdict.value,
        signed_by=report.signed_by,
        signed_at=report.signed_at,
        style=None if report.style is None else report.style.value,
        reason=report.reason,
        taken_on=list(report.taken_on),
        signer=report.signer,
    )
