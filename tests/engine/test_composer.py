import random
from dataclasses import replace

import pytest

from engine.composer import NOTHING, UNJUDGED, UNKNOWN, compose, with_limits
from engine.evaluation.ease import grade
from engine.fact_check import check
from engine.facts import Fact, Facts, Measure, from_text
from engine.statements import stated
from engine.training.sentences import reported_facts, some_facts
from engine.vocabulary import CRITICAL
from triage.finding import LABELS, Certainty, Laterality
from triage.reading import Style
from triage.study import Urgency

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


def test_brief_is_short_and_plain():
    draw = random.Random(4)  # noqa: S311
    facts = [invent(draw) for _ in range(600) for invent in (some_facts, reported_facts)]
    briefs = [with_limits(compose(f, Style.BRIEF), f, Style.BRIEF) for f in facts]

    assert len(briefs) >= 1000
    assert max(len(brief.split()) for brief in briefs) <= 40
    assert max(grade(brief) for brief in briefs) <= 8


def test_the_same_critical_findings_stand_in_all_three_styles():
    draw = random.Random(8)  # noqa: S311
    critical_films = 0
    for _ in range(500):
        facts = draw.choice((some_facts, reported_facts))(draw)
        wanted = {(f.code, f.certainty) for f in facts.present if f.code in CRITICAL}
        critical_films += bool(wanted)
        for style in Style:
            said = [s for s in stated(compose(facts, style)) if s.present and s.code in CRITICAL]
            assert {(s.code, s.certainty or Certainty.VERY_LIKELY) for s in said} == wanted
    assert critical_films > 30


def test_a_bullet_line_names_one_finding_and_the_most_urgent_comes_first():
    facts = Facts(
        present=(
            Fact("nodule", Certainty.VERY_LIKELY),
            Fact("effusion", Certainty.PROBABLE, urgency=Urgency.ASAP),
            Fact("pneumothorax", Certainty.POSSIBLE),
        ),
        unlikely=("edema",),
        measures=(LOW_OXYGEN, Measure("crp_mg_l", 84.0, low=False)),
    )

    assert compose(facts, Style.BULLET).splitlines() == [
        "- Pneumothorax is possible",
        "- Pleural effusion is probable",
        "- Nodule is very likely",
        "- Bedside: SpO₂ 86 % (low)",
        "- Bedside: C-reactive protein 84 mg/L (high)",
        "- Pulmonary edema is unlikely",
    ]


def test_a_size_is_said_only_when_a_person_gave_one():
    facts = from_text("Small left pleural effusion. The heart is mildly enlarged.")

    assert compose(facts, Style.COMPREHENSIVE) == "Small pleural effusion on the left and mild cardiomegaly."
    assert (
        compose(facts, Style.BRIEF)
        == "Fluid around left lung (small) and enlarged heart (mild) are seen on this film."
    )
    assert "mild" not in compose(from_text("The heart is enlarged."), Style.COMPREHENSIVE)


@pytest.mark.parametrize("style", list(Style))
def test_side_and_bedside_are_said(style):
    text = compose(Facts(present=(EFFUSION,), measures=(LOW_OXYGEN,)), style)

    assert "left" in text
    assert "86" in text
    assert "low" in text


def test_what_was_not_assessed_is_said_and_never_as_absent():
    facts = Facts(unlikely=("edema",), not_assessed=tuple(code for code in LABELS if code != "edema"))

    assert with_limits(compose(facts, Style.BRIEF), facts, Style.BRIEF).endswith(
        "13 findings could not be judged."
    )
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
