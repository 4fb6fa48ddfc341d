"""What a person marks as critical on the study before them: at their hand in the session, kept with their words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import Any, TypeVar

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
_NOTHING = {"what": "", "category": None, "found-at": None}


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
        what, category, found = (session.kept(self.key(p), given) for p, given in self.given.items())
        return Mark(
            str(what or ""),
            Category(category) if category else None,
            self._moment(found) if found else None,
        )

    def _moment(self, said: datetime) -> datetime:
        """The latest moment that a minute on the clock can mean and that is not ahead."""
        earlier, later = wall_clock.readings(said, self.zone)
        return later if later <= self.house.clock.now() else earlier

    @property
    def in_words(self) -> str:
        """What the signature will open; nothing when nothing is marked."""
        mark = self.mark
        return f"Opens as critical: {critical.marked(mark, self.zone)}." if mark.begun else ""

    # ── the fields ────────────────────────────────────────────────────────────────────────────────────

    @property
    def given(self) -> dict[str, Any]:
        """What the fields say before anybody touches them."""
        return dict(session.kept(self._name("given"), _NOTHING))

    def put(self, mark: Mark) -> None:
        """Fill the fields."""
        found = wall_clock.said(mark.found_at, self.zone) if mark.found_at else None
        category = mark.category.value if mark.category else None
        self._give({"what": mark.what, "category": category, "found-at": found})

    def _give(self, said: dict[str, Any]) -> None:
        """Put new fields in the place of these, which say this.

        A field that is on the screen already is told what to say once, with the next run; when that is cut short by
        another one, the browser never hears of it and goes on showing something else.
        """
        names = {part: self._revisions.get(part, 0) + 1 for part in said}
        session.keep(self._name("given"), self.given | said)
        session.keep(self._name("revisions"), self._revisions | names)

    @property
    def _revisions(self) -> dict[str, int]:
        return dict(session.kept(self._name("revisions"), {}))

    def changed(self, keep: Callable[[], None]) -> None:
        """Keep what the fields say now; it was found when it was marked, until somebody says otherwise."""
        mark = self.mark
        if not mark.begun:
            self._give({"found-at": None})
        elif mark.found_at is None:
            self._give({"found-at": wall_clock.said(self.house.clock.now(), self.zone)})
        keep()

    def take(self, offered: Mark, keep: Callable[[], None]) -> None:
        """Put an offered finding into the fields, for the person to look at."""
        self.put(replace(offered, found_at=self.mark.found_at or self.house.clock.now()))
        keep()

    def key(self, part: str) -> str:
        """The name of one of its fields."""
        return self._name(f"{part}-{self._revisions.get(part, 0)}")

    def _name(self, part: str) -> str:
        return f"critical-{part}-{self.study_uid}"

    # ── opened ────────────────────────────────────────────────────────────────────────────────────────

    def open(self) -> None:
        """Open what is marked, before or after the report is signed."""
        step = partial(calling.open_result, self.house, self.study_uid, self.person, self.mark)
        if attempt(step, self.sentence):
            self.put(Mark())

    def with_signature(self, sign: Callable[[], _T]) -> _T:
        """Sign, and open what is marked in the same transaction: neither happens without the other."""
        mark = self.mark
        with self.house.together():
            signed = sign()
            if mark.begun:
                calling.open_result(self.house, self.study_uid, self.person, mark)
        self.put(Mark())
        return signed

    @property
    def sentence(self) -> str:
        """Under which name it is kept why it was not opened."""
        return self._name("refused")


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
    given = marking.given
    st.text_input(
        "What is critical",
        value=given["what"],
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
        default=given["category"],
        key=marking.key("category"),
        format_func=lambda value: critical.WITHIN[Category(value)],
        on_change=marking.changed,
        args=(keep,),
        persist_state="session",
    )
    st.datetime_input(
        f"Found at ({marking.house.clock.now().astimezone(marking.zone):%Z})",
        value=given["found-at"],
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
