"""Who did what, on which thing, and how it ended; and whether anybody changed the record since."""

import streamlit as st

from consent.audit import ChainHead, verify
from consent.errors import BrokenAuditChain
from dashboard import resources, session
from dashboard.parts import audit_table, look
from dashboard.parts.look import draw
from triage.permission import Action
from triage.steps import note_search

SHOWN = 200
_SEARCH = "audit_search"

person = session.require(Action.VIEW_AUDIT)
house, zone = resources.house(), look.zone()


def check() -> ChainHead | str:
    """Walk the whole chain to the head kept beside it; the sentence when it is broken or cut off."""
    try:
        return verify(house.audit.chain(), house.audit.head())
    except BrokenAuditChain as broken:
        return str(broken)


def searched() -> None:
    """Whoever looks for somebody in the trail is in it too."""
    if words := str(session.kept(_SEARCH) or "").strip():
        note_search(house, person.subject, "audit trail", words)


look.wear()
look.heading("Audit trail", "Every act, refused ones included; rows can be added and never changed.")
with st.container(horizontal=True, vertical_alignment="bottom"):
    search = st.text_input(
        "Search",
        placeholder="Person, action, study or patient number",
        key=_SEARCH,
        on_change=searched,
        width=380,
    )
    asked = st.button("Verify the chain", type="primary", key="verify")
if asked:
    with st.spinner("Walking the chain, event by event …"):
        found = check()
    if isinstance(found, str):
        st.error(f"The chain is broken. {found}")
    else:
        draw(audit_table.whole(found))
events = house.audit.latest(SHOWN, search=search or "")
if events:
    audit_table.show(events, zone)
else:
    look.empty("Nothing found", "No event mentions this." if search else "Nothing has happened yet.")
