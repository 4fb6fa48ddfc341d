"""What a person marks as critical on the study before them: at their hand in the session, kept with their words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import TypeVar

import streamlit as st
from markupsafe import Markup

from dashboard import session
from dashboard.critical_desk import CriticalDesk, attempt
from dashboard.parts import critical, look, wall_clock
from dashboard.parts.look import draw, markup
from triage import calling
from triage.critical import CATEGORIES, Category, Mark
from triage.finding import LABELS
from triage.permission import Action, Person, can_act
from triage.ports import House
from triage.reading import Reading
from triage.study import Urgency
from triage.worklist import Entry

_T = TypeVar("_T")


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
class Marking:
    """A person, a study, and what they mark as critical on it; half filled it opens nothing and lets nothing be signed."""

    house: House
    person: Person
    study_uid: str
    zone: tzinfo = UTC

    # ── the mark ──────────────────────────────────────────────────────────────────────────────────────

    @property
    def mark(self) -> Mark:
        """What the fields say."""
        what, category, found = (session.kept(self.key(part)) for part in ("what", "category", "found-at"))
        return Mark(
            str(what or ""),
            Category(category) if category else None,
            self._moment(found) if found else None,
        )

    @property
    def in_words(self) -> str:
        """What the signature will open; nothing when nothing is marked."""
        mark = self.mark
        return f"Opens as critical: {critical.marked(mark, self.zone)}." if mark.begun else ""

    def _moment(self, said: datetime) -> datetime:
        """The latest moment that a minute on the clock can mean and that is not ahead."""
        earlier, later = wall_clock.readings(said, self.zone)
        return later if later <= self.house.clock.now() else earlier

    def put(self, mark: Mark) -> None:
        """Fill the fields."""
        session.keep(self.key("what"), mark.what)
        session.keep(self.key("category"), mark.category.value if mark.category else None)
        found = wall_clock.said(mark.found_at, self.zone) if mark.found_at else None
        session.keep(self.key("found-at"), found)

    def changed(self, keep: Callable[[], None]) -> None:
        """Keep what the fields say now; it was found when it was marked, until somebody says otherwise."""
        mark = self.mark
        if not mark.begun:
            session.keep(self.key("found-at"), None)
        elif mark.found_at is None:
            session.keep(self.key("found-at"), wall_clock.said(self.house.clock.now(), self.zone))
        keep()

    def take(self, offered: Mark, keep: Callable[[], None]) -> None:
        """Put an offered finding into the fields, for the person to look at."""
        session.keep(self.key("what"), offered.what)
        session.keep(self.key("category"), offered.category.value if offered.category else None)
        self.changed(keep)

    def clear(self) -> None:
        """Put empty fields in their place: a browser goes on showing what stood in fields that are only cleared here."""
        session.keep(self._count, session.kept(self._count, 0) + 1)

    def key(self, part: str) -> str:
        """The name of one of its fields."""
        return f"critical-{part}-{session.kept(self._count, 0)}-{self.study_uid}"

    @property
    def _count(self) -> str:
        return f"critical-marks-{self.study_uid}"

    # ── opened ────────────────────────────────────────────────────────────────────────────────────────

    def open(self) -> None:
        """Open what is marked, before or after the report is signed."""
        step = partial(calling.open_result, self.house, self.study_uid, self.person, self.mark)
        if attempt(step, self.sentence):
            self.clear()

    def with_signature(self, sign: Callable[[], _T]) -> _T:
        """Sign, and open what is marked in the same transaction: neither happens without the other."""
        mark = self.mark
        with self.house.together():
            signed = sign()
            if mark.begun:
                calling.open_result(self.house, self.study_uid, self.person, mark)
        self.clear()
        return signed

    @property
    def sentence(self) -> str:
        """Under which name it is kept why it was not opened."""
        return f"critical-refused-{self.study_uid}"


# ── in the reading room ───────────────────────────────────────────────────────────────────────────────


def panel(marking: Marking, entry: Entry, reading: Reading | None, keep: Callable[[], None]) -> None:
    """The critical results of the study that is open, and the place to mark one.

    Args:
        marking: whose, and on which study.
        entry, reading: that study, and the model's answer while it may be looked at.
        keep: puts what is marked into the database.
    """
    house, uid = marking.house, marking.study_uid
    if not can_act(marking.person, Action.TELL_CRITICAL):
        return
    critical.wear()
    desk = CriticalDesk(house, marking.person, marking.zone)
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
    with st.expander(title, expanded=bool(offered) or marking.mark.begun):
        _fields(marking, offered, keep)


def _fields(marking: Marking, offered: Sequence[Mark], keep: Callable[[], None]) -> None:
    refused = session.kept(marking.sentence)
    if refused:
        st.error(str(refused))
    if offered:
        draw(markup('<p class="fr-label">{}</p>', "Suggested by the model, AI-generated:"))
        with st.container(horizontal=True):
            for mark in offered:
                st.button(
                    critical.marked(mark),
                    key=f"offer-{mark.what}-{marking.study_uid}",
                    on_click=marking.take,
                    args=(mark, keep),
                )
    st.text_input(
        "What is critical",
        key=marking.key("what"),
        placeholder="As you will say it on the telephone",
        max_chars=200,
        on_change=marking.changed,
        args=(keep,),
        persist_state="session",
    )
    st.segmented_control(
        "Must be heard",
        [c.value for c in Category],
        key=marking.key("category"),
        format_func=lambda value: critical.WITHIN[Category(value)],
        on_change=marking.changed,
        args=(keep,),
        persist_state="session",
    )
    st.datetime_input(
        f"Found at ({marking.house.clock.now().astimezone(marking.zone):%Z})",
        value=None,
        key=marking.key("found-at"),
        step=timedelta(minutes=1),
        help="When you saw it; the time to tell it runs from here. Empty stands for the moment you mark it.",
        on_change=marking.changed,
        args=(keep,),
        persist_state="session",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Open it now", key=f"open-critical-{marking.study_uid}", on_click=marking.open)
        draw(markup('<p class="fr-label">{}</p>', "Or sign: what is marked opens with your signature."))
