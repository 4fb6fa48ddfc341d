import pytest

from engine.composer import compose
from engine.evaluation import wording
from engine.evaluation.wording import Asked, measure
from engine.facts import Fact, Facts
from triage.finding import Certainty
from triage.reading import Style

FACTS = Facts(present=(Fact("effusion", Certainty.VERY_LIKELY),), unlikely=("edema",))
TRUE, SHORT, FALSE = compose(FACTS, Style.BRIEF), "Edema is unlikely.", "No effusion. A mass is likely."


def asked(count):
    return [Asked(FACTS, Style.BRIEF, f"prompt {i}", None) for i in range(count)]


def test_faithful_unsupported_and_composed_are_counted(monkeypatch):
    written = iter([TRUE, SHORT, FALSE, TRUE])
    monkeypatch.setattr(wording, "stream", lambda *_: iter([next(written)]))

    found = measure(None, None, asked(4), lambda _step, _share: None)

    assert (found.drafts, found.sentences) == (4, 5)
    assert found.faithful == 50
    assert found.composer == 25
    assert found.unsupported == pytest.approx(100 * 2 / 5)


def test_nothing_asked_is_nothing_measured():
    assert measure(None, None, [], lambda _step, _share: None).drafts == 0
