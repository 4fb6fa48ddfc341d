import random
from dataclasses import replace

import pytest

from engine.composer import NOTHING, UNJUDGED, UNKNOWN, compose, with_limits
from engine.fact_check import check
from engine.facts import Fact, Facts, Measure
from engine.statements import stated
from engine.training.sentences import reported_facts, some_facts
from triage.finding import LABELS, Certainty, Laterality
from triage.reading import Style

EFFUSION = Fact("effusion", Certainty.VERY_LIKELY, Laterality.LEFT)
LOW_OXYGEN = Measure("spo2_pct", 86.0, low=True)


def invented(count):
    draw = random.Random(4)  # noqa: S311
    return [some_facts(draw) for _ in range(count)]


def every_kind(seed, count):
    """Facts of films, of films whose outlook nobody could judge, of films nobody could read, and of what people wrote."""
    draw = random.Random(seed)  # noqa: S311
    for _ in range(count):
        facts = some_facts(draw)
        yield facts
        yield replace(facts, abnormal=Certainty.NOT_ASSESSED)
        yield Facts(not_assessed=tuple(LABELS), measures=facts.measures)
        yield reported_facts(draw)


def test_three_styles_say_the_same():
    for facts in invented(300):
        wanted = {(f.code, f.certainty, f.laterality) for f in facts.present}
        for style in Style:
            said = stated(compose(facts, style))
            assert {(s.code, s.certainty, s.laterality) for s in said if s.present} == wanted


def test_the_check_has_nothing_against_the_composer():
    for facts in every_kind(seed=7, count=60):
        for style in Style:
            text = with_limits(compose(facts, style), facts, style)
            checked = check(text, facts)
            assert not checked.removed, text
            assert not checked.missing
            assert not checked.missing_measures
            assert not checked.film_unsaid


def test_brief_is_at_most_forty_words():
    longest = max(len(with_limits(compose(f, Style.BRIEF), f, Style.BRIEF).split()) for f in invented(3000))

    assert longest <= 40


@pytest.mark.parametrize("style", list(Style))
def test_side_and_bedside_are_said(style):
    text = compose(Facts(present=(EFFUSION,), measures=(LOW_OXYGEN,)), style)

    assert "left" in text
    assert "86" in text
    assert "low" in text


def test_what_was_not_assessed_is_said_and_never_as_absent():
    facts = Facts(unlikely=("edema",), not_assessed=tuple(code for code in LABELS if code != "edema"))

    assert with_limits(compose(facts, Style.BRIEF), facts, Style.BRIEF).endswith("13 findings not assessed.")
    assert "Not assessed: atelectasis" in with_limits("", facts, Style.COMPREHENSIVE)


def test_a_quiet_film_an_unnamed_one_an_unjudged_one_and_an_unanswered_one():
    quiet = Facts(unlikely=("edema",), abnormal=Certainty.UNLIKELY)
    unnamed = Facts(unlikely=("edema",), abnormal=Certainty.VERY_LIKELY)

    assert compose(quiet, Style.BRIEF) == NOTHING
    assert "very likely abnormal" in compose(unnamed, Style.BRIEF)
    assert compose(Facts(unlikely=("edema",)), Style.BRIEF) == UNJUDGED
    assert compose(Facts(), Style.BRIEF) == UNKNOWN


def test_a_critical_finding_asks_for_a_call():
    urgent = Facts(present=(Fact("pneumothorax", Certainty.PROBABLE),))

    assert "Tell the treating team now" in compose(urgent, Style.COMPREHENSIVE)


def test_what_a_person_stated_is_not_doubted():
    facts = Facts(present=(EFFUSION,), unlikely=("pneumothorax",), asserted=True)

    assert compose(facts, Style.COMPREHENSIVE) == "Pleural effusion on the left. No pneumothorax."
