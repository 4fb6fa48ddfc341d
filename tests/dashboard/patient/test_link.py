"""The link: one-time, hashed, counted before it is checked; the visit: short, bound to link and patient."""

import base64
import threading
from collections import Counter
from datetime import date, timedelta

import psycopg
import pytest

from consent.audit import Outcome
from consent.errors import IncompleteConsent
from consent.record import PatientId
from dashboard.patient import link
from dashboard.patient.link import Seal, Visit, try_birth_date
from tests.builders import NOW, PATIENT_ID

BORN, WRONG = date(1958, 3, 9), date(1958, 3, 10)
OTHER = PatientId("P-2", "Ward 7")


@pytest.fixture
def token(house):
    return link.invite(house, PATIENT_ID, BORN, "clinician@demo").removeprefix("/p/")


@pytest.fixture
def seal():
    return Seal("k" * 40)


def outcomes(house, action):
    return [(e.event.outcome, e.event.patient) for e in house.audit.chain() if e.event.action == action]


def test_a_link_is_43_letters_of_chance_and_names_nobody(house):
    paths = {link.invite(house, PATIENT_ID, BORN, "clinician@demo") for _ in range(5)}
    assert len(paths) == 5
    for path in paths:
        assert path.startswith("/p/")
        assert len(path.removeprefix("/p/")) == 43
        assert PATIENT_ID.value not in path


def test_req_19_only_the_hash_of_a_link_is_stored(house, addresses, token):
    try_birth_date(house, token, BORN)
    with psycopg.connect(addresses.owner_url) as connection:
        tables = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        ).fetchall()
        dump = "\n".join(
            str(row)
            for (table,) in tables
            for row in connection.execute(
                psycopg.sql.SQL("SELECT * FROM {}").format(psycopg.sql.Identifier(table))
            )
        )
    assert link.digest(token) in dump
    assert token not in dump


def test_without_a_birth_date_on_file_no_link_is_made(house):
    with pytest.raises(IncompleteConsent, match="no birth date on file"):
        link.invite(house, PATIENT_ID, None, "clinician@demo")


def test_the_right_birth_date_opens(house, token):
    invitation = try_birth_date(house, token, BORN)
    assert invitation.patient_id == PATIENT_ID
    assert invitation.tries_left == link.TRIES


def test_a_link_is_not_worn_out_by_being_used(house):
    token = link.personal(house, PATIENT_ID, BORN).removeprefix("/p/")
    for _ in range(2 * link.TRIES):
        assert try_birth_date(house, token, WRONG) is None
        assert try_birth_date(house, token, BORN).tries_left == link.TRIES


def test_a_wrong_birth_date_does_not(house, token):
    assert try_birth_date(house, token, WRONG) is None


def test_an_unknown_link_does_not_open(house):
    assert try_birth_date(house, "x" * 43, BORN) is None


def test_req_19_a_link_lasts_a_day(house, clock, token):
    clock.advance(timedelta(hours=24).total_seconds() - 1)
    assert try_birth_date(house, token, BORN)
    clock.advance(1)
    assert try_birth_date(house, token, BORN) is None


def test_req_19_a_new_link_voids_the_old_one(house, token):
    link.invite(house, PATIENT_ID, BORN, "clinician@demo")
    assert try_birth_date(house, token, BORN) is None


def test_a_new_link_leaves_other_patients_alone(house, token):
    link.invite(house, OTHER, BORN, "clinician@demo")
    assert try_birth_date(house, token, BORN)


def test_a_personal_link_lasts_a_year(house, clock):
    token = link.personal(house, PATIENT_ID, BORN).removeprefix("/p/")
    clock.advance(timedelta(days=365).total_seconds() - 1)
    assert try_birth_date(house, token, BORN)
    clock.advance(1)
    assert try_birth_date(house, token, BORN) is None


def test_the_sixth_try_is_not_checked_even_when_it_is_right(house, token):
    for _ in range(link.TRIES):
        assert try_birth_date(house, token, WRONG) is None
    assert try_birth_date(house, token, BORN) is None


