"""The only door to st.session_state and st.user: who looks at this screen, and at which study.

A test of a view signs somebody in without a provider, by filing the record that the provider's callback files::

    handle = sign_in.open_record(resources.sign_ins(), {"sub": "ada", "name": "Dr. Ada Keller",
                                                        "roles": ["clinician"]}, clock.now())
    at = AppTest.from_file("dashboard/views/worklist.py")
    at.user = {"is_logged_in": True, "sid": handle}     # what the cookie of this person carries
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any, NoReturn

import streamlit as st

from consent.audit import AuditEvent, Outcome
from dashboard import resources, sign_in
from dashboard.headers import ENDED_HEADER
from dashboard.sign_in import Ended, Standing
from triage.errors import NotPermitted
from triage.permission import Action, Person, check_action

_STUDY, _LOOKED = "open_study_uid", "open_study_looked_at"
_PAGE, _SEEN = "page_visited", "seen_on_this_visit"


# ── who ───────────────────────────────────────────────────────────────────────────────────────────────


def standing() -> Standing:
    """Whether the visitor of this screen is signed in, asked of the record at each run."""
    if not st.user.get("is_logged_in"):
        return Standing(None, _ended())
    return sign_in.who(resources.sign_ins(), str(st.user.get("sid", "")), resources.house().clock.now())


def _ended() -> Ended:
    said = st.context.headers.get(ENDED_HEADER, "")
    return Ended(said) if said in set(Ended) else Ended.NOBODY


def person() -> Person | None:
    """Who is signed in at this screen, with the roles on their record; None when nobody is any more."""
    return standing().person


def require(action: Action) -> Person:
    """The first line of every view: the person, if their role allows what this view is for.

    Nobody gets further than a sentence, and a refused person's try is on the audit trail.

    Args:
        action: what the view is for.

    Returns: the person at this screen.
    """
    who = person()
    if who is None:
        _stop("Sign in first.")
    try:
        check_action(who, action)
    except NotPermitted as refused:
        house = resources.house()
        house.audit.record(
            AuditEvent(
                agent=who.subject,
                action=action.value,
                entity="screen",
                recorded_at=house.clock.now(),
                outcome=Outcome.DENIED,
                detail=str(refused),
            )
        )
        _stop(str(refused))
    return who


def _stop(sentence: str) -> NoReturn:
    st.error(sentence)
    st.stop()


@contextmanager
def says_when_away(more: str = "") -> Iterator[None]:
    """Say in one sentence what the database did not do inside; what was drawn before stays.

    Args:
        more: a second sentence for this place: what still holds here.
    """
    try:
        yield
    except resources.StorageError as away:
        st.error(f"{away} {more}".strip())


# ── which study ───────────────────────────────────────────────────────────────────────────────────────


def open_study(study_uid: str | None) -> None:
    """Remember which study is open on this screen; None closes it."""
    st.session_state[_STUDY] = study_uid
    st.session_state[_LOOKED] = False


def first_look() -> bool:
    """Whether this opening is still to be put on record, taken and brought back; true until `note_look`."""
    return not st.session_state.get(_LOOKED, True)


def note_look() -> None:
    """All that belongs to an opening has happened; what broke off before this happens again at the next run."""
    st.session_state[_LOOKED] = True


def study_uid() -> str | None:
    """The study that is open on this screen."""
    uid: str | None = st.session_state.get(_STUDY)
    return uid


# ── what they have seen ───────────────────────────────────────────────────────────────────────────────


def enter(page: str) -> None:
    """Note which page is on this screen; coming to another one begins a new visit."""
    if kept(_PAGE) != page:
        keep(_PAGE, page)
        forget(_SEEN)


def unseen(names: Iterable[str]) -> set[str]:
    """Those that were not on this screen yet during this visit: the moment to put the look at them on record."""
    return set(names) - set(kept(_SEEN, ()))


def saw(names: Iterable[str]) -> None:
    """Note what is on this screen; it was put on record."""
    keep(_SEEN, sorted({*kept(_SEEN, ()), *names}))


# ── what a person is in the middle of ─────────────────────────────────────────────────────────────────


def kept(name: str, default: Any = None) -> Any:
    """What a screen keeps under a name while this person works: a page number, a choice, words not signed yet."""
    return st.session_state.get(name, default)


def keep(name: str, value: Any) -> None:
    """Keep something for this screen until it is closed; under a widget's key it becomes what the widget shows.

    Args:
        name: under which it is found again.
        value: plain words, numbers, and lists and tables of them; a connection or a person has no place here.

    Raises: TypeError: it is something else.
    """
    _check_plain(value)
    st.session_state[name] = value


def _check_plain(value: Any) -> None:
    if isinstance(value, Mapping):
        value = [*value, *value.values()]
    if isinstance(value, list | tuple):
        for part in value:
            _check_plain(part)
    elif not isinstance(value, str | int | float | date | None):
        raise TypeError(f"{type(value).__name__} cannot be kept for a screen; keep its id.")


def forget(*names: str) -> None:
    """Drop what was kept."""
    for name in names:
        st.session_state.pop(name, None)
