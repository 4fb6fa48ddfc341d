from datetime import UTC

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts import signed
from tests.builders import NOW
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
    assert "Second." in at.get("html")[0].value
    assert [e.label for e in at.expander] == ["Earlier versions: 1"]
    assert "First." in at.get("html")[1].value
