"""Studies to read, the most urgent first, each with the reason for its place."""

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from consent.audit import AuditEvent
from dashboard import resources, session
from dashboard.parts import badges, list_filters, look, phrases, study_line, study_row
from dashboard.parts.look import draw, joined, markup
from dashboard.widgets.studies import studies
from triage import hold
from triage.errors import TriageError
from triage.listing import Filter, Held, SavedView, place_from_plain, place_to_plain
from triage.permission import Action
from triage.steps import note_search
from triage.study import Urgency
from triage.worklist import Place

PAGE, SIGNED = study_line.PAGE, 25
FRESH_S = 60
"""Even when nothing is heard the list is asked again after so long."""
SEARCHED = "Search takes an accession number, a patient number or words of a name."
LIST, SEARCH, TABS = "studies", "worklist_search", "worklist_tabs"
_STARTS, _CHOSEN, _SENTENCE = "worklist_starts", "worklist_chosen", "worklist_sentence"
_NEXT, _MORE = "worklist_next", "signed_pages"

person = session.require(Action.VIEW_WORKLIST)
house, zone = resources.house(), look.zone()
drawn: dict[str, Any] = {}
"""What the list was told last; it lives as long as this run, through every redraw of the list alone."""


# ── steps: a study is always named by its UID, so a list that moves cannot act on another ─────────────


def read(study_uid: str) -> None:
    session.forget(_SENTENCE)
    session.open_study(study_uid)
    st.switch_page("views/reading.py")


def attempt(step: Callable[[], None]) -> bool:
    """Do what a person asked of the list; why it cannot be is said above it. Returns: whether it was done."""
    drawn.clear()
    session.forget(_SENTENCE)
    try:
        step()
    except (TriageError, resources.StorageError) as refused:
        session.keep(_SENTENCE, str(refused))
        return False
    return True


def asked(what: str) -> Any:
    """What a person asked of the list, inside its callback: a study UID, or for `assign` a UID and a subject."""
    return getattr(session.kept(LIST), what)


def claim() -> None:
    attempt(partial(hold.claim, house, str(asked("claim")), person))


def release() -> None:
    attempt(partial(hold.release, house, str(asked("release")), person))


def assign() -> None:
    if wanted := asked("assign"):
        attempt(partial(assign_to, str(wanted["uid"]), str(wanted["to"])))


def assign_to(study_uid: str, subject: str) -> None:
    known = {colleague.subject: colleague for colleague in resources.clinicians(house.clock.now())}
    if subject in known:
        hold.assign(house, study_uid, person, known[subject])


def take_next() -> None:
    """Take the first free study of the list; two who ask at once get two."""
    attempt(lambda: session.keep(_NEXT, hold.claim_next(house, person, only())))


def narrowed() -> None:
    """Another filter begins at its first page."""
    session.forget(_STARTS, _MORE, _SENTENCE)
    session.keep(_CHOSEN, {key: session.kept(key) for key in list_filters.KEYS})


def searched() -> None:
    """Whoever looks for a patient does so on record."""
    narrowed()
    words = str(session.kept(SEARCH) or "").strip()
    if words and not attempt(partial(note_search, house, person.subject, "worklist", words)):
        session.keep(SEARCH, "")  # what cannot be put on record is not looked for


def show(wanted: Filter) -> None:
    """Put a filter into the fields."""
    for key, value in list_filters.fields(wanted).items():
        session.keep(key, value)
    narrowed()


def turn(starts: list[list[Any]]) -> None:
    session.keep(_STARTS, starts)


def event(action: str, name: str) -> AuditEvent:
    return AuditEvent(person.subject, action, "worklist view", house.clock.now(), detail=name)


def save_view() -> None:
    view = SavedView(str(session.kept(list_filters.NAME) or ""), only().without_search())
    attempt(partial(house.worklist.save_view, person.subject, view, event("save view", view.name)))


def remove_view(name: str) -> None:
    attempt(partial(house.worklist.remove_view, person.subject, name, event("remove view", name)))


# ── what is open ──────────────────────────────────────────────────────────────────────────────────────


def only() -> Filter:
    return list_filters.chosen(session.kept, session.kept(SEARCH) or "")


@st.fragment(run_every=2)
def summary() -> None:
    """How many wait at each urgency, and who has waited longest."""
    try:
        waiting, now = house.worklist.waiting(), house.clock.now()
    except resources.DatabaseUnavailable:
        return  # the list says so
    levels = [
        markup("<span>{} <b>{:,}</b></span>", badges.urgency(level), waiting.counts.get(level, 0))
        for level in reversed(Urgency)
    ]
    longest = phrases.waiting(waiting.since, now) if waiting.since else "nobody waits"
    draw(
        markup(
            '<div class="fr-summary"><span><b>{:,} open</b></span>{}<span class="fr-quiet-text">longest wait <b>{}</b></span></div>',
            waiting.total,
            joined(levels),
            longest,
        )
    )


@st.fragment(run_every=2)
def unheld_stat() -> None:
    """What nobody has in hand and must be looked at within minutes; overdue studies can stand above it (ADR-0018)."""
    try:
        waiting = house.worklist.unheld(Urgency.STAT, house.clock.now())
    except resources.DatabaseUnavailable:
        return  # the list says so
    words = f"{badges.SHAPES[Urgency.STAT]} {waiting:,} STAT not yet held"
    these = Filter(urgencies=frozenset({Urgency.STAT}), held=Held.NOBODY)
    if waiting and st.button(words, key="unheld-stat", on_click=show, args=(these,), help="Show only these"):
        st.rerun()  # the fields of the filter stand outside this part


