"""The screens: who is here decides which; nothing else happens in this file."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboard import front_door, resources, session
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
    Screen("audit_trail", "Audit trail", ":material/history:", Action.VIEW_AUDIT),
    Screen("correlations", "Correlations", ":material/scatter_plot:", Action.VIEW_CORRELATIONS),
)


def menu(person: Person) -> list[Screen]:
    """The screens this person's roles allow; each asks again when it is opened."""
    here = Path(__file__).parent / "views"
    return [s for s in SCREENS if can_act(person, s.action) and (here / f"{s.file}.py").is_file()]


def main() -> None:
    st.set_page_config(page_title="Firstread", page_icon="🩻", layout="wide")
    if resources.settings().demo:
        front_door.banner()
    standing = session.standing()
    if standing.person is None:
        front_door.sign_in_page(standing.ended)
        st.stop()
    front_door.watch()
    if not standing.person.roles:
        front_door.no_role_page(standing.person)
        st.stop()
    screens = [st.Page(f"views/{s.file}.py", title=s.title, icon=s.icon) for s in menu(standing.person)]
    chosen = st.navigation(screens, position="top")
    front_door.who_is_here(standing.person)
    chosen.run()


main()
