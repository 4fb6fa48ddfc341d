"""One person at work on critical results: say who heard it, correct what was wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

import streamlit as st
from markupsafe import Markup

from dashboard import resources, session
from dashboard.parts import critical, wall_clock
from dashboard.parts.look import draw
from dashboard.resources import StorageError
from triage import calling
from triage.calling import Told
from triage.critical import CriticalResult, Method, ReadBack
from triage.errors import TriageError
from triage.escalation import standing_entries, state
from triage.permission import Person
from triage.ports import House

_TELLING, _CORRECTING, _SENTENCE = "critical_telling", "critical_correcting", "critical_sentence"
_FIELDS = ("told_by", "received_by", "received_at", "method", "read_back", "reason")


def attempt(step: Callable[[], object], sentence: str = _SENTENCE) -> bool:
    """Take a step of a person; a refused one leaves its sentence under this name and everything as it was."""
    session.forget(sentence)
    try:
        step()
    except (TriageError, StorageError) as refused:
        session.keep(sentence, str(refused))
        return False
    return True


@dataclass(frozen=True)
class CriticalDesk:
    """A person and their critical results."""

    house: House
    person: Person
    zone: tzinfo = UTC

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
        session.keep(_field("received_at"), wall_clock.said(at, self.zone))
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
        if attempt(
            lambda: calling.record(self.house, result_id, self.person, told, corrects=corrects, reason=reason)
        ):
            self.close_form()

    def _moment(self, result: CriticalResult, said: datetime) -> datetime:
        """The moment meant by a minute on the clock: in the minute it was found, not before it was found."""
        found_in = result.found_at.replace(second=0, microsecond=0)
        meant = wall_clock.readings(said, self.zone)
        at = next((reading for reading in meant if reading >= found_in), meant[0])
        return max(at, result.found_at) if at == found_in else at

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
                now = self.house.clock.now()
                draw(critical.card(result, about, people, resources.names(now), now, self.zone))

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
                draw(critical.history(result, resources.names(self.house.clock.now()), self.zone))
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


def _field(part: str) -> str:
    return f"critical_field_{part}"
