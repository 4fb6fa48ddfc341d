"""What the answers do: a no keeps the model away, a yes brings it, taking back hides what it said at once."""

from datetime import timedelta

import pytest

from consent.decision import decide
from consent.errors import ConsentDenied, IncompleteConsent
from consent.record import Purpose
from consent.wording import CURRENT, Operator, wording
from dashboard.patient import answers, link
from dashboard.patient.forms import SignForm
from dashboard.patient.link import Visit
from tests.builders import PATIENT_ID, STUDY_UID, a_consent, a_patient, a_study, an_event
from tests.fakes import ScriptedReader
from triage import flow
from triage.status import Status

OPERATOR = Operator("Northfield Hospital", "+00 123 456")
BORN = a_patient().birth_date


def visit_at(house, path):
    token = path.removeprefix("/p/")
    return Visit(token, house.consents.invitation(link.digest(token)))


@pytest.fixture
def visit(house):
    return visit_at(house, link.invite(house, PATIENT_ID, BORN, "clinician@demo"))


@pytest.fixture
def study(house):
    """A study of this patient, received and waiting for a read."""
    flow.receive(house, a_study(), None, "gateway")
    return STUDY_UID


def form(reading="allow", training="refuse", **changes):
    text = wording(CURRENT, "en")
    said = {Purpose.AI_READING: reading, Purpose.TRAINING: training}
    return SignForm(
        **({"language": "en", "read_sha256": text.sha256, "answers": said, "name": "Maren Vale"} | changes)
    )


def permitted(house, purpose):
    try:
        return decide(PATIENT_ID, house.consents.provisions(PATIENT_ID), purpose, house.clock.now())
    except ConsentDenied:
        return None


def read(house, study):
    reader = ScriptedReader(house.clock)
    flow.first_read(house, reader, study)
    return reader.read_uids


def trail(house):
    return [e.event for e in house.audit.chain()]


def test_a_yes_opens_its_own_purpose_and_no_other(house, visit):
    assert answers.sign(house, visit, form(), OPERATOR)
    assert permitted(house, Purpose.AI_READING)
    assert not permitted(house, Purpose.TRAINING)


def test_req_23_after_a_no_the_model_never_runs(house, visit, study):
    answers.sign(house, visit, form(reading="refuse", training="allow"), OPERATOR)
    with pytest.raises(ConsentDenied, match="refused"):
        decide(PATIENT_ID, house.consents.provisions(PATIENT_ID), Purpose.AI_READING, house.clock.now())
    assert read(house, study) == []
    assert house.studies.entry(study).status is Status.UNRANKED
    assert house.studies.reading(study) is None


def test_a_late_yes_asks_for_the_read(house, visit, study):
    assert read(house, study) == []
    house.jobs.cancel(study)
    answers.sign(house, visit, form(), OPERATOR)
    assert read(house, study) == [study]
    assert house.studies.entry(study).status is Status.RANKED


def test_req_24_taking_back_hides_the_result_at_once(house, visit, study):
    personal = visit_at(house, answers.sign(house, visit, form(), OPERATOR))
    read(house, study)
    assert house.studies.reading(study) is not None
    answers.withdraw(house, personal, Purpose.AI_READING)
    assert house.studies.reading(study) is None
    assert house.studies.entry(study).status is Status.UNRANKED
    assert permitted(house, Purpose.AI_READING) is None
    assert read(house, study) == []


def test_taking_back_one_yes_leaves_the_other(house, visit):
    personal = visit_at(house, answers.sign(house, visit, form(training="allow"), OPERATOR))
    answers.withdraw(house, personal, Purpose.TRAINING)
    assert permitted(house, Purpose.AI_READING)
    assert not permitted(house, Purpose.TRAINING)


def test_a_no_after_a_yes_hides_the_result_too(house, visit, study):
    personal = visit_at(house, answers.sign(house, visit, form(), OPERATOR))
    read(house, study)
    answers.sign(house, personal, form(reading="refuse"), OPERATOR)
    assert house.studies.reading(study) is None


def test_nothing_is_taken_back_where_nothing_was_signed(house, visit):
    answers.withdraw(house, visit, Purpose.AI_READING)
    assert answers.current(house, PATIENT_ID) is None
    assert "withdraw consent" not in [e.action for e in trail(house)]


def test_req_19_one_link_is_one_signature(house, visit):
    assert answers.sign(house, visit, form(), OPERATOR)
    assert answers.sign(house, visit, form(reading="refuse"), OPERATOR) is None
    assert len(house.consents.consents(PATIENT_ID)) == 1


