"""A signed report is amended, never changed."""

from datetime import UTC, datetime

import pytest

from tests.triage.test_urgency import a_reading
from triage.errors import AlreadySigned, TriageError
from triage.reading import Draft, Style, Writer
from triage.report import ReportStatus, Verdict, next_report, verdict

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
SIGNED = {"style": None, "reason": "", "amends": False}


def a_report(text="Clear lungs.", made=Verdict.UNAIDED, earlier=(), **changes):
    return next_report(earlier, text, made, "keller", NOW, **{**SIGNED, **changes})


def test_the_first_version_is_final_and_the_next_amended():
    first = a_report(" Clear lungs. ")
    assert (first.version, first.status, first.impression) == (1, ReportStatus.FINAL, "Clear lungs.")
    second = a_report("Small effusion.", earlier=(first,), amends=True, reason="seen on the lateral")
    assert (second.version, second.status) == (2, ReportStatus.AMENDED)
    assert first.impression == "Clear lungs."


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"text": "  \n"}, TriageError, "needs an impression"),
        ({"amends": True, "reason": "x"}, TriageError, "Only a signed report"),
        ({"made": Verdict.REJECTED}, TriageError, "why"),
    ],
)
def test_what_cannot_be_signed_says_why(changes, error, says):
    with pytest.raises(error, match=says):
        a_report(**changes)


def test_signing_twice_is_refused_and_amending_needs_a_reason():
    first = a_report()
    with pytest.raises(AlreadySigned, match="amend"):
        a_report(earlier=(first,))
    with pytest.raises(TriageError, match="why"):
        a_report(earlier=(first,), amends=True, reason=" ")


def test_the_verdict_on_a_draft():
    from dataclasses import replace

    reading = replace(a_reading(), drafts=(Draft(Style.BRIEF, "Clear  lungs.", Writer.MODEL),))
    assert verdict("Clear lungs.", reading, Style.BRIEF, rejected=False) is Verdict.ACCEPTED
    assert verdict("Clear lung.", reading, Style.BRIEF, rejected=False) is Verdict.EDITED
    assert verdict("Clear lungs.", reading, Style.BRIEF, rejected=True) is Verdict.REJECTED
    assert verdict("Clear lungs.", None, None, rejected=False) is Verdict.UNAIDED
    assert verdict("Clear lungs.", reading, None, rejected=True) is Verdict.UNAIDED


@pytest.mark.parametrize("reading", [None, a_reading()], ids=["reading gone", "draft gone"])
def test_words_from_a_draft_that_is_gone_are_never_unaided(reading):
    assert verdict("Clear lungs.", reading, Style.BULLET, rejected=False) is Verdict.EDITED
    assert verdict("Clear lungs.", reading, Style.BULLET, rejected=True) is Verdict.REJECTED
