"""Studies and vitals come in: every file gets an answer, and nothing that arrived is lost."""

from typing import Any

import streamlit as st

from dashboard import resources, session
from dashboard.parts import arrivals, look, vitals_form
from dashboard.parts.look import draw, markup
from dashboard.widgets.uploads import drop_area
from triage.permission import Action
from triage.study import Sex, Urgency

FILMS = ".dcm,.zip,.png,.jpg,.jpeg,application/dicom,application/zip,image/png,image/jpeg"
_ROUND, _FILES, _LINES = "upload_round", "upload_files", "upload_lines"

person = session.require(Action.UPLOAD)
house, zone = resources.house(), look.zone()


def order(key: str) -> dict[str, str]:
    """What the films do not say about themselves."""
    fields: dict[str, str] = {}
    left, right = st.columns([1, 2])
    with left:
        fields["order_priority"] = st.selectbox(
            "Order priority",
            [u.name.lower() for u in Urgency],
            format_func=lambda name: f"{name}: {Urgency[name.upper()].within}",
            key=f"{key}-priority",
        )
    with right:
        fields["indication"] = st.text_input(
            "Indication", placeholder="Why the film was asked for", key=f"{key}-indication"
        )
    with st.expander("Accession number and patient, needed for PNG and JPEG"):
        draw(
            markup(
                '<p class="fr-label">{}</p>',
                "A DICOM file says this itself; what you type here must agree with it, or the file is kept apart.",
            )
        )
        fields |= _patient(key)
    return {name: text.strip() for name, text in fields.items() if text.strip()}


def _patient(key: str) -> dict[str, str]:
    columns = st.columns(3)
    with columns[0]:
        accession = st.text_input("Accession number", key=f"{key}-accession")
        number = st.text_input("Patient number", key=f"{key}-number")
    with columns[1]:
        name = st.text_input("Patient name", key=f"{key}-name")
        issuer = st.text_input(
            "Issued by", placeholder="the hospital that gave the number", key=f"{key}-issuer"
        )
    with columns[2]:
        born = st.date_input(
            "Birth date", value=None, min_value="1900-01-01", max_value="today", key=f"{key}-born"
        )
        sex = st.selectbox("Sex", [s.value for s in reversed(Sex)], key=f"{key}-sex")
    who = {
        "patient_id": number,
        "patient_name": name,
        "issuer": issuer,
        "birth_date": born.isoformat() if born else "",
    }
    return {"accession_number": accession, **who, **({"sex": sex} if number else {})}


@st.fragment(run_every=1)
def arrived(outcomes: list[dict[str, Any]]) -> None:
    """The new studies on their way to their place."""
    for uid in dict.fromkeys(o["study_uid"] for o in outcomes if o["study_uid"]):
        entry = house.studies.entry(uid)
        with st.container(
            key=f"row-{uid.replace('.', '-')}", horizontal=True, vertical_alignment="center", wrap=False
        ):
            draw(arrivals.progress(entry))
            if st.button("Open", key=f"open-{uid}"):
                session.open_study(uid)
                st.switch_page("views/reading.py")


def films() -> None:
    key = f"upload-{session.kept(_ROUND, 0)}"
    fields = order(key)
    with st.expander("Vitals and laboratory values of this patient", expanded=True):
        vitals = vitals_form.form(key)
        wrong = vitals_form.check(vitals, house.clock.now())
    if vitals:
        vitals["measured_at"] = house.clock.now().isoformat()
    taken = drop_area(
        "films",
        to="/api/uploads",
        fields=fields,
        once=vitals,
        accept=FILMS,
        prompt="Drop DICOM files, a zip of them, or PNG and JPEG films here",
        blocked=wrong,
    )
    if taken:
        session.keep(_FILES, taken)
        if any(o["outcome"] == "accepted" for o in taken):
            session.keep(_ROUND, session.kept(_ROUND, 0) + 1)
            st.rerun()
    outcomes = session.kept(_FILES, [])
    if outcomes:
        draw(arrivals.files(outcomes))
        arrived(outcomes)


def tables() -> None:
    draw(
        markup(
            '<p class="fr-label">{}</p>',
            "One line per study, UTF-8, comma or semicolon; an empty field was not measured. A line that is wrong is named, the others are taken.",
        )
    )
    taken = drop_area(
        "tables", to="/api/vitals", fields={}, accept=".csv,text/csv", prompt="Drop a CSV of vitals here"
    )
    if taken:
        session.keep(_LINES, taken)
    lines = session.kept(_LINES, [])
    if lines:
        draw(arrivals.lines(lines))
    with st.expander("Template"):
        st.code(arrivals.template(), language=None, wrap_lines=True)
        st.caption("Other units have columns of their own: glucose_mg_dl, lactate_mg_dl, temperature_f.")


look.wear()
look.heading("Upload", f"You are {person.name}; what arrives is recorded under your name.")
of_films, of_vitals = st.tabs(["Films of one patient", "Vitals of many patients"], key="upload_tabs")
with of_films:
    films()
with of_vitals:
    tables()
