"""Nobody is stuck, nobody waits for the machine, and what is signed stays signed."""

import pytest

from triage.errors import MoveNotAllowed
from triage.status import MOVES, OPEN, REPORTED, Owner, Status, advance


@pytest.mark.parametrize("current", Status)
@pytest.mark.parametrize("target", Status)
@pytest.mark.parametrize("owner", Owner)
def test_only_the_table_moves_a_study(current, target, owner):
    if MOVES.get((current, target)) is owner:
        assert advance(current, target, owner) is target
    else:
        with pytest.raises(MoveNotAllowed):
            advance(current, target, owner)


@pytest.mark.parametrize("status", sorted(OPEN - {Status.REOPENED}))
def test_a_radiologist_can_sign_from_every_open_status(status):
    assert advance(status, Status.SIGNED, Owner.RADIOLOGIST) is Status.SIGNED


@pytest.mark.parametrize("reported", sorted(REPORTED))
def test_a_signed_study_is_opened_again_only_to_be_amended(reported):
    assert advance(reported, Status.REOPENED, Owner.SYSTEM) is Status.REOPENED
    assert [target for current, target in MOVES if current is Status.REOPENED] == [Status.AMENDED]
    assert advance(Status.REOPENED, Status.AMENDED, Owner.RADIOLOGIST) is Status.AMENDED


@pytest.mark.parametrize("status", [Status.CONSENTED, Status.READ, Status.RANKED])
def test_a_withdrawal_is_possible_wherever_the_model_may_have_spoken(status):
    assert advance(status, Status.UNRANKED, Owner.SYSTEM) is Status.UNRANKED


def test_the_machine_never_signs_and_never_unsigns():
    assert all(
        owner is Owner.RADIOLOGIST
        for (_, target), owner in MOVES.items()
        if target in {Status.SIGNED, Status.AMENDED}
    )
    left = {target for current, target in MOVES if current in REPORTED and target in OPEN}
    assert left == {Status.REOPENED}  # for a film nobody looked at; nothing but an amendment follows


def test_every_status_can_be_reached():
    reached, new = {Status.RECEIVED}, {Status.RECEIVED}
    while new:
        new = {target for current, target in MOVES if current in new} - reached
        reached |= new
    assert reached == set(Status)