@st.fragment(run_every=1)
def open_studies(chosen: Filter) -> None:
    """The reading order as it is now; asked again only when something was heard."""
    starts = session.kept(_STARTS, [])
    try:
        told = latest(chosen, starts)
    except resources.DatabaseUnavailable:
        told = {
            "away": "The database does not answer. This is the list as it was; nothing in it can be changed now."
        }
    uid = studies(LIST, told, on_claim=claim, on_release=release, on_assign=assign)
    if isinstance(uid, str) and "away" not in told:
        read(uid)
    pages(starts)


def latest(chosen: Filter, starts: list[list[Any]]) -> dict[str, Any]:
    """What the list is told: the same as before while nothing was heard."""
    now = house.clock.now()
    key = (resources.worklist_stamp(now), starts)
    if drawn.get("key") != key or (now - drawn["at"]).total_seconds() >= FRESH_S:
        lines = house.worklist.page(chosen, PAGE + 1, start(starts), person.subject, now)
        last = place_to_plain(lines[PAGE - 1].entry.place) if len(lines) > PAGE else None
        people = resources.clinicians(now)
        told = study_line.told(lines[:PAGE], subject=person.subject, people=people, now=now, zone=zone)
        told |= {
            "list": f"{hash(chosen)} {starts}",
            "empty": nothing(chosen),
            "selected": session.study_uid(),
        }
        drawn.update(key=key, at=now, told=told, last=last, count=len(told["rows"]))
    return {**drawn["told"], "sentence": session.kept(_SENTENCE, "")}


def start(starts: list[list[Any]]) -> Place | None:
    return place_from_plain(starts[-1]) if starts else None


def nothing(chosen: Filter) -> dict[str, str]:
    """What stands where no study does."""
    if chosen == Filter():
        says = "New studies appear here by themselves, the most urgent on top."
        return {"title": "Everything is read", "text": says}
    return {"title": "No open study matches", "text": SEARCHED if chosen.search else "Choose fewer filters."}


def pages(starts: list[list[Any]]) -> None:
    """The way through a list longer than one page; filters stay as they are."""
    last = drawn.get("last")
    if not starts and not last:
        return
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="right", key="pages"
    ):
        from_ = len(starts) * PAGE + 1
        draw(
            markup(
                '<span class="fr-label fr-nums">{:,} to {:,}</span>', from_, from_ + drawn.get("count", 1) - 1
            ),
            width="content",
        )
        st.button("Previous page", key="previous", on_click=turn, args=(starts[:-1],), disabled=not starts)
        st.button("Next page", key="following", on_click=turn, args=([*starts, last],), disabled=not last)


# ── what is done, what was kept apart ─────────────────────────────────────────────────────────────────


def signed_studies(search: str) -> None:
    shown = SIGNED * session.kept(_MORE, 1)
    entries, now = house.studies.finished(shown + 1, search=search), house.clock.now()
    if not entries:
        if search:
            look.empty("No signed report matches", SEARCHED)
        else:
            look.empty("Nothing is signed yet", "Signed reports stand here, the latest first.")
        return
    draw(study_row.SIGNED_COLUMNS)
    with st.container(key="signed-rows"):
        for entry in entries[:shown]:
            uid = entry.study.study_uid
            last = next(reversed(house.studies.reports(uid)), None)
            row = f"row-{uid.replace('.', '-')}"
            with st.container(key=row, horizontal=True, vertical_alignment="center", wrap=False):
                draw(study_row.signed_row(entry, last, now, zone))
                if st.button("Show", key=f"open-{uid}"):
                    read(uid)
    if len(entries) > shown:
        more = partial(session.keep, _MORE, session.kept(_MORE, 1) + 1)
        st.button(f"Show {SIGNED} more", on_click=more, key="more-signed")


def kept_apart() -> None:
    files = house.studies.quarantined(SIGNED)
    if not files:
        look.empty("No file was kept apart", "Files that cannot be read safely stand here with the reason.")
        return
    draw(study_row.quarantined(files, zone))


look.wear()
for field, value in session.kept(_CHOSEN, {}).items():
    session.keep(field, value)  # what was chosen before another screen was open
with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    look.heading("Worklist")
    summary()
    st.text_input(
        "Search",
        key=SEARCH,
        placeholder="Accession, patient number or name",
        label_visibility="collapsed",
        on_change=searched,
        width=280,
    )
    st.button("Read next", type="primary", shortcut="N", key="next", on_click=take_next)
if following := session.kept(_NEXT):
    session.forget(_NEXT)
    read(following)
to_read, signed, apart = st.tabs(["To read", "Signed", "Kept apart"], key=TABS, on_change="rerun")
if to_read.open:
    with to_read:
        with st.container(horizontal=True, vertical_alignment="center", key="narrowing"):
            unheld_stat()
            list_filters.choose(only(), house.worklist.modalities(), narrowed)
            list_filters.views(
                house.worklist.views(person.subject), use=show, save=save_view, remove=remove_view
            )
        open_studies(only())
if signed.open:
    with signed:
        signed_studies(session.kept(SEARCH) or "")
if apart.open:
    with apart:
        kept_apart()
