"""One study: film and prior, vitals, findings, the three impressions, and the report a person signs."""

from datetime import timedelta

import streamlit as st

from dashboard import resources, session
from dashboard.desk import Desk
from dashboard.parts import (
    findings,
    history,
    impressions,
    look,
    measurements,
    patient_line,
    signing,
    viewer,
)
from dashboard.parts import signed as versions
from dashboard.parts.look import draw, markup
from triage.permission import Action
from triage.reading import Reading, Style
from triage.status import OPEN
from triage.worklist import Entry

STALLED = timedelta(minutes=10)
"""After this long without a draft none will come; the reader writes."""

person = session.require(Action.VIEW_STUDY)
house, zone = resources.house(), look.zone()


def state(uid: str) -> tuple[object, ...]:
    """What makes this page say something else: a move, a claim, a draft, a signature."""
    entry, reading = house.studies.entry(uid), house.studies.reading(uid)
    stored = (reading.read_at, len(reading.drafts)) if reading else None
    return entry.status, entry.claim, entry.vitals, stored, len(house.studies.reports(uid))


@st.fragment(run_every=2)
def watch(uid: str, drawn: tuple[object, ...]) -> None:
    """Redraw when somebody else changed something; a withdrawn consent empties the screen within seconds."""
    if state(uid) != drawn:
        st.rerun()


def top(desk: Desk, entry: Entry) -> None:
    mine = entry.claim is not None and entry.claim.subject == person.subject
    with st.container(key="top", horizontal=True, vertical_alignment="center", wrap=False):
        if st.button("Back to the worklist", key="back", icon=":material/arrow_back:"):
            st.switch_page("views/worklist.py")
        draw(patient_line.standing(entry, person.subject, house.clock.now(), zone))
        if entry.status in OPEN and mine:
            st.button("Release", key="release", on_click=desk.release, help="Give the study back unread")
        elif entry.status in OPEN and not desk.in_the_way(entry):
            st.button("Take it", key="take", on_click=desk.take, help="Keep it for you for 20 minutes")
    draw(patient_line.identity(entry.study, zone))


def drafts(desk: Desk, entry: Entry, reading: Reading) -> None:
    """The impressions; while the worker writes, its words come in by themselves."""
    fresh = house.clock.now() - reading.read_at < STALLED
    writing = entry.status in OPEN and len(reading.drafts) < len(Style) and fresh
    may_use = entry.status in OPEN and not desk.in_the_way(entry) and not desk.confirming

    @st.fragment(run_every=0.5 if writing else None)
    def arriving() -> None:
        words = house.words.get(desk.study_uid) if writing else {}
        if writing and house.studies.reading(desk.study_uid) != reading:
            st.rerun()
        chosen = impressions.show(reading.drafts, words, key=desk.study_uid, usable=may_use)
        if chosen is not None:
            desk.start_from(chosen)
            st.rerun()

    arriving()


def report(desk: Desk, entry: Entry, reading: Reading | None) -> None:
    """Write and sign; once signed, read and amend."""
    if desk.sentence:
        st.error(desk.sentence)
    signed = house.studies.reports(desk.study_uid)
    if signed:
        versions.show(signed, zone)
        amending = desk.key("amending")
        if not st.toggle(
            "Amend this report", key=amending, on_change=desk.begin_amending, args=(signed[-1],)
        ):
            return
    if desk.confirming:
        step, yes = (desk.amend, "Sign the amendment") if signed else (desk.sign, "Sign as final")
        signing.confirm(entry.study, zone, desk.text, yes=yes, on_yes=step, on_no=desk.back)
        return
    signing.editor(desk.key)
    if signed:
        signing.reason(desk.key, "Why the report is amended")
    elif desk.style is not None:
        words = f"So far: {versions.VERDICTS[desk.would_be(reading)]}"
        signing.about_the_draft(desk.key, words, desk.restore if desk.set_aside else None)
    held = desk.in_the_way(entry)
    st.button(
        "Sign…",
        type="primary",
        key="ask",
        on_click=desk.ask,
        args=(bool(signed),),
        disabled=bool(held),
        help=held or None,
    )


def page(uid: str) -> None:
    desk = Desk(house, person, uid)
    entry = desk.look()
    reading = desk.answer(entry)
    desk.let_go(reading)
    watch(uid, state(uid))
    top(desk, entry)
    left, right = st.columns([11, 9], gap="medium")
    with left.container(gap="xsmall"):
        viewer.show(entry.study, reading, house.studies.priors(uid))
        look.section("Vitals and laboratory values")
        measurements.show(house.studies.vitals(uid), zone)
    with right.container(gap="xsmall"):
        draw(
            markup(
                '<p class="fr-text"><span class="fr-quiet-text">Indication</span> {}</p>',
                entry.study.indication or "not given",
            )
        )
        look.section("What the model found")
        if reading:
            findings.show(reading, zone)
            look.section("Impression, three drafts")
            drafts(desk, entry, reading)
        else:
            draw(findings.none(entry))
        look.section("Your report")
        report(desk, entry, reading)
        with st.expander("History of this study"):
            draw(history.steps(house.studies.history(uid), zone))


look.wear()
if session.study_uid() is None:
    look.empty("No study is open", "Open one from the worklist; the most urgent stands on top.")
    st.page_link("views/worklist.py", label="To the worklist")
else:
    page(str(session.study_uid()))
