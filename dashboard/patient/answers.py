"""What the patient's answers do: signing files them, taking back hides the model's results at once."""

import logging
from dataclasses import dataclass
from datetime import datetime

from consent.audit import AuditEvent
from consent.errors import ConsentError
from consent.receipt import Answer, Receipt, answer, receipt
from consent.record import Consent, ConsentState, PatientId, Provision, Purpose
from consent.wording import CURRENT, Operator, Question, Wording, wording
from dashboard.patient import link
from dashboard.patient.forms import SignForm
from dashboard.patient.link import PATIENT, Visit
from dashboard.resources import StorageError
from triage import withdrawal
from triage.ports import House

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Standing:
    """One answer as it stands today: `state` is allowed, refused, withdrawn or expired."""

    question: Question
    state: str
    provision: Provision


def current(house: House, patient_id: PatientId) -> Consent | None:
    """The consent that counts, None when this patient has signed none."""
    signed = house.consents.consents(patient_id)
    return next((c for c in signed if c.state is ConsentState.ACTIVE), None)


def standings(consent: Consent, at: datetime, language: str) -> list[Standing]:
    """Each answer of a consent as it stands at the moment `at`, asked in the language of the page."""
    text = wording(CURRENT, language)
    term = (signed_text(consent) or text).term
    found = []
    for asked in text.questions:
        for provision in (p for p in consent.provisions if p.purpose == asked.purpose):
            state = answer(provision, term).value
            if state == Answer.ALLOWED and provision.ends_at is not None and provision.ends_at <= at:
                state = "expired"
            found.append(Standing(asked, state, provision))
    return found


def signed_text(consent: Consent) -> Wording | None:
    """The text a consent was signed under; None for one that was not signed here, which can still be taken back."""
    try:
        text = wording(consent.wording_version, consent.language)
    except ConsentError:
        return None
    return text if text.sha256 == consent.wording_sha256 else None


def receipt_of(consent: Consent, operator: Operator) -> Receipt | None:
    """What the patient takes away, None when the text that was signed is not ours to print."""
    text = signed_text(consent)
    return receipt(consent, text, operator) if text else None


def drawn(house: House, consent: Consent) -> str:
    """The drawn signature as it was kept; a lost file must not keep a patient from taking back their yes."""
    try:
        return house.files.load(consent.signature.strokes_sha256).decode()
    except StorageError:
        _log.warning("the drawn signature of %s cannot be shown", consent.consent_id)
        return ""


def sign(house: House, visit: Visit, form: SignForm, operator: Operator) -> str | None:
    """File a signed consent, use its link up, and give the patient a personal one; all of it or nothing.

    A yes asks for the first read; a no takes back what an earlier yes brought.

    Returns: the path of the personal link, None when the link was used meanwhile.
    Raises: IncompleteConsent: an answer or the signature is missing.
    """
    strokes_sha256 = house.files.save(form.drawing())
    consent = form.consent(visit.patient_id, strokes_sha256, house.clock.now())
    name = visit.invitation.token_sha256
    with house.together():
        if not house.consents.use(name, link.event(house, "use link", name, visit.patient_id)):
            return None
        house.consents.sign(consent, _event(house, "sign consent", consent, _summary(consent, operator)))
        path = link.personal(house, visit.patient_id, visit.invitation.birth_date)
        withdrawal.reconsider(house, visit.patient_id)
    return path


def _summary(consent: Consent, operator: Operator) -> str:
    said = ", ".join(f"{p.purpose} {'allowed' if p.permits else 'refused'}" for p in consent.provisions)
    text = f"wording {consent.wording_version} {consent.language} {consent.wording_sha256}"
    return f"{said}; {text}; asked by {operator.name}"


def withdraw(house: House, visit: Visit, purpose: Purpose) -> None:
    """Take back the yes to one purpose; the model's results are off every screen when this returns."""
    consent, patient_id = current(house, visit.patient_id), visit.patient_id
    if consent is None:
        return
    with house.together():
        event = _event(house, "withdraw consent", consent, purpose.value)
        house.consents.withdraw(patient_id, purpose, house.clock.now(), event)
        withdrawal.reconsider(house, patient_id)


def renew(house: House, visit: Visit) -> str:
    """Trade the link of this visit for a personal one.

    Returns: its path.
    """
    return link.personal(house, visit.patient_id, visit.invitation.birth_date)


def view(house: House, visit: Visit, consent: Consent | None, action: str = "view consent") -> None:
    """Put a look at one's own page on record; it is shown only after that."""
    name = visit.invitation.token_sha256
    seen = link.event(house, action, name, visit.patient_id)
    house.audit.record(_event(house, action, consent) if consent else seen)


def _event(house: House, action: str, consent: Consent, detail: str = "") -> AuditEvent:
    return AuditEvent(
        agent=PATIENT,
        action=action,
        entity=f"consent/{consent.consent_id}",
        recorded_at=house.clock.now(),
        patient=consent.patient,
        purpose="consent",
        detail=detail,
    )
