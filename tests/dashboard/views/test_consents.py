from datetime import timedelta

import pytest

from consent.record import PatientId, Purpose
from tests.builders import NOW, PATIENT_ID, a_consent, a_patient, a_person, a_study, an_event
from tests.dashboard.views.conftest import said
from triage import signing
from triage.permission import ALLOWED, Action, Role

OTHER = PatientId("P-2002", "Ward 7")


@pytest.fixture
def asked(screen, arrive):
    """The consents of the patient with this accession number, number or name."""
    arrive(a_study(accession_number="A-ONE"))

    def found(words):
        at = screen("consents")
        return at.text_input(key="consent_search").set_value(words).run()

    return found


def test_nobody_is_shown_before_somebody_is_asked_for(screen):
    assert "Whose consent?" in said(screen("consents"))


@pytest.mark.parametrize("words", ["A-ONE", "P-1001", "maren"])
def test_a_patient_is_found_by_accession_number_number_and_name(asked, words):
    at = asked(words)
    assert "Vale Maren" in said(at)
    assert "born 9 Mar 1958" in said(at)


def test_a_patient_with_signed_studies_alone_is_found(asked, house):
    signing.sign(house, a_study().study_uid, a_person(), "Clear.", style=None)
    assert "Vale Maren" in said(asked("P-1001"))


def test_silence_is_named_and_is_a_no(asked):
    shown = said(asked("A-ONE"))
    assert shown.count("no answer, counts as no") == 2
    assert "No form on file" in shown


def test_answers_and_the_form_behind_them_are_shown(asked, house):
    answers = {Purpose.AI_READING: True, Purpose.TRAINING: False}
    house.consents.sign(a_consent(answers=answers, language="es"), an_event())
    shown = said(asked("A-ONE"))
    assert "by consent-1" in shown
    assert "The patient refused training." in shown
    assert "wording 1 (es)" in shown
    assert "in force" in shown
    assert "signed 20 Nov 2026, 08:00 UTC by <b>Maren Vale</b>" in shown


def test_a_withdrawal_is_on_record(asked, house, clock):
    house.consents.sign(a_consent(), an_event())
    house.consents.withdraw(PATIENT_ID, Purpose.AI_READING, NOW, an_event())
    clock.advance(60)
    shown = said(asked("A-ONE"))
    assert "Reading of films with AI assistance: permission ended 21 Nov 2026, 08:00 UTC" in shown
    assert "✓ </span>allowed" not in shown.split("Signed forms")[0]


def test_several_patients_are_chosen_between(asked, arrive):
    arrive(a_study(study_uid="1.2.2", patient=a_patient(patient_id=OTHER, name="Vale^Jo")))
    at = asked("vale")
    (choice,) = at.selectbox
    assert len(choice.options) == 2
    choice.set_value(str(OTHER)).run()
    assert "P-2002" in said(at)


def test_a_link_is_made_shown_once_and_stored_as_its_hash(asked, house):
    at = asked("A-ONE")
    at.button(key="invite").click().run()
    (code,) = at.code
    token = code.value.rpartition("/p/")[2]
    assert len(token) == 43
    assert token not in "".join(str(c.event) for c in house.audit.chain())
    assert [c.event.agent for c in house.audit.chain() if c.event.action == "invite patient"] == ["ada"]
    assert not at.run().code


def test_without_a_birth_date_no_link_is_made(screen, arrive):
    arrive(a_study(accession_number="A-X", patient=a_patient(birth_date=None)))
    at = screen("consents")
    at.text_input(key="consent_search").set_value("A-X").run()
    at.button(key="invite").click().run()
    assert [e.value for e in at.error] == [
        "This patient has no birth date on file; add it before making a link."
    ]
    assert not at.code


@pytest.mark.parametrize("words", ["A-ONE", "P-1001", "maren"])
def test_a_patient_behind_many_signed_studies_is_found(asked, arrive, house, words):
    signing.sign(house, a_study().study_uid, a_person(), "Clear.", style=None)
    for number in range(51):
        other = a_patient(patient_id=OTHER, name="Otter^Jo")
        uid = arrive(a_study(study_uid=f"1.3.{number}", accession_number=f"B-{number}", patient=other))
        signing.sign(house, uid, a_person(), "Clear.", style=None)
    shown = said(asked(words))
    assert "Vale Maren" in shown
    assert "P-2002" not in shown


def test_an_unknown_number_finds_nobody(asked):
    assert "Nobody found" in said(asked("P-9"))


def test_names_from_outside_stay_names(screen, arrive):
    arrive(a_study(accession_number="A-X", patient=a_patient(name="<u>Eve</u>")))
    at = screen("consents")
    shown = said(at.text_input(key="consent_search").set_value("A-X").run())
    assert "&lt;u&gt;Eve" in shown
    assert "<u>" not in shown


def test_an_expired_permission_no_longer_holds(asked, house):
    over = NOW - timedelta(hours=1)
    house.consents.sign(a_consent(ends_at=over), an_event())
    shown = said(asked("A-ONE"))
    assert "No consent on file allows" in shown
    assert "permission ended 21 Nov 2026, 07:00 UTC" in shown


def test_each_look_at_a_patient_is_on_record_once_before_it_is_shown(asked, house):
    at = asked("maren")
    at.run()
    events = [e.event for e in house.audit.chain() if e.event.agent == "ada"]
    looks = [e for e in events if e.action == "view consent"]
    assert [(e.patient, e.entity) for e in looks] == [(PATIENT_ID, f"patient/{PATIENT_ID}")]
    assert [e.entity for e in events if e.action == "search"] == ["consents"]


def test_nobody_is_sent_a_form_by_whose_role_may_not(asked, monkeypatch):
    at = asked("A-ONE")
    monkeypatch.setitem(ALLOWED, Role.CLINICIAN, ALLOWED[Role.CLINICIAN] - {Action.ASK_CONSENT})
    at.button(key="invite").click().run()
    assert [e.value for e in at.error] == ["Your role does not allow you to send a patient the consent form."]
    assert not at.code