def test_req_20_fifty_wrong_dates_at_once_are_five_tries(house, token):
    start = threading.Barrier(50)

    def guess():
        start.wait()
        assert try_birth_date(house, token, WRONG) is None

    threads = [threading.Thread(target=guess) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tries = Counter(outcome for outcome, _ in outcomes(house, "try link"))
    assert tries == {Outcome.DONE: 5, Outcome.DENIED: 45}
    assert house.consents.invitation(link.digest(token)).tries_left == 0


def test_req_27_every_try_is_on_the_trail_without_name_date_or_token(house, token):
    try_birth_date(house, token, WRONG)
    try_birth_date(house, "x" * 43, BORN)
    try_birth_date(house, token, BORN)
    assert outcomes(house, "open link") == [
        (Outcome.DENIED, PATIENT_ID),
        (Outcome.DENIED, None),
        (Outcome.DONE, PATIENT_ID),
    ]
    assert len(outcomes(house, "try link")) == 3
    trail = "".join(str(e.event) for e in house.audit.chain())
    assert token not in trail
    assert "1958, 3" not in trail
    assert "1958-03" not in trail


def visit(seal, house, token, cookie):
    return seal.visit(house, token, cookie)


def test_a_cookie_opens_its_own_link_for_a_quarter_of_an_hour(house, clock, seal, token):
    cookie = seal.cookie(token, PATIENT_ID, clock.now())
    clock.advance(15 * 60 - 1)
    assert visit(seal, house, token, cookie).patient_id == PATIENT_ID
    clock.advance(1)
    assert visit(seal, house, token, cookie) is None


def test_req_7_a_cookie_opens_no_other_link_and_no_other_patient(house, clock, seal, token):
    other = link.invite(house, OTHER, BORN, "clinician@demo").removeprefix("/p/")
    assert visit(seal, house, other, seal.cookie(token, PATIENT_ID, clock.now())) is None
    assert visit(seal, house, token, seal.cookie(token, OTHER, clock.now())) is None
    assert visit(seal, house, token, seal.cookie(token, PATIENT_ID, clock.now())) is not None


def test_a_cookie_dies_with_its_link(house, clock, seal, token):
    cookie = seal.cookie(token, PATIENT_ID, clock.now())
    link.invite(house, PATIENT_ID, BORN, "clinician@demo")
    assert visit(seal, house, token, cookie) is None


def test_a_tampered_cookie_is_none(house, clock, seal, token):
    cookie = seal.cookie(token, PATIENT_ID, clock.now())
    for spoiled in (cookie[:-1], "x" + cookie, cookie[1:], "", "a.b.c", cookie.split(".")[0]):
        assert visit(seal, house, token, spoiled) is None


def test_a_cookie_under_another_secret_is_none(house, clock, seal, token):
    assert visit(seal, house, token, Seal("j" * 40).cookie(token, PATIENT_ID, clock.now())) is None


def test_a_cookie_shows_neither_link_nor_patient(clock, seal, token):
    payload = seal.cookie(token, PATIENT_ID, clock.now()).split(".")[0]
    shown = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    assert token.encode() not in shown
    assert PATIENT_ID.value.encode() not in shown


def test_a_form_token_is_for_one_browser(seal):
    assert seal.knows("nonce", seal.form_token("nonce"))
    assert not seal.knows("other", seal.form_token("nonce"))
    assert not seal.knows("", seal.form_token(""))
    assert not seal.knows("nonce", "ü")


def test_a_personal_link_is_told_from_the_first_one(house):
    for issue, keeps in (
        (link.personal(house, PATIENT_ID, BORN), True),
        (link.invite(house, OTHER, BORN, "x"), False),
    ):
        invitation = house.consents.invitation(link.digest(issue.removeprefix("/p/")))
        assert Visit("t", invitation).lasts_beyond(NOW) is keeps
