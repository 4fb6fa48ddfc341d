from datetime import UTC, timedelta

from dashboard.parts import study_row
from tests.builders import NOW, a_person, a_study, vitals
from triage.report import Report, ReportStatus, Verdict
from triage.status import Status
from triage.stores import Quarantined
from triage.urgency import assess
from triage.worklist import Entry


def entry(**changes):
    study = a_study(received_at=NOW - timedelta(minutes=40))
    measured = vitals(spo2_pct=85.0, resp_rate_bpm=30.0)
    made = {
        "study": study,
        "status": Status.RANKED,
        "assessment": assess(study.order_priority, measured, None),
        "vitals": measured,
    }
    return Entry(**{**made, **changes})


def test_a_signed_row_names_who_when_and_what_became_of_the_draft():
    report = Report(1, ReportStatus.FINAL, "Clear <lungs>.", Verdict.EDITED, a_person().subject, NOW)
    row = study_row.signed_row(entry(status=Status.SIGNED), report, NOW, UTC)
    for words in ("Clear &lt;lungs&gt;.", "clinician@demo", "21 Nov 2026, 08:00 UTC", "the AI draft, edited"):
        assert words in row
    assert "—" in study_row.signed_row(entry(status=Status.SIGNED), None, NOW, UTC)


def test_a_file_kept_apart_has_its_reason():
    table = study_row.quarantined([Quarantined("a<b>.dcm", "It ends too early.", "ab" * 32, NOW)], UTC)
    assert "a&lt;b&gt;.dcm" in table
    assert "It ends too early." in table
    assert "abababababab" in table


def test_each_column_has_its_name():
    assert study_row.SIGNED_COLUMNS.count("<div>") == 6
