"""The trail in a file is chained like the one in the database."""

import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.audit import GENESIS, AuditEvent, ChainHead, Outcome, verify
from consent.errors import BrokenAuditChain
from consent.record import PatientId
from dashboard.evaluation_trail import NAME, EvaluationTrail
from tests.builders import NOW, an_event

ROOT = Path(__file__).parents[2]


def test_it_begins_empty(tmp_path):
    assert EvaluationTrail(tmp_path).head() == ChainHead(0, GENESIS)
    assert list(EvaluationTrail(tmp_path).chain()) == []


def test_every_event_comes_back_as_it_was_and_the_chain_holds(tmp_path):
    trail = EvaluationTrail(tmp_path / "home")
    events = [
        an_event(detail="Zoë\nÅ  \u2028 x"),
        an_event(patient=None, outcome=Outcome.FAILED),
        an_event(patient=PatientId("1", ""), recorded_at=NOW + timedelta(microseconds=7)),
    ]
    for event in events:
        trail.record(event)
    assert [place.event for place in trail.chain()] == events
    assert verify(trail.chain()) == trail.head()
    assert stat.S_IMODE((tmp_path / "home" / NAME).stat().st_mode) == 0o600


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(detail=st.text())
def test_any_text_survives(tmp_path, detail):
    trail = EvaluationTrail(tmp_path)
    trail.record(AuditEvent("ada", "read", "film/1", NOW, detail=detail))
    assert list(trail.chain())[-1].event.detail == detail


@pytest.mark.parametrize("harm", ["edit", "remove", "garble"])
def test_a_changed_line_is_found(tmp_path, harm):
    trail = EvaluationTrail(tmp_path)
    for number in range(4):
        trail.record(an_event(detail=f"act {number}"))
    lines = (tmp_path / NAME).read_text().splitlines()
    if harm == "edit":
        lines[1] = lines[1].replace("act 1", "act 9")
    elif harm == "remove":
        del lines[1]
    else:
        lines[1] = "{}"
    (tmp_path / NAME).write_text("\n".join(lines) + "\n")
    with pytest.raises(BrokenAuditChain):
        verify(trail.chain())


def test_nothing_is_added_to_a_trail_whose_end_was_garbled(tmp_path):
    trail = EvaluationTrail(tmp_path)
    trail.record(an_event())
    with (tmp_path / NAME).open("a") as lines:
        lines.write("half a li")
    with pytest.raises(BrokenAuditChain):
        trail.record(an_event())


def test_two_processes_take_turns(tmp_path):
    script = (
        "import sys; from pathlib import Path; from dashboard.evaluation_trail import EvaluationTrail;"
        "from tests.builders import an_event\n"
        "for _ in range(40): EvaluationTrail(Path(sys.argv[1])).record(an_event())"
    )
    writers = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT) for _ in range(2)]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert verify(EvaluationTrail(tmp_path).chain()).events == 80
