from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import rows
from db.tables import DraftRow, StudyRow
from tests.builders import NOW, STUDY_UID, a_draft, a_patient, a_reading, a_study, an_instance, vitals
from triage.finding import LABELS, Finding, Laterality, Region
from triage.reading import Evidence, Style, Writer
from triage.report import Report, ReportStatus, Verdict
from triage.study import Sex, Urgency
from triage.urgency import Assessment
from triage.vitals import PARAMETERS, Consciousness
from triage.worklist import Claim, place

REPORT = Report(1, ReportStatus.FINAL, "Normal.", Verdict.UNAIDED, "clinician@demo", NOW)


ROUTINE = Assessment(Urgency.ROUTINE, ("ordered routine",))


def a_row(study, assessment=ROUTINE, **columns):
    due_at = place(study, assessment).due_at
    return StudyRow(**rows.from_study(study), **rows.from_assessment(assessment), due_at=due_at, **columns)


@pytest.mark.parametrize(
    "study",
    [
        a_study(),
        a_study(order_priority=Urgency.STAT, simulated=True, indication=""),
        a_study(patient=a_patient(name="", birth_date=None, sex=Sex.UNKNOWN)),
    ],
)
def test_a_study_survives_its_row(study):
    assert rows.to_study(a_row(study), study.instances) == study


@pytest.mark.parametrize("instance", [an_instance(), an_instance(view="", media_type="image/png", rows=9)])
def test_an_instance_survives_its_row(instance):
    assert rows.to_instance(rows.from_instance(STUDY_UID, instance)) == instance


@pytest.mark.parametrize("urgency", Urgency)
def test_an_assessment_survives_its_row(urgency):
    assessment = Assessment(urgency, ("one", "two"), True, timedelta(hours=36), "shipped 0123")
    assert rows.to_assessment(a_row(a_study(), assessment)) == assessment


def test_a_claim_is_whole_or_none():
    assert rows.to_claim(a_row(a_study())) is None
    assert rows.to_claim(a_row(a_study(), claimed_by="a@b", claimed_until=NOW)) == Claim("a@b", NOW)


values = st.fixed_dictionaries(
    {},
    optional={code: st.floats(p.lowest, p.highest) for code, p in PARAMETERS.items() if "mmhg" not in code},
)


@given(
    values, st.none() | st.booleans(), st.none() | st.sampled_from(Consciousness), st.none() | st.booleans()
)
def test_vitals_survive_their_row(measured, on_oxygen, consciousness, hypercapnic):
    made = replace(
        vitals(), values=measured, on_oxygen=on_oxygen, consciousness=consciousness, hypercapnic=hypercapnic
    )
    assert rows.to_vitals(rows.from_vitals(STUDY_UID, made)) == made


boxes = st.builds(Region, *[st.floats(0, 1)] * 4)
some_findings = st.builds(
    Finding,
    st.sampled_from(sorted(LABELS)),
    st.none() | st.floats(0, 1),
    st.none() | st.sampled_from(Laterality),
    st.none() | boxes,
    st.none() | st.just("b" * 64),
)


@given(some_findings)
def test_a_finding_survives_its_row(finding):
    assert rows.to_finding(rows.from_finding(finding)) == finding


@pytest.mark.parametrize(
    "reading",
    [
        a_reading(),
        a_reading(pathology_probability=None, note="Too dark.", seconds={}),
        a_reading(read_at=datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC)),
    ],
)
def test_a_reading_survives_its_row(reading):
    assert rows.to_reading(rows.from_reading(reading), ()) == reading


@pytest.mark.parametrize("style", Style)
def test_a_draft_survives_its_row(style):
    draft = a_draft(
        style,
        writer=Writer.COMPOSER,
        removed=(("No fracture.", "not among the facts"),),
        mended=(("Left effusion.", "Right effusion.", "pleural effusion is on the right"),),
        raw="No fracture. Left effusion.",
        evidence=(Evidence("Right effusion.", (("effusion", "right lower zone"),)),),
        facts={"findings": [{"code": "effusion", "side": "right", "severity": None}]},
    )
    assert rows.to_draft(DraftRow(reading=1, **rows.from_draft(draft))) == draft


@pytest.mark.parametrize(
    "report", [REPORT, replace(REPORT, style=Style.BULLET, reason="Wrong side.", version=2)]
)
def test_a_report_survives_its_row(report):
    assert rows.to_report(rows.from_report(STUDY_UID, report)) == report
