"""The screens: who is here decides which; nothing else happens in this file."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

import streamlit as st

from dashboard import bell, front_door, resources, session
from triage.permission import Action, Person, can_act


@dataclass(frozen=True)
class Screen:
    """One entry of the menu, and what a person must be allowed to do to see it."""

    file: str
    title: str
    icon: str
    action: Action


SCREENS = (
    Screen("worklist", "Worklist", ":material/format_list_numbered:", Action.VIEW_WORKLIST),
    Screen("reading", "Reading", ":material/radiology:", Action.VIEW_STUDY),
    Screen("upload", "Upload", ":material/upload:", Action.UPLOAD),
    Screen("consents", "Consents", ":material/signature:", Action.VIEW_CONSENT),
    Screen("usage", "Usage", ":material/monitoring:", Action.VIEW_USAGE),
    Screen("critical", "Critical results", ":material/notification_important:", Action.VIEW_CRITICAL),
    Screen("audit_trail", "Audit trail", ":material/history:", Action.VIEW_AUDIT),
    Screen("model", "Model", ":material/neurology:", Action.VIEW_MODEL),
    Screen("simulator", "Simulator", ":material/timer:", Action.SIMULATE),
    Screen("correlations", "Correlations", ":material/scatter_plot:", Action.VIEW_CORRELATIONS),
)


def menu(person: Person) -> list[Screen]:
    """The screens this person's roles allow; each asks again when it is opened."""
    return [screen for screen in SCREENS if can_act(person, screen.action)]


def main() -> None:
    """Draw the one screen this visitor may see and asked for."""
    st.set_page_config(page_title="Firstread", page_icon="🩻", layout="wide")
    standing = session.standing()
    front_door.top_bar(standing.person, demo=resources.settings().demo)
    if standing.person is None:
        only(partial(front_door.sign_in_page, standing.ended))
    front_door.watch()
    if not standing.person.roles:
        only(front_door.no_role_page)
    pages = [st.Page(f"views/{s.file}.py", title=s.title, icon=s.icon) for s in menu(standing.person)]
    opened = st.navigation(pages, position="top")
    session.enter(opened.url_path)
    bell.ring(standing.person)
    opened.run()


def only(page: Callable[[], None]) -> NoReturn:
    """Show one page, no menu, and nothing after it; what was on this screen before is gone."""
    st.navigation([st.Page(page, title="Firstread", url_path="door")], position="hidden").run()
    st.stop()


with session.says_when_away():
    main()
