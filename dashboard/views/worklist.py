"""Studies to read, the most urgent first, each with the reason for its place."""

from collections import Counter

import streamlit as st
from markupsafe import Markup

from dashboard import resources, session
from dashboard.parts import badges, look, phrases, study_row
from dashboard.parts.look import draw, joined, markup
from triage.permission import Action
from triage.study import Urgency
from triage.worklist import Entry

PAGE, OVERVIEW = 25, 500
SEARCHED = "Search takes an accession number, a patient number or a name."
_PAGES, _SIGNED_PAGES = "worklist_pages", "signed_pages"

person = session.require(Action.VIEW_WORKLIST)
house, zone = resources.house(), look.zone()


def read(study_uid: str) -> None:
    """Go to one study; it is named by its UID, so a list that moves cannot open another."""
    session.open_study(study_uid)
    st.switch_page("views/reading.py")


def more(pages: str) -> None:
    session.keep(pages, session.kept(pages, 1) + 1)


def first_page() -> None:
    session.forget(_PAGES, _SIGNED_PAGES)


@st.fragment(run_every=10)
def summary() -> None:
    """How many wait at each urgency, and who has waited longest."""
    waiting, now = house.studies.worklist(OVERVIEW), house.clock.now()
    counts = Counter(e.assessment.urgency for e in waiting)
    levels = [
        markup("<span>{} <b>{}</b></span>", badges.urgency(level), counts[level])
        for level in reversed(Urgency)
    ]
    longest = (
        max((phrases.waiting(min(e.study.received_at for e in waiting), now),)) if waiting else "nobody waits"
    )
    total = f"{len(waiting)}{'+' if len(waiting) == OVERVIEW else ''} open"
    draw(
        markup(
            '<div class="fr-summary"><span><b>{}</b></span>{}<span class="fr-quiet-text">longest wait <b>{}</b></span></div>',
            total,
            joined(levels),
            longest,
        )
    )


@st.fragment(run_every=2)
def open_studies(search: str) -> None:
    """The reading order as it is now; a row keeps its button, whatever moves around it."""
    shown = PAGE * session.kept(_PAGES, 1)
    entries, now = house.studies.worklist(shown + 1, search=search), house.clock.now()
    if not entries:
        says = "New studies appear here by themselves, the most urgent on top."
        nothing(search, "No open study matches", "Everything is read", says)
        return
    draw(study_row.OPEN_COLUMNS)
    with st.container(key="rows"):
        for entry in entries[:shown]:
            line(entry, study_row.row(entry, person.subject, now, zone), "Open")
    if len(entries) > shown:
        st.button(f"Show {PAGE} more", on_click=more, args=(_PAGES,), key="more")


def nothing(search: str, unmatched: str, title: str, says: str) -> None:
    """Say that a list is empty, or that the search leaves nothing of it."""
    look.empty(unmatched, SEARCHED) if search else look.empty(title, says)


def line(entry: Entry, row: Markup, label: str) -> None:
    uid = entry.study.study_uid
    with st.container(
        key=f"row-{uid.replace('.', '-')}", horizontal=True, vertical_alignment="center", wrap=False
    ):
        draw(row)
        if st.button(label, key=f"open-{uid}"):
            read(uid)


def next_study() -> Entry | None:
    """The first study in reading order that nobody else holds."""
    now = house.clock.now()
    free = (e for e in house.studies.worklist(PAGE) if not (e.claim and e.claim.blocks(person.subject, now)))
    return next(free, None)


def signed_studies(search: str) -> None:
    shown = PAGE * session.kept(_SIGNED_PAGES, 1)
    entries, now = house.studies.finished(shown + 1, search=search), house.clock.now()
    if not entries:
        says = "Signed reports stand here, the latest first."
        nothing(search, "No signed report matches", "Nothing is signed yet", says)
        return
    draw(study_row.SIGNED_COLUMNS)
    with st.container(key="signed-rows"):
        for entry in entries[:shown]:
            last = next(reversed(house.studies.reports(entry.study.study_uid)), None)
            line(entry, study_row.signed_row(entry, last, now, zone), "Show")
    if len(entries) > shown:
        st.button(f"Show {PAGE} more", on_click=more, args=(_SIGNED_PAGES,), key="more-signed")


def kept_apart() -> None:
    files = house.studies.quarantined(PAGE)
    if not files:
        look.empty("No file was kept apart", "Files that cannot be read safely stand here with the reason.")
        return
    draw(study_row.quarantined(files, zone))


look.wear()
with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    look.heading("Worklist")
    summary()
    searched = st.text_input(
        "Search",
        key="worklist_search",
        placeholder="Accession, patient number or name",
        label_visibility="collapsed",
        on_change=first_page,
        width=280,
    )
    if st.button("Read next", type="primary", shortcut="N", key="next"):
        following = next_study()
        if following is not None:
            read(following.study.study_uid)
to_read, signed, apart = st.tabs(["To read", "Signed", "Kept apart"], key="worklist_tabs")
with to_read:
    open_studies(searched or "")
with signed:
    signed_studies(searched or "")
with apart:
    kept_apart()
