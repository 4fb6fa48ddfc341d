import random
from itertools import chain, islice

import pytest

from engine.fact_check import check
from engine.facts import from_text
from engine.prompt import facts_prompt
from engine.training.sentences import (
    findings_text,
    impression,
    reported_facts,
    some_facts,
    with_typos,
    worded,
)
from triage.reading import Style


def test_the_same_seed_draws_the_same():
    assert list(islice(worded(5, 16), 50)) == list(islice(worded(5, 16), 50))
    assert list(islice(worded(5, 16), 50)) != list(islice(worded(6, 16), 50))


def test_one_set_of_facts_is_worded_in_every_style():
    for pairs in islice(worded(1, 16), 50):
        assert [pair.style for pair in pairs] == list(Style)
        assert len({pair.facts for pair in pairs}) == 1


def test_every_target_is_supported_by_its_facts_and_leaves_none_out():
    for pair in islice(chain.from_iterable(worded(1, 16)), 1500):
        checked = check(pair.target, pair.facts)
        assert not checked.removed, pair.target
        assert not checked.missing
        assert not checked.missing_measures


def test_the_training_prompt_is_the_one_asked_when_reading():
    for pair in islice(chain.from_iterable(worded(2, 16, from_text=0.0)), 50):
        assert pair.prompt == facts_prompt(pair.facts, pair.style, 16)


def test_what_a_person_would_write_is_heard_as_it_was_meant():
    draw = random.Random(3)  # noqa: S311
    for _ in range(500):
        facts = reported_facts(draw)
        heard = from_text(findings_text(facts, draw))
        assert {(f.code, f.certainty, f.laterality) for f in heard.present} == {
            (f.code, f.certainty, f.laterality) for f in facts.present
        }
        assert set(heard.unlikely) - {"cardiomegaly"} == set(facts.unlikely) - {
            "cardiomegaly"
        }  # a normal heart is heard too


def test_typos_never_touch_a_negation():
    draw = random.Random(1)  # noqa: S311
    text = "No pleural effusion without pneumothorax, not absent. " * 30

    misspelt = with_typos(text, draw)

    assert misspelt != text
    for word in ("No ", " without ", " not ", " absent."):
        assert misspelt.count(word) == text.count(word)


@pytest.mark.parametrize("style", [Style.BRIEF, Style.COMPREHENSIVE])
def test_most_things_are_said_in_several_ways(style):
    draw = random.Random(2)  # noqa: S311
    told = [facts for facts in (some_facts(draw) for _ in range(40)) if facts.present]

    ways = [len({impression(facts, style, draw) for _ in range(30)}) for facts in told]
    assert sum(n > 1 for n in ways) > len(ways) / 2
