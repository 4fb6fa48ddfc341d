from datetime import timedelta

import pytest

from db.sign_in_store import SignIn, SignInStore
from tests.builders import NOW, a_person, an_event
from triage.permission import Person, Role

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def sign_ins(database):
    made = SignInStore(database)
    made.open("sid-1", a_person(), NOW, an_event())
    return made


def test_a_sign_in_is_found_by_its_cookie_alone(sign_ins):
    assert sign_ins.find("sid-1") == SignIn("sid-1", a_person(), NOW, NOW, None)
    assert sign_ins.find("sid-2") is None


@pytest.mark.parametrize("roles", [frozenset(), frozenset(Role), frozenset({Role.ADMINISTRATOR})])
def test_roles_come_back_as_they_were(sign_ins, roles):
    person = Person("robin", "Robin", roles)
    sign_ins.open("sid-2", person, NOW, an_event())
    assert sign_ins.find("sid-2").person == person


def test_being_there_moves_forward_only(sign_ins):
    sign_ins.touch("sid-1", LATER)
    sign_ins.touch("sid-1", NOW)
    assert sign_ins.find("sid-1").last_seen_at == LATER


def test_a_revoked_sign_in_is_found_as_revoked_and_stays_so(sign_ins):
    sign_ins.revoke("sid-1", LATER, an_event())
    sign_ins.revoke("sid-1", LATER + timedelta(hours=1), an_event())
    sign_ins.touch("sid-1", LATER + timedelta(hours=2))
    found = sign_ins.find("sid-1")
    assert (found.revoked_at, found.last_seen_at) == (LATER, NOW)


def test_a_person_is_signed_out_everywhere_and_nobody_else(sign_ins):
    sign_ins.open("sid-2", a_person(), NOW, an_event())
    sign_ins.open("sid-3", a_person(Role.ADMINISTRATOR), NOW, an_event())
    sign_ins.revoke_subject(a_person().subject, LATER, an_event())
    assert [sign_ins.find(f"sid-{n}").revoked_at for n in (1, 2, 3)] == [LATER, LATER, None]


def test_unknown_cookies_change_nothing(sign_ins):
    sign_ins.touch("sid-9", LATER)
    sign_ins.revoke("sid-9", LATER, an_event())
    assert sign_ins.find("sid-1").revoked_at is None
