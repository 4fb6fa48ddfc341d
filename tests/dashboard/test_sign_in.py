from datetime import timedelta

import pytest

from consent.audit import Outcome
from dashboard import sign_in
from dashboard.sign_in import IDLE_FOR, LASTS_FOR, NOBODY, Ended, Standing
from db.connection import Database
from db.sign_in_store import SignIn, SignInStore
from tests.builders import NOW
from triage.permission import Person, Role
from triage.ports import House

ADA = {"sub": "ada", "name": "Dr. Ada Keller", "roles": ["clinician"], "auth_time": NOW.timestamp()}


@pytest.fixture
def sign_ins(database: Database) -> SignInStore:
    return SignInStore(database)


def a_record(**changes) -> SignIn:
    fields = {"sid": "s", "person": Person("ada", "Ada"), "signed_in_at": NOW, "last_seen_at": NOW}
    return SignIn(**{**fields, "revoked_at": None, **changes})


@pytest.mark.parametrize(
    ("record", "after", "ended"),
    [
        (None, timedelta(), Ended.NOBODY),
        (a_record(revoked_at=NOW), timedelta(), Ended.SIGNED_OUT),
        (a_record(), IDLE_FOR, Ended.IDLE),
        (a_record(last_seen_at=NOW + LASTS_FOR), LASTS_FOR, Ended.EXPIRED),
        (a_record(revoked_at=NOW), LASTS_FOR, Ended.SIGNED_OUT),
    ],
)
def test_req_10_who_is_signed_in_no_more(record, after, ended):
    assert sign_in.stand(record, NOW + after) == Standing(None, ended)


def test_req_10_limits_are_15_minutes_and_12_hours():
    assert (timedelta(minutes=15), timedelta(hours=12)) == (IDLE_FOR, LASTS_FOR)
    almost = a_record(last_seen_at=NOW + LASTS_FOR - timedelta(seconds=1))
    assert sign_in.stand(almost, NOW + LASTS_FOR - timedelta(seconds=1)).record is almost


def test_a_fresh_sign_in_is_found_by_its_handle_and_audited(sign_ins: SignInStore, house: House):
    handle = sign_in.open_record(sign_ins, ADA, NOW)
    assert sign_in.who(sign_ins, handle, NOW).person == Person(
        "ada", "Dr. Ada Keller", frozenset({Role.CLINICIAN})
    )
    (event,) = [c.event for c in house.audit.chain()]
    assert (event.agent, event.action, event.outcome) == ("ada", "sign in", Outcome.DONE)
    assert handle not in repr(event), "whoever reads the trail must not be able to sign in"


def test_a_forged_handle_names_nobody(sign_ins: SignInStore):
    handle = sign_in.open_record(sign_ins, ADA, NOW)
    filed = sign_in.sid_of(handle)
    for forged in ("", "x", handle[:-1], filed):
        assert sign_in.who(sign_ins, forged, NOW) == NOBODY


def test_two_sign_ins_in_the_same_second_are_two(sign_ins: SignInStore):
    first, second = (sign_in.open_record(sign_ins, ADA, NOW) for _ in range(2))
    record = sign_in.who(sign_ins, first, NOW).record
    sign_in.close_record(sign_ins, record, NOW)
    assert sign_in.who(sign_ins, first, NOW).ended is Ended.SIGNED_OUT
    assert sign_in.who(sign_ins, second, NOW).person is not None


def test_req_8_a_sign_in_without_a_role_is_filed_as_denied(sign_ins: SignInStore, house: House):
    handle = sign_in.open_record(sign_ins, {"sub": "eve", "email": "eve@x"}, NOW)
    assert sign_in.who(sign_ins, handle, NOW).person == Person("eve", "eve@x")
    assert [c.event.outcome for c in house.audit.chain()] == [Outcome.DENIED]


@pytest.mark.parametrize(
    ("said", "roles"),
    [
        (["clinician", "administrator"], {Role.CLINICIAN, Role.ADMINISTRATOR}),
        ("administrator", {Role.ADMINISTRATOR}),
        (["Clinician", "root", 7, None], set()),
        ({"clinician": True}, {Role.CLINICIAN}),
        (None, set()),
    ],
)
def test_roles_are_the_words_we_know(said, roles):
    assert sign_in.person_from({"sub": "x", "roles": said}).roles == roles


def test_req_10_the_provider_cannot_date_a_sign_in_into_the_future():
    later = (NOW + timedelta(days=1)).timestamp()
    assert sign_in.signed_in_at({"auth_time": later}, NOW) == NOW
    earlier = NOW - timedelta(hours=13)
    assert sign_in.signed_in_at({"auth_time": earlier.timestamp()}, NOW) == earlier
    assert sign_in.signed_in_at({"iat": "yesterday"}, NOW) == NOW


def test_req_10_an_old_proof_of_identity_signs_nobody_in(sign_ins: SignInStore):
    old = {**ADA, "auth_time": (NOW - LASTS_FOR).timestamp()}
    handle = sign_in.open_record(sign_ins, old, NOW)
    assert sign_in.who(sign_ins, handle, NOW).ended is Ended.EXPIRED


def test_who_proved_themselves_an_hour_ago_is_not_idle(sign_ins: SignInStore):
    earlier = {**ADA, "auth_time": (NOW - timedelta(hours=1)).timestamp()}
    record = sign_in.who(sign_ins, sign_in.open_record(sign_ins, earlier, NOW), NOW).record
    assert record is not None
    assert (record.signed_in_at, record.last_seen_at) == (NOW - timedelta(hours=1), NOW)
