import pytest

from dashboard.intake import Taken
from dashboard.parts import arrivals
from tests.builders import NOW, a_study
from triage.status import Status
from triage.study import Urgency
from triage.urgency import Assessment
from triage.vitals_table import read_table
from triage.worklist import Entry


@pytest.mark.parametrize("outcome", Taken)
def test_every_outcome_is_a_word_with_a_shape(outcome):
    table = arrivals.files([{"path": "a.dcm", "outcome": outcome, "reason": "because", "study_uid": ""}])
    assert outcome.value in table
    assert "because" in table
    assert arrivals._TONES[outcome.value][1] in table


def test_the_caption_counts_what_was_accepted():
    outcomes = [{"path": "<a>", "outcome": o, "reason": None} for o in ("accepted", "rejected", "accepted")]
    table = arrivals.files(outcomes)
    assert "2 of 3 accepted" in table
    assert "&lt;a&gt;" in table


def test_lines_that_were_taken_need_no_table():
    assert "<table" not in arrivals.lines([{"line": 2, "ok": True, "reason": ""}])
    bad = {"line": 3, "accession_number": "A<1", "ok": False, "reason": "No study."}
    table = arrivals.lines([{"line": 2, "ok": True, "reason": ""}, bad])
    assert "1 of 2 lines taken" in table
    assert "line 3, A&lt;1" in table


def test_the_template_holds_one_good_line():
    table = read_table(arrivals.template().encode(), NOW)
    assert (len(table.rows), table.problems) == (1, ())
    assert table.rows[0].vitals.values["spo2_pct"] == 93.0


def test_a_new_study_shows_its_place_and_what_it_waits_for():
    entry = Entry(a_study(accession_number=""), Status.RECEIVED, Assessment(Urgency.ASAP, ("NEWS2 5",)))
    line = arrivals.progress(entry)
    for words in ("Vale Maren", "no accession number", "ASAP", "waiting for AI", "NEWS2 5"):
        assert words in line
