from datetime import UTC, timedelta

from dashboard.parts import study_row
from tests.builders import NOW, a_person, a_study, vitals
from triage.ports import Quarantined
from triage.report import Report, ReportStatus, Verdict
from triage.status import Status
from triage.study import Urgency
from triage.urgency import Assessment, assess
from triage.worklist import Claim, Entry


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


def test_a_row_answers_how_soon_who_which_why_how_ill_and_where():
    row = study_row.row(entry(priors=2), "ada", NOW, UTC)
    for words in (
        "ASAP",
        "waiting 40 min",
        "Vale Maren",
        "P-1001",
        "A-100",
        "2 priors",
        "NEWS2 6: urgent review",
        "NEWS2 ≥ 6",
        "read by AI",
    ):
        assert words in row


def test_the_weightiest_reason_stands_first_the_others_beneath():
    why = study_row.why(entry(assessment=Assessment(Urgency.STAT, ("ordered stat", "AI: edema 70%"))))
    assert why.startswith("ordered stat<small>")
    assert "AI: edema 70%" in why
    negative = study_row.why(
        entry(assessment=Assessment(Urgency.ROUTINE, ("ordered routine",), ai_negative=True))
    )
    assert "behind others of its urgency" in negative


def test_who_holds_it_and_why_a_person_reads_it_are_said():
    held = entry(
        status=Status.UNRANKED,
        status_reason="The patient said <no>.",
        claim=Claim("tom", NOW + timedelta(minutes=3)),
    )
    row = study_row.row(held, "ada", NOW, UTC)
    assert "for a person" in row
    assert "The patient said &lt;no&gt;." in row
    assert "held by tom until 08:03 UTC" in row


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
    assert study_row.OPEN_COLUMNS.count("<div>") == study_row.SIGNED_COLUMNS.count("<div>") == 6


def test_what_a_score_lacks_is_named_when_little_and_counted_when_much():
    much = study_row.bedside(entry())
    assert ">5 of 7 not measured<" in much
    assert 'title="not measured: systolic pressure, heart rate, temperature, oxygen, consciousness"' in much
    healthy = dict.fromkeys(("resp_rate_bpm", "spo2_pct", "heart_rate_bpm", "systolic_mmhg"), 97.0)
    little = entry(vitals=vitals(temperature_c=37.0, on_oxygen=False, **{**healthy, "resp_rate_bpm": 14.0}))
    assert ">not measured: consciousness<" in study_row.bedside(little)
    assert "no vitals" in study_row.bedside(entry(vitals=None))
