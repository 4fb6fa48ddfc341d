"""What is published, by formula and by the chain; nothing here is simulated."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.waiting.chain import waiting
from triage.waiting.setting import Discipline, Disease, Group, Setting, checked, one_disease, sets, streams
from triage.waiting.theory import CHAIN, FORMULA, theory

AS_PUBLISHED = one_disease(0.1, 0.9, 0.9, 10)


def means(setting, discipline=None):
    kinds = streams(checked(setting))
    found = theory(setting, kinds, discipline or setting.discipline)
    return {name: found.mean(kinds, of) for name, of in sets(kinds).items()}


def test_the_table_of_the_quc_ad_manual_within_one_percent():
    """User manual, listing 9: traffic 0.8, 2 readers, a tenth interrupting at 5 minutes, reads of 10."""
    room = Setting(AS_PUBLISHED, traffic=0.8, readers=2, interrupting=0.1, interrupt_minutes=5)
    without, ordered = means(room, Discipline.FIFO), means(room)
    for name in ("diseased", "non-diseased", "AI+", "AI-"):
        assert without[name] == pytest.approx(18.29, rel=0.01)
    assert ordered["diseased"] == pytest.approx(2.57, rel=0.01)
    assert ordered["non-diseased"] == pytest.approx(19.98, rel=0.01)
    assert ordered["AI+"] == pytest.approx(0.39, rel=0.01)
    assert ordered["AI-"] == pytest.approx(22.16, rel=0.01)
    assert theory(room, streams(room), Discipline.FIFO).how == CHAIN


@pytest.mark.parametrize(
    ("traffic", "fifo", "flagged", "unflagged", "diseased", "well"),
    [(0.8, 40.00, 1.68, 48.41, 6.36, 43.74), (0.5, 10.00, 0.99, 11.98, 2.09, 10.88)],
)
def test_one_reader_exactly(traffic, fifo, flagged, unflagged, diseased, well):
    room = Setting(AS_PUBLISHED, traffic, readers=1)
    ordered = means(room)
    assert means(room, Discipline.FIFO)["all"] == pytest.approx(fifo, abs=0.005)
    assert ordered["AI+"] == pytest.approx(flagged, abs=0.005)
    assert ordered["AI-"] == pytest.approx(unflagged, abs=0.005)
    assert ordered["diseased"] == pytest.approx(diseased, abs=0.005)
    assert ordered["non-diseased"] == pytest.approx(well, abs=0.005)


def test_one_reader_without_setting_aside_is_cobhams_formula():
    room = Setting(AS_PUBLISHED, 0.8, readers=1, discipline=Discipline.NONPREEMPTIVE)
    flagged = 0.8 * 0.18
    ordered = means(room)
    assert ordered["AI+"] == pytest.approx(8 / (1 - flagged))
    assert ordered["AI-"] == pytest.approx(8 / ((1 - flagged) * (1 - 0.8)))


@pytest.mark.parametrize("readers", [1, 2, 5, 20])
def test_in_the_order_of_arrival_it_is_erlangs_formula(readers):
    room = Setting(AS_PUBLISHED, 0.7, readers)
    load = 0.7 * readers
    below = math.fsum(load**n / math.factorial(n) for n in range(readers))
    last = load**readers / math.factorial(readers) / (1 - 0.7)
    by_hand = last / (below + last) * 10 / (readers - load)
    assert means(room, Discipline.FIFO)["all"] == pytest.approx(by_hand)
    assert waiting(readers, load / 10, 10) == pytest.approx(by_hand)


def test_the_flagged_of_an_order_with_one_rank_wait_as_in_the_order_of_arrival():
    for discipline in Discipline:
        room = Setting(one_disease(0.1, 1, 0, 10), 0.8, 3, discipline=discipline)
        assert means(room)["all"] == pytest.approx(means(room, Discipline.FIFO)["all"])


several = st.builds(
    lambda share, a, b, ai: (
        Group("ct", share, 10, (Disease("bleed", a, 10, 1, *ai), Disease("mass", b, 10, 2))),
        Group("film", 1 - share, 10, (Disease("air", 0.1, 10, 3, 0.8, 0.9),)),
    ),
    st.floats(0.1, 0.9),
    st.floats(0.01, 0.4),
    st.floats(0.01, 0.4),
    st.tuples(st.floats(0, 1), st.floats(0, 1)),
)


@given(
    several, st.sampled_from(Discipline), st.integers(1, 4), st.floats(0.1, 0.95), st.sampled_from([0, 0.2])
)
def test_what_some_gain_others_pay(groups, discipline, readers, traffic, interrupting):
    """Conservation law: with equal exponential readings no order changes the mean over all (Kleinrock 1965)."""
    if discipline is Discipline.NONPREEMPTIVE and interrupting and readers > 1:
        return  # no theory
    room = Setting(groups, traffic, readers, interrupting, 10, discipline)
    assert means(room)["all"] == pytest.approx(means(room, Discipline.FIFO)["all"], rel=1e-6)


@given(several, st.floats(0.1, 0.9), st.floats(2, 30), st.floats(2, 30), st.sampled_from(Discipline))
def test_work_is_conserved_when_readings_differ(groups, traffic, short, long, discipline):
    """One reader: Σ ρ W over everybody is the same for every order in which nobody interrupts (M/G/1)."""
    ct, film = groups
    bleed, mass = ct.diseases
    unequal = (
        Group("ct", ct.share, short, (Disease("bleed", bleed.prevalence, long, 1, 0.9, 0.8), mass)),
        film,
    )
    finishing = Discipline.NONPREEMPTIVE if discipline is not Discipline.FIFO else discipline
    room = Setting(unequal, traffic, 1, discipline=finishing)
    kinds = streams(room)
    ordered, plain = theory(room, kinds, finishing).waits, theory(room, kinds, Discipline.FIFO).waits
    work = [
        math.fsum(s.share * s.minutes * w for s, w in zip(kinds, waits, strict=True))
        for waits in (ordered, plain)
    ]
    assert work[0] == pytest.approx(work[1])


@given(
    st.floats(0.02, 0.5),
    st.floats(0.5, 1),
    st.floats(0.0, 0.2),
    st.floats(0, 1),
    st.integers(1, 4),
    st.floats(0.1, 0.95),
)
def test_a_device_that_misses_fewer_never_makes_the_diseased_wait_longer(
    prevalence, specificity, more, sensitivity, readers, traffic
):
    """Preemptive, equal readings, and a device better than chance."""
    better = min(1.0, sensitivity + more)
    if sensitivity < 1 - specificity:
        return
    worse_room, better_room = (
        Setting(one_disease(prevalence, s, specificity, 10), traffic, readers) for s in (sensitivity, better)
    )
    assert means(better_room)["diseased"] <= means(worse_room)["diseased"] * (1 + 1e-9)


def test_a_disease_without_a_device_pays_and_is_named():
    groups = (
        Group("ct", 0.5, 10, (Disease("bleed", 0.2, 10, 1, 0.95, 0.9),)),
        Group("film", 0.5, 10, (Disease("mass", 0.2, 10, 2),)),
    )
    room = Setting(groups, 0.8, 2)
    with_ai, without = means(room), means(room, Discipline.FIFO)
    assert with_ai["disease: bleed"] < without["disease: bleed"]
    assert with_ai["disease: mass"] > without["disease: mass"]
    assert with_ai["no AI"] == pytest.approx(with_ai["group: film"])


def test_among_the_flagged_the_more_severe_is_first():
    groups = (
        Group("ct", 0.5, 10, (Disease("bleed", 0.2, 12, 1, 0.95, 0.9),)),
        Group("film", 0.5, 8, (Disease("air", 0.2, 9, 2, 0.95, 0.9),)),
    )
    ranked = means(Setting(groups, 0.8, 1, discipline=Discipline.HIERARCHICAL))
    alike = means(Setting(groups, 0.8, 1))
    assert ranked["disease: bleed"] < alike["disease: bleed"]
    assert ranked["disease: air"] > alike["disease: air"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"max_wait": 60.0}, "upper limit"),
        ({"groups": (Group("a", 1, 5, (Disease("d", 0.1, 20, 1, 0.9, 0.9),)),)}, "reading times differ"),
        ({"interrupting": 0.1, "discipline": Discipline.NONPREEMPTIVE}, "non-preemptive"),
        ({"interrupting": 0.97, "traffic": 0.97}, "too much of the readers' time"),
    ],
)
def test_where_there_is_no_formula_it_says_so(changes, says):
    room = Setting(**{"groups": AS_PUBLISHED, "traffic": 0.8, "readers": 2} | changes)
    found = theory(room, streams(checked(room)), room.discipline)
    assert found.waits is None
    assert says in found.how


def test_the_chain_agrees_with_the_formula_where_both_hold():
    room = Setting(AS_PUBLISHED, 0.8, 3, interrupting=0.3, interrupt_minutes=10)
    nearly = Setting(AS_PUBLISHED, 0.8, 3, interrupting=0.3, interrupt_minutes=10 * (1 + 1e-9))
    assert theory(room, streams(room), room.discipline).how == FORMULA
    assert theory(nearly, streams(nearly), room.discipline).how == CHAIN
    for name, mean in means(room).items():
        assert means(nearly)[name] == pytest.approx(mean, rel=1e-5)