def test_signing_gives_a_personal_link_for_a_year_that_opens_with_the_same_birth_date(house, clock, visit):
    path = answers.sign(house, visit, form(), OPERATOR)
    clock.advance(timedelta(days=364).total_seconds())
    assert link.try_birth_date(house, path.removeprefix("/p/"), BORN)


def test_a_renewed_link_voids_the_one_before(house, visit):
    path = answers.renew(house, visit)
    assert link.try_birth_date(house, visit.token, BORN) is None
    assert link.try_birth_date(house, path.removeprefix("/p/"), BORN)


def test_an_incomplete_form_signs_nothing_and_uses_nothing_up(house, visit):
    with pytest.raises(IncompleteConsent):
        answers.sign(house, visit, form(training=""), OPERATOR)
    assert house.consents.consents(PATIENT_ID) == ()
    assert link.try_birth_date(house, visit.token, BORN)


def test_the_drawn_signature_lies_under_the_hash_on_the_consent(house, visit):
    answers.sign(house, visit, form(strokes="[[[1,2],[3,4]]]"), OPERATOR)
    consent = answers.current(house, PATIENT_ID)
    assert house.files.load(consent.signature.strokes_sha256) == b"[[[1,2],[3,4]]]"
    assert answers.drawn(house, consent) == "[[[1,2],[3,4]]]"


def test_req_25_hash_language_version_and_time_are_stored(house, clock, visit):
    answers.sign(house, visit, form(), OPERATOR)
    consent = answers.current(house, PATIENT_ID)
    assert consent.wording_sha256 == wording(consent.wording_version, consent.language).sha256
    assert (consent.wording_version, consent.language) == (CURRENT, "en")
    assert consent.signature.signed_at == clock.now()


def test_req_27_signing_and_taking_back_are_on_the_trail_without_a_name(house, visit):
    personal = visit_at(house, answers.sign(house, visit, form(), OPERATOR))
    answers.withdraw(house, personal, Purpose.AI_READING)
    done = [
        (e.action, e.detail) for e in trail(house) if e.agent == "patient" and e.entity.startswith("consent/")
    ]
    text = wording(CURRENT, "en").sha256
    assert done == [
        (
            "sign consent",
            f"ai-reading allowed, training refused; wording {CURRENT} en {text}; asked by Northfield Hospital",
        ),
        ("withdraw consent", "ai-reading"),
    ]
    assert all(e.patient == PATIENT_ID for e in trail(house) if e.action.endswith("consent"))
    assert "Maren" not in str(trail(house))


def test_a_look_is_on_the_trail(house, visit):
    answers.view(house, visit, None)
    answers.sign(house, visit, form(), OPERATOR)
    consent = answers.current(house, PATIENT_ID)
    answers.view(house, visit, consent)
    seen = [e.entity for e in trail(house) if e.action == "view consent"]
    assert seen == [f"link/{visit.invitation.token_sha256[:16]}", f"consent/{consent.consent_id}"]


def test_an_answer_stands_as_allowed_refused_withdrawn_or_expired(house, clock, visit):
    personal = visit_at(house, answers.sign(house, visit, form(), OPERATOR))

    def states():
        consent = answers.current(house, PATIENT_ID)
        return [s.state for s in answers.standings(consent, clock.now(), "ru")]

    assert states() == ["allowed", "refused"]
    clock.advance(timedelta(days=365).total_seconds())
    assert states() == ["expired", "refused"]
    clock.advance(-timedelta(days=300).total_seconds())
    answers.withdraw(house, personal, Purpose.AI_READING)
    assert states() == ["withdrawn", "refused"]


def test_questions_are_asked_in_the_language_of_the_page(house, visit):
    answers.sign(house, visit, form(), OPERATOR)
    shown = answers.standings(answers.current(house, PATIENT_ID), house.clock.now(), "ru")
    assert shown[0].question == wording(CURRENT, "ru").question(Purpose.AI_READING)


def test_a_consent_signed_elsewhere_can_be_taken_back_and_has_no_receipt(house, visit):
    house.consents.sign(a_consent(), an_event())
    consent = answers.current(house, PATIENT_ID)
    assert answers.signed_text(consent) is None
    assert answers.receipt_of(consent, OPERATOR) is None
    assert answers.drawn(house, consent) == ""
    answers.withdraw(house, visit, Purpose.AI_READING)
    assert [
        s.state for s in answers.standings(answers.current(house, PATIENT_ID), house.clock.now(), "en")
    ] == ["withdrawn"]
