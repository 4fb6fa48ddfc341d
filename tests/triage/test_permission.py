"""The whole matrix: what is not in it is not allowed."""

import pytest

from triage.errors import NotPermitted
from triage.permission import ALLOWED, Action, Person, Role, can_act, check_action


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_role_by_action(role, action):
    person = Person("s", "Somebody", frozenset({role}))
    assert can_act(person, action) == (action in ALLOWED[role])


@pytest.mark.parametrize("action", Action)
def test_without_a_role_nothing_is_allowed(action):
    with pytest.raises(NotPermitted, match="Your role does not allow you to"):
        check_action(Person("s", "Somebody"), action)


def test_an_administrator_sees_no_film_and_a_clinician_no_audit_trail():
    administrator = Person("a", "A", frozenset({Role.ADMINISTRATOR}))
    clinician = Person("c", "C", frozenset({Role.CLINICIAN}))
    assert not can_act(administrator, Action.VIEW_STUDY)
    assert not can_act(administrator, Action.SIGN)
    assert not can_act(clinician, Action.VIEW_AUDIT)
    assert can_act(Person("b", "B", frozenset(Role)), Action.VIEW_AUDIT)
