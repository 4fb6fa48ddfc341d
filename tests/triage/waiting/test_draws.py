from random import Random
from statistics import fmean

import pytest

from triage.errors import BadSetting
from triage.waiting.draws import Observed, check_enough, drawn, read_observed, replayed
from triage.waiting.setting import Setting, one_disease, streams

ROOM = Setting(one_disease(0.1, 0.9, 0.8, 10), 0.8, 2, 0.2, 4)
KINDS = streams(ROOM)


def test_a_trial_is_as_busy_as_was_said():
    trial = drawn(ROOM, KINDS, 20_000, Random(1))  # noqa: S311
    assert sum(trial.minutes) / (2 * trial.arrivals[-1]) == pytest.approx(0.8, rel=0.03)
    assert len(trial.measured) == 20_000
    assert trial.measured.start == 2200
    assert list(trial.arrivals) == sorted(trial.arrivals)


def test_the_same_chance_gives_the_same_trial():
    assert drawn(ROOM, KINDS, 50, Random("1/0")) == drawn(ROOM, KINDS, 50, Random("1/0"))  # noqa: S311


def test_a_replay_keeps_the_arrivals_and_draws_from_the_houses_own_minutes():
    seen = Observed(tuple(range(2000)), (3.0, 5.0) * 60)
    trial = replayed(seen, KINDS, Random(2))  # noqa: S311
    listed = {m for m, k in zip(trial.minutes, trial.kinds, strict=True) if KINDS[k].group == "all"}
    assert trial.arrivals == seen.arrivals
    assert listed == {3.0, 5.0}
    interrupting = [m for m, k in zip(trial.minutes, trial.kinds, strict=True) if KINDS[k].group != "all"]
    assert fmean(interrupting) == pytest.approx(4, rel=0.25)


def table(rows=120, minutes="4.5"):
    return "arrived_at,minutes\n" + "".join(
        f"2026-11-19T{i // 60:02}:{i % 60:02}:00+00:00,{minutes if i != 3 or len(minutes) > 5 else '4.5'}\n"
        for i in range(rows)
    )


def test_a_table_of_arrivals():
    seen = read_observed(table())
    assert seen.arrivals[:3] == (0.0, 1.0, 2.0)
    assert seen.mean_minutes == 4.5


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1,2\n", "needs the columns arrived_at and minutes"),
        ("", "needs the columns"),
        (table(minutes="quickly"), "Line 2 of the table"),
        (table().replace("2026-11-19T00:00", "19/11"), "Line 2 of the table"),
        (table(minutes="-3"), "takes no time"),
    ],
)
def test_a_bad_table_is_refused_in_one_sentence(text, says):
    with pytest.raises(BadSetting, match=says):
        read_observed(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (table(rows=99), "Only 99 arrivals are known; at least 100"),
        (table(minutes=""), "Only 1 readings are known"),
        ("arrived_at,minutes\n2026-11-19T00:00:00\n", "Only 1 arrivals"),
    ],
)
def test_a_house_that_saw_too_little_is_told_how_little(text, says):
    with pytest.raises(BadSetting, match=says):
        check_enough(read_observed(text))
