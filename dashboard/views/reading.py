"""One study: film and prior, vitals, findings, the three impressions, and the report a person signs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import streamlit as st

from dashboard import marking, resources, session
from dashboard.desk import Desk
from dashboard.parts import (
    findings,
    history,
    impressions,
    look,
    measurements,
    patient_line,
    phrases,
    reasons,
    signing,
    viewer,
)
from dashboard.parts import signed as versions
from dashboard.parts.look import draw, markup
from dashboard.resources import StorageError
from dashboard.widgets.pointing import pointer
from dashboard.widgets.writing import editor
from triage import writing
from triage.doubt import Doubt
from triage.half_written import Begun
from triage.permission import Action
from triage.reading import Reading, Style
from triage.report import Report
from triage.status import OPEN
from triage.worklist import Entry

STALLED = timedelta(minutes=10)
"""After this long without a draft none will come; the reader writes."""

person = session.require(Action.VIEW_STUDY)
house, zone = resources.house(), look.zone()
missed: list[str] = []  # the study whose report could not be asked for since this page was drawn


def state(uid: str) -> tuple[object, ...]:
    """What makes this page say something else: a film, a move, a claim, a draft, a signature."""
    entry, reading = house.studies.entry(uid), house.studies.reading(uid)
    stored = (reading.read_at, len(reading.drafts)) if reading else None
    critical = [(len(r.attempts), len(r.notices)) for r in house.critical.of_study(uid)]
    held = entry.claim is not None and house.clock.now() < entry.claim.until
    come = (entry.study.instances, len(house.studies.reports(uid)))
    return come, entry.status, entry.claim, held, entry.vitals, stored, critical


@st.fragment(run_every=2)
def watch(desk: Desk, drawn: tuple[object, ...]) -> None:
    """Redraw when somebody else changed something; a withdrawn consent empties the screen within seconds."""
    with session.says_when_away("This page stands as it was; what you write now stays in this browser."):
        changed = state(desk.study_uid) != drawn
        if missed:
            desk.keep()
        if changed or missed:
            st.rerun()


def top(desk: Desk, entry: Entry) -> None:
    now = house.clock.now()
    mine = entry.claim is not None and entry.claim.subject == person.subject and now < entry.claim.until
    with st.container(key="top", horizontal=True, vertical_alignment="center", wrap=False):
        if st.button("Back to the worklist", key="back", icon=":material/arrow_back:"):
            st.switch_page("views/worklist.py")
        draw(patient_line.standing(entry, person.subject, now, zone))
        if entry.status in OPEN and mine:
            st.button("Release", key="release", on_click=desk.release, help="Give the study back unread")
        elif entry.status in OPEN and not desk.in_the_way(entry):
            st.button("Take it", key="take", on_click=desk.take, help="Keep it for you for 20 minutes")
    draw(patient_line.identity(entry.study, zone))


def answer(desk: Desk, entry: Entry, reading: Reading | None, lit: str | None) -> None:
    """What the model found and drafted; in a box of its own, so that nothing below moves when it comes or goes."""
    with st.container(gap="xsmall"):
        look.section("What the model found")
        if reading:
            findings.show(reading, zone, lit)
            look.section("Impression, three drafts")
            drafts(desk, entry, reading, lit)
        else:
            draw(findings.none(entry))


def drafts(desk: Desk, entry: Entry, reading: Reading, lit: str | None) -> None:
    """The impressions; while the worker writes, its words come in by themselves."""
    fresh = house.clock.now() - reading.read_at < STALLED
    at_work = entry.status in OPEN and len(reading.drafts) < len(Style) and fresh
    may_use = entry.status in OPEN and not desk.in_the_way(entry) and not desk.confirming
    doubts = {d.style: writing.doubts(house, entry, d.text) for d in reading.drafts}

    @st.fragment(run_every=0.5 if at_work else None)
    def arriving() -> None:
        words: Mapping[Style, str] = {}
        with session.says_when_away():
            words = house.words.get(desk.study_uid) if at_work else {}
            if at_work and house.studies.reading(desk.study_uid) != reading:
                st.rerun()
        chosen = impressions.show(
            reading.drafts, words, key=desk.study_uid, usable=may_use, lit=lit, doubts=doubts
        )
        if chosen is not None:
            desk.use(chosen)
            st.rerun()

    arriving()


@dataclass(frozen=True)
class Known:
    """What the database knows of this report, asked before any of it is drawn: without it the field stands all the same."""

    stage: list[int]
    signed: tuple[Report, ...]
    others: tuple[Begun, ...]
    kept_since: str
    doubts: tuple[Doubt, ...]
    blocking: tuple[Doubt, ...]


def known(desk: Desk, entry: Entry) -> Known:
    return Known(
        desk.stage,
        house.studies.reports(desk.study_uid),
        writing.others(house, desk.study_uid, person),
        kept_since(desk),
        desk.doubts(entry),
        desk.blocking(entry),
    )


@st.fragment
def report(desk: Desk, entry: Entry, reading: Reading | None) -> None:
    """Write and sign; once signed, read and amend. What is typed redraws this part alone."""
    try:
        found = known(desk, entry)
    except StorageError as away:
        alone(desk, str(away))
        return
    if found.stage != session.kept(desk.key("drawn")):
        st.rerun()  # a step was taken: the drafts and the top of the page say something else now
    # What comes and goes stands in boxes that stay: the field below is never put up anew under somebody's hands.
    with st.container():
        if desk.sentence:
            st.error(desk.sentence)
    with st.container(gap="xsmall"):
        if signed := found.signed:
            versions.show(signed, zone, reading)
            draw(versions.as_pdf(desk.study_uid))
    if signed and not st.toggle(
        "Amend this report",
        value=bool(desk.text.strip()),
        key=desk.key(f"amending-{signed[-1].version}"),  # a browser goes on saying that the old one is on
        on_change=desk.begin_amending,
        args=(signed[-1],),
    ):
        return
    if desk.confirming:
        confirm(desk, entry, reading, signed)
    else:
        write(desk, entry, reading, found)


def confirm(desk: Desk, entry: Entry, reading: Reading | None, signed: tuple[Report, ...]) -> None:
    """The act itself: whose report it is stands here again, and all that the signature says."""
    step, yes = (desk.amend, "Sign the amendment") if signed else (desk.sign, "Sign as final")
    about = [f"{person.name or person.subject} signs: {versions.VERDICTS[desk.would_be(reading)]}."]
    if signed:
        about = [f"{person.name or person.subject} amends version {signed[-1].version}."]
    if desk.reason and (signed or desk.rejected):
        about.append(f"Reason: {desk.reason}")
    about += [f"You answer for \u201c{sentence}\u201d." for sentence in desk.answered_for(entry)]
    if desk.marking.in_words:
        about.append(desk.marking.in_words)
    signing.confirm(
        entry.study, zone, desk.text, yes=yes, on_yes=step, on_no=desk.back, about=about,
        before=desk.compared_with(signed),
    )  # fmt: skip


def alone(desk: Desk, away: str) -> None:
    """The sentence of a database that gives no answer, and the words, in the same place; nothing is signed meanwhile."""
    missed.append(desk.study_uid)
    with st.container():
        st.error(away)
    st.container(gap="xsmall")
    _, signed = session.kept(desk.key("drawn"))
    if not desk.confirming and (desk.text.strip() or not signed):
        st.container()
        field(desk, "")


def field(desk: Desk, status: str) -> None:
    editor(
        desk.key("editor"),
        label="Impression",
        text=desk.text,
        revision=desk.revision,
        heard=desk.heard,
        status=status,
        placeholder="Write your impression, or start from a draft.",
        on_said=desk.typed,
    )


def write(desk: Desk, entry: Entry, reading: Reading | None, found: Known) -> None:
    """The words, what they make of the draft, and what stands between them and a signature."""
    with st.container():
        signing.begun_by_others(found.others, zone, resources.names(house.clock.now()))
    field(desk, found.kept_since)
    before = desk.compared_with(found.signed)
    signing.changes_against(before, desk.text)
    if found.signed:
        signing.reason(desk.key, "Why the report is amended", reasons.OF_AN_AMENDMENT, on_change=desk.keep)
    elif desk.style is not None:
        signing.about_the_draft(
            desk.key,
            f"So far: {versions.VERDICTS[desk.would_be(reading)]}",
            on_restore=desk.restore if desk.set_aside else None,
            on_change=desk.keep,
        )
    signing.unsupported(found.doubts, found.blocking, desk.taken_on, desk.take_on)
    held = desk.in_the_way(entry)
    st.button(
        "Sign…",
        type="primary",
        key="ask",
        on_click=desk.ask,
        args=(bool(found.signed),),
        disabled=bool(held),
        help=held or None,
    )


def page(uid: str) -> None:
    desk = Desk(house, person, uid)
    entry = desk.look()
    reading = desk.answer(entry)
    desk.let_go(reading)
    watch(desk, state(uid))
    top(desk, entry)
    lit = desk.point_at(pointer(desk.key("pointer")))
    left, right = st.columns([11, 9], gap="medium")
    with left.container(gap="xsmall"):
        picked = viewer.show(entry.study, reading, house.studies.priors(uid), highlight=lit)
        if picked is not None and picked != lit:
            desk.point_at(picked)
            st.rerun()
        look.section("Vitals and laboratory values")
        measurements.show(house.studies.vitals(uid), zone)
    with right.container(gap="xsmall"):
        draw(
            markup(
                '<p class="fr-text"><span class="fr-quiet-text">Indication</span> {}</p>',
                entry.study.indication or "not given",
            )
        )
        answer(desk, entry, reading, lit)
        look.section("Your report")
        session.keep(desk.key("drawn"), desk.stage)
        report(desk, entry, reading)
        marking.panel(desk.marking, entry, reading, desk.keep)
        with st.expander("History of this study"):
            draw(history.steps(house.studies.history(uid), zone, resources.names(house.clock.now())))


def kept_since(desk: Desk) -> str:
    """When these words were kept last."""
    mine = next((b for b in house.half_written.begun(desk.study_uid) if b.subject == person.subject), None)
    return f"Kept {phrases.clock(mine.kept_at, zone)}; only you see it until you sign." if mine else ""


def unfinished() -> None:
    """The reports this person has begun: a broken line or server leads back to them."""
    for one in writing.unfinished(house, person):
        study = house.studies.entry(one.study_uid).study
        whose = f"{phrases.name(study.patient)}, accession {study.accession_number or 'none'}"
        st.button(
            f"Go on with your report: {whose}, kept {phrases.when(one.kept_at, zone)}",
            key=f"go-on-{one.study_uid}",
            on_click=session.open_study,
            args=(one.study_uid,),
        )


look.wear()
if session.study_uid() is None:
    look.empty("No study is open", "Open one from the worklist; the most urgent stands on top.")
    unfinished()
    st.page_link("views/worklist.py", label="To the worklist")
else:
    page(str(session.study_uid()))
