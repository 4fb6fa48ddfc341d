from datetime import UTC

from dashboard.parts import history
from tests.builders import NOW
from triage.status import Status
from triage.stores import StatusChange


def test_each_move_has_when_who_and_why_in_order():
    steps = history.steps(
        [
            StatusChange(Status.RECEIVED, NOW, "ada", ""),
            StatusChange(Status.UNRANKED, NOW, "worker", "No <consent>."),
        ],
        UTC,
        {"ada": "Dr. <Ada>"},
    )
    assert "08:00 UTC · Dr. &lt;Ada&gt;" in steps
    assert steps.index("received") < steps.index("unranked")
    assert "21 Nov 2026, 08:00 UTC · worker" in steps
    assert "No &lt;consent&gt;." in steps
    assert steps.count("<li>") == 2
