from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.audit import Outcome, verify
from consent.decision import decide
from consent.errors import ConsentDenied
from consent.record import ConsentState, PatientId, Provision, Purpose
from db.audit_trail import PgAuditTrail
from db.consent_store import PgConsentStore
from tests.builders import NOW, PATIENT_ID, a_consent, an_event
from triage.stores import Invitation

TOKEN = "a" * 64
OTHER = PatientId("P-1001", "Another house")
READING, TRAINING = Purpose.AI_READING, Purpose.TRAINING


@pytest.fixture
def store(database):
    return PgConsentStore(database)


def a_link(**changes):
    made = Invitation(TOKEN, PATIENT_ID, None, NOW + timedelta(hours=24), 5, used=False)
    return replace(made, **changes)


def allowed(store, purpose=READING, patient=PATIENT_ID, at=NOW):
    try:
        return bool(decide(patient, store.provisions(patient), purpose, at))
    except ConsentDenied:
        return False


# ── consents ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_consent_comes_back_as_it_was_signed(store):
    consent = a_consent(answers={READING: True, TRAINING: False}, ends_at=NOW + timedelta(days=365))
    store.sign(consent, an_event())
    assert store.consents(PATIENT_ID) == (consent,)
    assert store.provisions(PATIENT_ID) == consent.provisions


def test_silence_is_a_no(store):
    assert store.provisions(PATIENT_ID) == ()
    assert not allowed(store)


def test_the_same_number_from_another_house_is_another_patient(store):
    store.sign(a_consent(), an_event())
    assert allowed(store)
    assert not allowed(store, patient=OTHER)
    assert store.consents(OTHER) == ()


def test_a_new_consent_takes_the_place_of_the_earlier_one(store):
    store.sign(a_consent(answers={READING: True, TRAINING: True}), an_event())
    store.sign(a_consent(consent_id="consent-2", answers={READING: False}, starts_at=NOW), an_event())
    latest, earlier = store.consents(PATIENT_ID)
    assert (latest.consent_id, latest.state) == ("consent-2", ConsentState.ACTIVE)
    assert (earlier.consent_id, earlier.state) == ("consent-1", ConsentState.INACTIVE)
    assert [p.consent_id for p in store.provisions(PATIENT_ID)] == ["consent-2"]
    assert not allowed(store)
    assert not allowed(store, TRAINING)


def test_a_new_yes_outlives_an_old_refusal(store):
    store.sign(a_consent(answers={READING: False}), an_event())
    store.sign(a_consent(consent_id="consent-2", starts_at=NOW), an_event())
    assert allowed(store)


def test_another_patient_s_consent_stays(store):
    store.sign(a_consent(), an_event())
    store.sign(a_consent(OTHER, consent_id="consent-2"), an_event())
    assert allowed(store)
    assert allowed(store, patient=OTHER)


@pytest.mark.parametrize("state", set(ConsentState) - {ConsentState.ACTIVE})
def test_only_an_active_consent_speaks(store, state):
    store.sign(a_consent(state=state), an_event())
    assert store.provisions(PATIENT_ID) == ()


def test_two_signatures_at_once_leave_one_active(store):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: store.sign(a_consent(consent_id=f"consent-{n}"), an_event()), range(12)))
    states = [consent.state for consent in store.consents(PATIENT_ID)]
    assert states.count(ConsentState.ACTIVE) == 1
    assert len(states) == 12


def test_a_withdrawal_ends_the_permission_for_its_purpose_at_its_moment(store):
    store.sign(a_consent(answers={READING: True, TRAINING: True}), an_event())
    store.withdraw(PATIENT_ID, READING, NOW, an_event())
    assert allowed(store, at=NOW - timedelta(microseconds=1))
    assert not allowed(store, at=NOW)
    assert allowed(store, TRAINING)


def test_a_withdrawal_reaches_a_permission_that_would_begin_later(store):
    store.sign(a_consent(starts_at=NOW + timedelta(days=7)), an_event())
    store.withdraw(PATIENT_ID, READING, NOW, an_event())
    assert not allowed(store, at=NOW + timedelta(days=8))


def test_a_withdrawal_leaves_refusals_and_ended_permissions_alone(store):
    ended = a_consent(ends_at=NOW - timedelta(hours=1))
    refused = Provision("consent-1", READING, permits=False, starts_at=NOW - timedelta(days=2))
    store.sign(replace(ended, provisions=(*ended.provisions, refused)), an_event())
    before = store.provisions(PATIENT_ID)
    store.withdraw(PATIENT_ID, READING, NOW, an_event())
    assert store.provisions(PATIENT_ID) == before


def test_withdrawing_nothing_is_no_error(store):
    store.withdraw(PATIENT_ID, READING, NOW, an_event())
    assert not allowed(store)


answers = st.lists(
    st.tuples(
        st.sampled_from([READING, TRAINING]),
        st.booleans(),
        st.integers(-3, 3),
        st.none() | st.integers(-3, 6),
    ),
    max_size=5,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers, st.integers(-2, 4))
