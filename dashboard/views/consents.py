"""One patient: what they agreed to, in which words, and the link that asks them."""

import streamlit as st

from consent.audit import AuditEvent
from consent.decision import decide
from consent.errors import ConsentDenied, ConsentError
from consent.record import PatientId, Purpose
from dashboard import resources, session
from dashboard.parts import consent_forms, look, phrases
from dashboard.parts.look import draw, joined, markup
from dashboard.patient.link import invite
from triage.errors import TriageError
from triage.permission import Action, can_act, check_action
from triage.steps import note_search
from triage.study import Patient

FOUND = 50
ASKED = (Purpose.AI_READING, Purpose.TRAINING)
_LINK, _SENTENCE = "consent_link", "consent_sentence"
_SEARCH, _LOOKED = "consent_search", "consent_looked_at"

person = session.require(Action.VIEW_CONSENT)
house, zone = resources.house(), look.zone()


def searched() -> None:
    """Whoever looks for a patient does so on record."""
    if said := str(session.kept(_SEARCH) or "").strip():
        note_search(house, person.subject, "consents", said)
    session.forget(_LOOKED)


def look_at(patient_id: PatientId) -> None:
    """Put it on record, once for each patient that is opened here, before anything is shown."""
    if session.kept(_LOOKED) == str(patient_id):
        return
    house.audit.record(
        AuditEvent(
            agent=person.subject,
            action="view consent",
            entity=f"patient/{patient_id}",
            recorded_at=house.clock.now(),
            patient=patient_id,
        )
    )
    session.keep(_LOOKED, str(patient_id))


def find(words: str) -> dict[PatientId, Patient]:
    """Patients by accession number, patient number or name, from open and signed studies."""
    uid = house.studies.by_accession(words)
    exact = [house.studies.entry(uid)] if uid else []
    found = [*house.studies.worklist(FOUND, search=words), *house.studies.finished(FOUND, search=words)]
    return {e.study.patient.patient_id: e.study.patient for e in (*exact, *found)}


def answer(patient_id: PatientId, purpose: Purpose) -> tuple[Purpose, bool | None, str]:
    """What the reader would be told at this moment; asked of the same door."""
    provisions, now = house.consents.provisions(patient_id), house.clock.now()
    try:
        permit = decide(patient_id, provisions, purpose, now)
    except ConsentDenied as denied:
        said = any(p.covers(purpose, now) for p in provisions)
        return purpose, False if said else None, str(denied)
    return purpose, True, f"by {permit.consent_id}"


def send_link(patient: Patient) -> None:
    session.forget(_LINK, _SENTENCE)
    try:
        check_action(person, Action.ASK_CONSENT)
        path = invite(house, patient.patient_id, patient.birth_date, person.subject)
    except (TriageError, ConsentError) as refused:
        session.keep(_SENTENCE, str(refused))
    else:
        session.keep(_LINK, f"{resources.settings().url}{path}")


def link(patient: Patient) -> None:
    """Make a link for this patient; it is shown once and nowhere kept."""
    look.section("Ask the patient")
    draw(
        markup(
            '<p class="fr-label">{}</p>',
            "The link opens on any phone for 24 hours and asks for the birth date; one signature uses it up. A new link voids the earlier one.",
        )
    )
    allowed = can_act(person, Action.ASK_CONSENT)
    st.button(
        "Make a link", key="invite", type="primary", on_click=send_link, args=(patient,), disabled=not allowed
    )
    made, refused = session.kept(_LINK), session.kept(_SENTENCE)
    session.forget(_LINK, _SENTENCE)
    if refused:
        st.error(refused)
    if made:
        st.code(made, language=None, wrap_lines=True)
        st.caption("Hand it to the patient now; it is not shown again.")


def one(patient: Patient) -> None:
    look_at(patient.patient_id)
    draw(
        markup(
            '<div class="fr-patient"><b>{}</b><span>number {}</span><span>born {}</span></div>',
            phrases.name(patient),
            str(patient.patient_id),
            phrases.day(patient.birth_date),
        )
    )
    consents = house.consents.consents(patient.patient_id)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        draw(consent_forms.standing([answer(patient.patient_id, p) for p in ASKED]))
        look.section("Signed forms, the latest first")
        if not consents:
            look.empty(
                "No form on file", "Nobody asked this patient yet. Silence is a no: the model reads nothing."
            )
        for consent in consents:
            draw(consent_forms.form(consent, zone))
    with right:
        link(patient)
        look.section("Withdrawn or run out")
        over = consent_forms.ended(consents, house.clock.now(), zone)
        if over:
            draw(markup('<ul class="fr-steps">{}</ul>', joined(over)))
        else:
            draw(markup('<p class="fr-label">{}</p>', "No permission of this patient has ended."))


look.wear()
look.heading("Consents", "What a patient agreed to decides whether the model may read.")
words = (
    st.text_input(
        "Patient",
        placeholder="Accession, patient number or name",
        key=_SEARCH,
        on_change=searched,
        width=420,
    )
    or ""
).strip()
patients = find(words) if words else {}
if not words:
    look.empty("Whose consent?", "Type an accession number, a patient number or a name.")
elif not patients:
    look.empty("Nobody found", "No study on file belongs to this number or name.")
elif len(patients) == 1:
    one(next(iter(patients.values())))
else:
    ids = [str(p) for p in patients]
    named = {
        str(k): f"{phrases.name(p)}, {k.value}, born {phrases.day(p.birth_date)}" for k, p in patients.items()
    }
    chosen = st.selectbox(
        f"{len(ids)} patients match", ids, format_func=named.__getitem__, index=None, placeholder="Choose one"
    )
    if chosen:
        one(next(p for k, p in patients.items() if str(k) == chosen))
