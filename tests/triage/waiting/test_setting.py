import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.errors import BadSetting
from triage.waiting.setting import (
    Discipline,
    Disease,
    Group,
    Setting,
    checked,
    one_disease,
    ranks,
    sets,
    streams,
)

ROOM = Setting(one_disease(0.1, 0.9, 0.8, 10), 0.8, 2, 0.2)
BLEED = Disease("bleed", 0.1, 12, 1, 0.9, 0.95)
MASS = Disease("mass", 0.2, 10, 3, 0.7, 0.8)
BOTH = Setting((Group("ct", 1, 8, (MASS, BLEED)),), 0.5, 1, discipline=Discipline.HIERARCHICAL)


def share(setting, name):
    kinds = streams(setting)
    return math.fsum(kinds[i].share for i in sets(kinds)[name])


def test_the_shares_of_one_disease():
    listed = 0.8
    assert share(ROOM, "interrupting") == pytest.approx(0.2)
    assert share(ROOM, "diseased") == pytest.approx(listed * 0.1)
    assert share(ROOM, "AI+") == pytest.approx(listed * (0.1 * 0.9 + 0.9 * 0.2))


def test_two_devices_err_independently_and_the_most_severe_flag_counts():
    kinds = streams(BOTH)
    bleeds_flagged_as_mass = [s for s in kinds if s.disease == "bleed" and s.flag is MASS]
    assert bleeds_flagged_as_mass[0].share == pytest.approx(0.1 * (1 - 0.9) * (1 - 0.8))
    assert [s.minutes for s in kinds if s.disease == "bleed"] == [12, 12, 12]
    assert share(BOTH, "AI-") == pytest.approx(0.1 * 0.1 * 0.8 + 0.2 * 0.3 * 0.95 + 0.7 * 0.95 * 0.8)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 0.99))
def test_the_shares_of_all_streams_add_up_to_one(prevalence, sensitivity, specificity, interrupting):
    kinds = streams(Setting(one_disease(prevalence, sensitivity, specificity, 10), 0.5, 1, interrupting))
    assert math.fsum(s.share for s in kinds) == pytest.approx(1)


def test_ranks_by_discipline():
    kinds = streams(replace(BOTH, interrupting=0.1))
    flags = [s.flag.name if s.flag else s.group for s in kinds]
    named = {d: dict(zip(flags, ranks(kinds, d), strict=True)) for d in Discipline}
    assert set(named[Discipline.FIFO].values()) == {0, 1}
    assert named[Discipline.PREEMPTIVE] == {"interrupting": 0, "bleed": 1, "mass": 1, "ct": 2}
    assert named[Discipline.HIERARCHICAL] == {"interrupting": 0, "bleed": 1, "mass": 2, "ct": 3}


def group(**changes):
    return (replace(BOTH.groups[0], **changes),)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"traffic": 1.0}, "A traffic of 1 cannot be simulated; it must be above 0 and at most 0.98"),
        ({"traffic": math.nan}, "cannot be simulated"),
        ({"readers": 0}, "at least one reader"),
        ({"interrupting": 1.0}, "not from 0 to below 1"),
        ({"interrupt_minutes": 0.0}, "The minutes for an interrupting case are 0"),
        ({"max_wait": -1.0}, "The minutes for the longest wait are -1"),
        ({"groups": group(share=0.5)}, "The shares of the groups add up to 0.5"),
        ({"groups": group(read_minutes=math.inf)}, "The minutes for the group ct are inf"),
        (
            {"groups": group(diseases=(replace(BLEED, prevalence=0.9), MASS))},
            "add up to 1.1; they cannot exceed 1",
        ),
        ({"groups": group(diseases=(BLEED, BLEED))}, "The disease bleed stands there twice"),
        ({"groups": group(diseases=(replace(BLEED, specificity=None),))}, "Give both the sensitivity and"),
        ({"groups": group(diseases=(replace(BLEED, sensitivity=1.2),))}, "The sensitivity for bleed is 1.2"),
        ({"groups": group(diseases=(replace(BLEED, severity=0),))}, "a rank from 1"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(changes, says):
    with pytest.raises(BadSetting, match=says.replace("+", r"\+")) as refused:
        checked(replace(BOTH, **changes))
    assert (
        str(refused.value).count(".") - str(refused.value).count("0.") - str(refused.value).count("1.") <= 1
    )