def test_after_a_withdrawal_nothing_ever_allows_that_purpose(store, given_answers, at_day):
    patient = PatientId(f"P-{len(store.consents(PATIENT_ID))}", "property")
    at = NOW + timedelta(days=at_day)
    made = a_consent(patient, {}, consent_id=f"c-{id(given_answers)}-{at_day}-{hash(str(given_answers))}")
    provisions = tuple(
        Provision(
            made.consent_id, p, yes, NOW + timedelta(days=s), None if e is None else NOW + timedelta(days=e)
        )
        for p, yes, s, e in given_answers
    )
    store.sign(replace(made, provisions=provisions), an_event())
    training = allowed(store, TRAINING, patient, at)
    store.withdraw(patient, READING, at, an_event())
    assert not any(allowed(store, READING, patient, at + timedelta(days=d)) for d in range(9))
    assert allowed(store, TRAINING, patient, at) == training


# ── invitations ───────────────────────────────────────────────────────────────────────────────────────


def test_a_link_is_found_by_the_hash_of_its_token(store):
    store.invite(a_link(), an_event())
    assert store.invitation(TOKEN) == a_link()
    assert store.invitation("b" * 64) is None


def test_each_try_is_counted_and_the_sixth_is_refused(store):
    store.invite(a_link(), an_event())
    left = [
        made.tries_left if made else None for made in (store.count_try(TOKEN, an_event()) for _ in range(7))
    ]
    assert left == [4, 3, 2, 1, 0, None, None]


def test_a_right_birth_date_gives_the_tries_back_while_the_link_lasts(store):
    store.invite(a_link(), an_event())
    for _ in range(5):
        store.count_try(TOKEN, an_event())
    assert store.forgive(TOKEN, 5, an_event()).tries_left == 5
    assert store.count_try(TOKEN, an_event()).tries_left == 4
    assert store.forgive(TOKEN, 5, an_event(recorded_at=NOW + timedelta(hours=24))) is None
    store.use(TOKEN, an_event())
    assert store.forgive(TOKEN, 5, an_event()) is None
    assert store.invitation(TOKEN).tries_left == 4


def test_fifty_wrong_tries_at_once_are_exactly_five(store, database):
    store.invite(a_link(), an_event())
    with ThreadPoolExecutor(16) as pool:
        counted = list(pool.map(lambda _: store.count_try(TOKEN, an_event(action="try")), range(50)))
    assert sum(made is not None for made in counted) == 5
    trail = PgAuditTrail(database)
    tries = [p.event for p in trail.chain() if p.event.action == "try"]
    assert sum(e.outcome is Outcome.DONE for e in tries) == 5
    assert sum(e.outcome is Outcome.DENIED for e in tries) == 45
    verify(trail.chain(), trail.head())


def test_forty_uses_at_once_are_exactly_one(store, database):
    store.invite(a_link(), an_event())
    with ThreadPoolExecutor(16) as pool:
        used = list(pool.map(lambda _: store.use(TOKEN, an_event()), range(40)))
    assert sum(used) == 1
    assert store.invitation(TOKEN).used


def test_a_used_link_counts_no_tries(store):
    store.invite(a_link(), an_event())
    assert store.use(TOKEN, an_event())
    assert store.count_try(TOKEN, an_event()) is None


def test_a_link_opens_nothing_from_the_moment_it_expires(store):
    store.invite(a_link(expires_at=NOW), an_event())
    assert store.count_try(TOKEN, an_event(recorded_at=NOW)) is None
    assert not store.use(TOKEN, an_event(recorded_at=NOW))
    assert store.count_try(TOKEN, an_event(recorded_at=NOW - timedelta(microseconds=1))) is not None


def test_a_token_nobody_issued_opens_nothing_and_is_on_record(store, database):
    assert store.count_try("c" * 64, an_event(patient=None)) is None
    assert not store.use("c" * 64, an_event(patient=None))
    outcomes = [place.event.outcome for place in PgAuditTrail(database).latest(2)]
    assert outcomes == [Outcome.DENIED, Outcome.DENIED]


def test_a_new_link_voids_the_patient_s_earlier_one_and_no_other(store):
    store.invite(a_link(), an_event())
    store.invite(a_link(token_sha256="d" * 64, patient_id=OTHER), an_event())
    store.invite(a_link(token_sha256="b" * 64), an_event())
    assert store.count_try(TOKEN, an_event()) is None
    assert store.count_try("b" * 64, an_event()) is not None
    assert store.count_try("d" * 64, an_event()) is not None


def test_a_new_link_leaves_the_longer_way_back_open(store):
    way_back = a_link(expires_at=NOW + timedelta(days=365))
    store.invite(way_back, an_event())
    store.invite(a_link(token_sha256="b" * 64), an_event())
    assert store.count_try(TOKEN, an_event()) is not None
    store.invite(a_link(token_sha256="d" * 64, expires_at=NOW + timedelta(days=366)), an_event())
    assert store.count_try(TOKEN, an_event()) is None
