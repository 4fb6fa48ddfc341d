import pytest

from engine.composer import compose
from engine.evaluation import wording
from engine.evaluation.wording import Asked, measure, share
from engine.facts import Fact, Facts
from triage.finding import Certainty
from triage.reading import Style

FACTS = Facts(present=(Fact("effusion", Certainty.VERY_LIKELY),), unlikely=("edema",))
AIR = Facts(present=(Fact("pneumothorax", Certainty.VERY_LIKELY),), abnormal=Certainty.VERY_LIKELY)
QUIET = Facts(unlikely=("edema",), abnormal=Certainty.UNLIKELY)
TRUE, SHORT, FALSE = (
    compose(FACTS, Style.BRIEF),
    "Edema is unlikely.",
    "Mass mass mass mass mass. A tube is seen.",
)


def asked(count, facts=FACTS, style=Style.BRIEF):
    return [Asked(facts, style, f"prompt {i}", None) for i in range(count)]


def quiet(_step, _share):
    pass


def written(monkeypatch, *texts):
    said = iter(texts)

    class Decoder:
        def __init__(self, *_):
            pass

        def answers(self, prompts, _soft_tokens):
            return [next(said) for _ in prompts]

    monkeypatch.setattr(wording, "Decoder", Decoder)


def test_faithful_repaired_and_replaced_are_counted(monkeypatch):
    written(monkeypatch, TRUE, SHORT, FALSE, TRUE)
    found = measure(None, None, asked(4), quiet)

    assert (found.facts, found.drafts, found.sentences) == (1, 4, 5)
    assert (found.faithful, found.composer) == (50, 25)
    assert found.unsupported == pytest.approx(100 * 2 / 5)
    brief = found.styles["brief"]
    assert (brief.faithful.count, brief.repaired.count, brief.replaced.count) == (2, 1, 1)
    assert brief.faithful.low < 50 < brief.faithful.high
    assert found.styles["bullet"].faithful.share is None


def test_a_text_that_does_not_say_how_the_film_is_is_not_faithful(monkeypatch):
    written(monkeypatch, SHORT)
    found = measure(None, None, asked(1, QUIET, Style.COMPREHENSIVE), quiet)

    assert found.faithful == 0
    assert found.styles["comprehensive"].repaired.count == 1


def test_finished_texts_are_held_to_the_same_critical_findings(monkeypatch):
    both = [*asked(1, AIR, Style.BRIEF), *asked(1, AIR, Style.BULLET), *asked(1, FACTS, Style.BRIEF)]
    written(monkeypatch, compose(AIR, Style.BRIEF), "Nothing.", TRUE)
    found = measure(None, None, both, quiet)

    assert (found.same_critical.n, found.same_critical.count) == (1, 1)
    assert found.readable.n == found.short.n == 2
    assert found.short.count == 2


def test_sets_without_anything_to_be_acted_on_soon_are_no_success(monkeypatch):
    quiet_ones = [*asked(1, QUIET, Style.BRIEF), *asked(1, QUIET, Style.BULLET)]
    soon = [*asked(1, FACTS, Style.BRIEF), *asked(1, FACTS, Style.BULLET)]  # an effusion: within hours
    written(monkeypatch, *["Nothing."] * 4)
    found = measure(None, None, [*quiet_ones, *soon], quiet)

    assert (found.facts, found.same_critical.n) == (2, 1)


def test_the_interval_is_wilsons():
    found = share([True] * 9 + [False])

    assert (found.n, found.count, found.share) == (10, 9, 90)
    assert (found.low, found.high) == pytest.approx((59.6, 98.2), abs=0.1)


def test_nothing_asked_is_nothing_measured():
    found = measure(None, None, [], quiet)

    assert found.drafts == 0
    assert found.same_critical.share is None
