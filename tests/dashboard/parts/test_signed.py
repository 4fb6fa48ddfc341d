from datetime import UTC

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts import signed
from tests.builders import NOW, a_draft, a_reading
from triage.reading import Style
from triage.report import Report, ReportStatus, Verdict


@pytest.mark.parametrize("made", Verdict)
def test_a_version_names_who_when_and_what_became_of_the_draft(made):
    report = Report(2, ReportStatus.AMENDED, "<p>Clear</p>", made, "ada", NOW, reason="Side was <wrong>.")
    shown = signed.version(report, UTC)
    for words in ("Version 2", "amended", "<b>ada</b>", "21 Nov 2026, 08:00 UTC", signed.VERDICTS[made]):
        assert words in shown
    assert "reason: Side was &lt;wrong&gt;." in shown
    assert "&lt;p&gt;Clear&lt;/p&gt;" in shown


def page() -> None:
    from datetime import UTC

    from dashboard.parts import signed
    from tests.builders import NOW
    from triage.report import Report, ReportStatus, Verdict

    first = Report(1, ReportStatus.FINAL, "First.", Verdict.UNAIDED, "ada", NOW)
    second = Report(2, ReportStatus.AMENDED, "Second.", Verdict.UNAIDED, "ada", NOW)
    signed.show([first, second], UTC)


def test_the_latest_stands_first_and_the_earlier_stay():
    at = AppTest.from_function(page).run()
    shown = [h.value for h in at.get("html")]
    assert "Second." in shown[0]
    assert [e.label for e in at.expander] == ["What changed", "Earlier versions: 1"]
    assert "Changed against version 1" in shown[1]
    assert "First." in shown[2]


def test_the_first_version_is_compared_with_its_draft_while_that_may_be_shown():
    report = Report(
        1, ReportStatus.FINAL, "Pleural effusion, probable.", Verdict.EDITED, "ada", NOW, Style.BRIEF
    )
    reading = a_reading(drafts=(a_draft(),))
    assert "Changed against the brief AI draft" in signed.difference(report, None, reading)
    assert signed.difference(report, None, None) == ""
    accepted = Report(1, ReportStatus.FINAL, a_draft().text, Verdict.ACCEPTED, "ada", NOW, Style.BRIEF)
    assert signed.difference(accepted, None, reading) == ""


def test_sentences_that_were_taken_on_stand_with_who_answers_for_them():
    report = Report(1, ReportStatus.FINAL, "X.", Verdict.EDITED, "ada", NOW, taken_on=("A <pneumothorax>.",))
    assert "ada answers for “A &lt;pneumothorax&gt;.”." in signed.version(report, UTC)


def test_a_person_is_called_by_their_name():
    report = Report(
        1, ReportStatus.FINAL, "X.", Verdict.EDITED, "0f2a-99", NOW, taken_on=("Y.",), signer="Dr. Ada Keller"
    )
    shown = signed.version(report, UTC)
    assert "signed by <b>Dr. Ada Keller</b>" in shown
    assert "Dr. Ada Keller answers for" in shown
    assert "0f2a-99" not in shown


def test_the_ways_to_paper_name_the_languages_and_nobody():
    shown = signed.as_pdf("1.2/../3")
    assert 'href="/api/studies/1.2/../3/report.pdf"' in shown
    assert "English and Russian" in shown
