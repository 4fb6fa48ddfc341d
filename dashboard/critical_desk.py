"""One person at work on critical results: mark and open, say who heard it, correct what was wrong."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TypeVar

import streamlit as st
from markupsafe import Markup

from dashboard import session
from dashboard.parts import critical, look
from dashboard.parts.look import draw, markup
from triage import calling
from triage.calling import Mark, Told
from triage.critical import CATEGORIES, Category, CriticalResult, Method, ReadBack
from triage.errors import TriageError
from triage.escalation import standing_entries, state
from triage.finding import LABELS
from triage.permission import Action, Person, can_act
from triage.ports import House
from triage.reading import Reading
from triage.study import Urgency
from triage.worklist import Entry

_T = TypeVar("_T")
_TELLING, _CORRECTING, _SENTENCE = "critical_telling", "critical_correcting", "critical_sentence"
_FIELDS = ("told_by", "received_by", "received_at", "method", "read_back", "reason")


def offers(house: House, reading: Reading | None) -> tuple[Mark, ...]:
    """What the model's answer suggests to mark, by the site's own rules; a person decides, and nothing opens by itself."""
    found = []
    for rule in house.levels.findings:
        p = reading.probability(rule.code) if reading else None
        if rule.urgency >= Urgency.ASAP and p is not None and p >= rule.from_probability:
            found.append((rule.urgency, Mark(LABELS[rule.code], CATEGORIES[rule.urgency])))
    found.sort(key=lambda pair: -pair[0])
    return tuple(dict.fromkeys(mark for _, mark in found))


@dataclass(frozen=True)
class CriticalDesk:
    """A person and their critical results. A refused step leaves its sentence and everything as it was."""

    house: House
    person: Person
    zone: tzinfo = UTC

    # ── marking ───────────────────────────────────────────────────────────────────────────────────────

    def mark(self, study_uid: str) -> Mark | None:
        """What is marked as critical on a study and not opened yet; None while a part of it is missing."""
        what, category = (session.kept(_key(part, study_uid)) for part in ("what", "category"))
        return Mark(str(what), Category(category)) if what and str(what).strip() and category else None

    def take(self, study_uid: str, offered: Mark) -> None:
        """Put an offered finding into the fields, for the person to look at."""
        session.keep(_key("what", study_uid), offered.what)
        session.keep(_key("category", study_uid), offered.category.value)

    def open(self, study_uid: str) -> None:
        """Open what is marked, before or after the report is signed."""
        mark = self.mark(study_uid)
        if mark is None:
            session.keep(_SENTENCE, "Say in a few words what is critical, and how soon it must be heard.")
        elif self._attempt(lambda: calling.open_result(self.house, study_uid, self.person, mark)):
            self.unmark(study_uid)

    def with_mark(self, study_uid: str, sign: Callable[[], _T]) -> _T:
        """Sign, and open what is marked in the same transaction: neither happens without the other."""
        mark = self.mark(study_uid)
        with self.house.together():
            signed = sign()
            if mark is not None:
                calling.open_result(self.house, study_uid, self.person, mark)
        self.unmark(study_uid)
        return signed

    def unmark(self, study_uid: str) -> None:
        """Put empty fields in their place: a browser goes on showing what stood in fields that are only cleared here."""
        session.keep(_count(study_uid), session.kept(_count(study_uid), 0) + 1)

    # ── telling ───────────────────────────────────────────────────────────────────────────────────────

    def begin(self, result: CriticalResult, corrects: int | None = None) -> None:
        """Show the form for one attempt, or for what stands in for a wrong one."""
        self.close_form()
        session.keep(_TELLING, result.result_id)
        session.keep(_CORRECTING, corrects)
        wrong = next((a for a in result.attempts if a.number == corrects), None)
        session.keep(_field("told_by"), wrong.told_by if wrong else self.person.name)
        session.keep(_field("received_by"), wrong.received_by if wrong else "")
        at = wrong.received_at if wrong else self.house.clock.now()
        session.keep(_field("received_at"), _minute(at.astimezone(self.zone)).replace(tzinfo=None))
        session.keep(_field("method"), wrong.method.value if wrong else None)
        session.keep(_field("read_back"), None)  # always an explicit choice
        session.keep(_field("reason"), "")

    def close_form(self) -> None:
        """Put the form away."""
        session.forget(_TELLING, _CORRECTING, _SENTENCE, *map(_field, _FIELDS))

    def record(self, result_id: str) -> None:
        """Write down what the form says."""
        said = {part: session.kept(_field(part)) for part in _FIELDS}
        if not (said["method"] and said["read_back"] and said["received_at"]):
            session.keep(_SENTENCE, "Say when, how, and what came of it; all of it is part of the record.")
            return
        corrects = session.kept(_CORRECTING)
        at = self._moment(self.house.critical.result(result_id), said["received_at"])
        told = Told(
            told_by=str(said["told_by"] or ""),
            received_by=str(said["received_by"] or ""),
            received_at=at,
            method=Method(said["method"]),
            read_back=ReadBack(said["read_back"]),
        )
        reason = str(said["reason"] or "")
        if self._attempt(
            lambda: calling.record(self.house, result_id, self.person, told, corrects=corrects, reason=reason)
        ):
            self.close_form()

    def _moment(self, result: CriticalResult, said: datetime) -> datetime:
        """The moment meant by a minute on the clock: in the minute it was found, not before it was found."""
        at = said.replace(tzinfo=self.zone)
        return max(at, result.found_at) if _minute(result.found_at) == _minute(at) else at

    def _attempt(self, step: Callable[[], object]) -> bool:
        session.forget(_SENTENCE)
        try:
            step()
        except TriageError as refused:
            session.keep(_SENTENCE, str(refused))
            return False
        return True

    # ── shown ─────────────────────────────────────────────────────────────────────────────────────────

    def sentence(self) -> None:
        """Why the last step was refused."""
        said = session.kept(_SENTENCE)
        if said:
            st.error(str(said))

    def show(self, result: CriticalResult, about: Markup, *, to_study: bool = False) -> bool:
        """One result with the buttons that move it; the time on it ticks, the form stands still.

        Returns: True when the person asks for its study, which `to_study` lets them.
        """
        asked = False
        people = self.house.call_list.names
        with st.container(border=True, key=f"critical-{result.short}"):

            @st.fragment(run_every=15)
            def ticking() -> None:
                draw(critical.card(result, about, people, self.house.clock.now(), self.zone))

            ticking()
            telling = session.kept(_TELLING) == result.result_id
            closed = state(result, self.house.clock.now()).closed
            if telling:
                self._form(result)
            else:
                with st.container(horizontal=True):
                    if not closed:
                        self._tell(result)
                    asked = to_study and st.button("Open the study", key=f"study-{result.short}")
            with st.expander(f"What was done: {len(result.notices)} called, {len(result.attempts)} recorded"):
                draw(critical.history(result, self.zone))
                if not telling:
                    self._corrections(result)
        return asked

    def _tell(self, result: CriticalResult) -> None:
        st.button(
            "Record who heard it",
            key=f"tell-{result.short}",
            type="primary",
            icon=":material/call:",
            on_click=self.begin,
            args=(result,),
        )

    def _corrections(self, result: CriticalResult) -> None:
        for attempt in standing_entries(result.attempts, self.house.clock.now()):
            st.button(
                f"Correct the entry about {attempt.received_by}",
                key=f"correct-{attempt.number}",
                type="tertiary",
                on_click=self.begin,
                args=(result, attempt.number),
                help="The entry stays on file; yours stands in for it.",
            )

    def _form(self, result: CriticalResult) -> None:
        self.sentence()
        correcting = session.kept(_CORRECTING) is not None
        with st.form(key=f"told-{result.short}", border=False, enter_to_submit=False):
            if correcting:
                st.text_input("What was wrong with the entry", key=_field("reason"), max_chars=200)
            left, right = st.columns(2)
            left.text_input("Who told it", key=_field("told_by"), max_chars=100)
            right.text_input(
                "Who heard it", key=_field("received_by"), placeholder="Name and role", max_chars=100
            )
            left.datetime_input("When", key=_field("received_at"), step=timedelta(minutes=1))
            methods = [m.value for m in Method]
            right.selectbox("How", methods, key=_field("method"), index=None, placeholder="Choose")
            st.radio(
                "What came of it",
                [r.value for r in critical.OUTCOMES],
                captions=list(critical.OUTCOMES.values()),
                key=_field("read_back"),
                index=None,
            )
            with st.container(horizontal=True):
                st.form_submit_button(
                    "Record the correction" if correcting else "Record",
                    type="primary",
                    on_click=self.record,
                    args=(result.result_id,),
                )
                st.form_submit_button("Cancel", on_click=self.close_form)


def _key(part: str, study_uid: str) -> str:
    return f"critical-{part}-{session.kept(_count(study_uid), 0)}-{study_uid}"


def _count(study_uid: str) -> str:
    return f"critical-marks-{study_uid}"


def _field(part: str) -> str:
    return f"critical_field_{part}"


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


# ── in the reading room ───────────────────────────────────────────────────────────────────────────────


def panel(house: House, person: Person, entry: Entry, reading: Reading | None, zone: tzinfo) -> None:
    """The critical results of the study that is open, and the place to mark one."""
    if not can_act(person, Action.TELL_CRITICAL):
        return
    critical.wear()
    desk, uid = CriticalDesk(house, person, zone), entry.study.study_uid
    results = house.critical.of_study(uid)
    look.section("Critical results")
    for result in results:
        desk.show(result, Markup())
    offered = [] if results else offers(house, reading)
    if entry.assessment.urgency >= Urgency.ASAP and not results:
        draw(
            markup(
                '<p class="fr-note" role="note">This study stands at {}. If you find something critical, mark it: you '
                "open it, never the model.</p>",
                entry.assessment.urgency.name,
            )
        )
    title = "Mark another finding as critical" if results else "Mark a finding as critical"
    with st.expander(title, expanded=bool(offered) or desk.mark(uid) is not None):
        _marking(desk, uid, offered)


def _marking(desk: CriticalDesk, uid: str, offered: Sequence[Mark]) -> None:
    if session.kept(_TELLING) is None:
        desk.sentence()
    if offered:
        draw(markup('<p class="fr-label">{}</p>', "Suggested by the model, AI-generated:"))
        with st.container(horizontal=True):
            for mark in offered:
                st.button(
                    f"{mark.what}, {critical.WITHIN[mark.category]}",
                    key=f"offer-{mark.what}-{uid}",
                    on_click=desk.take,
                    args=(uid, mark),
                )
    st.text_input(
        "What is critical",
        key=_key("what", uid),
        placeholder="As you will say it on the telephone",
        max_chars=200,
        persist_state="session",
    )
    st.segmented_control(
        "Must be heard",
        [c.value for c in Category],
        key=_key("category", uid),
        format_func=lambda value: critical.WITHIN[Category(value)],
        persist_state="session",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Open it now", key=f"open-critical-{uid}", on_click=desk.open, args=(uid,))
        draw(markup('<p class="fr-label">{}</p>', "Or sign: what is marked opens with your signature."))
