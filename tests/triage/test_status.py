"""Nobody is stuck, nobody waits for the machine, and what is signed stays signed."""

import pytest

from triage.errors import MoveNotAllowed
from triage.status import MOVES, OPEN, Owner, Status, advance


@pytest.mark.parametrize("current", Status)
@pytest.mark.parametrize("target", Status)
@pytest.mark.parametrize("owner", Owner)
def test_only_the_table_moves_a_study(current, target, owner):
    if MOVES.get((current, target)) is owner:
        assert advance(current, target, owner) is target
    else:
        with pytest.raises(MoveNotAllowed):
            advance(current, target, owner)


@pytest.mark.parametrize("status", sorted(OPEN))
def test_a_radiologist_can_sign_from_every_open_status(status):
    assert advance(status, Status.SIGNED, Owner.RADIOLOGIST) is Status.SIGNED


@pytest.mark.parametrize("status", [Status.CONSENTED, Status.READ, Status.RANKED])
def test_a_withdrawal_is_possible_wherever_the_model_may_have_spoken(status):
    assert advance(status, Status.UNRANKED, Owner.SYSTEM) is Status.UNRANKED


def test_the_machine_never_signs_and_never_reopens():
    assert all(
        owner is Owner.RADIOLOGIST
        for (_, target), owner in MOVES.items()
        if target in {Status.SIGNED, Status.AMENDED}
    )
    assert not [move for move in MOVES if move[0] in {Status.SIGNED, Status.AMENDED} and move[1] in OPEN]


def test_every_status_can_be_reached():
    reached, new = {Status.RECEIVED}, {Status.RECEIVED}
    while new:
        new = {target for current, target in MOVES if current in new} - reached
        reached |= new
    assert reached == set(Status)
