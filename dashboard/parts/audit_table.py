"""The audit trail as a table, and what a walk along its chain found."""

from collections.abc import Sequence
from datetime import tzinfo

import streamlit as st
from markupsafe import Markup

from consent.audit import ChainedEvent, ChainHead
from dashboard.parts import phrases
from dashboard.parts.look import markup

_WIDTHS = {
    "#": st.column_config.NumberColumn(width=70, format="%d"),
    "When": st.column_config.TextColumn(width=190),
    "Who": st.column_config.TextColumn(width=140),
    "Did": st.column_config.TextColumn(width=140),
    "Outcome": st.column_config.TextColumn(width=90),
    "Patient": st.column_config.TextColumn(width=130),
    "On": st.column_config.TextColumn(width=260),
    "Detail": st.column_config.TextColumn(width=380),
}


def rows(events: Sequence[ChainedEvent], zone: tzinfo) -> list[dict[str, object]]:
    """One line per event, in the order of the trail turned round."""
    return [
        {
            "#": place.sequence,
            "When": phrases.when(place.event.recorded_at, zone),
            "Who": place.event.agent,
            "Did": place.event.action,
            "Outcome": place.event.outcome.value,
            "Patient": place.event.patient.value if place.event.patient else "",
            "On": place.event.entity,
            "Detail": place.event.detail,
            "Issuer": place.event.patient.issuer if place.event.patient else "",
            "Purpose": place.event.purpose,
            "sha256": place.sha256[:12],
        }
        for place in events
    ]


def show(events: Sequence[ChainedEvent], zone: tzinfo) -> None:
    """The latest events; the table's own tools search and widen it, none carries it away."""
    st.dataframe(
        rows(events, zone), hide_index=True, column_config=_WIDTHS, height=640, alt="The latest audit events"
    )


def whole(head: ChainHead) -> Markup:
    """The chain holds: how many events, and the hash to write down elsewhere."""
    return markup(
        '<div class="fr-signed" role="status"><p class="fr-text"><b>The chain is whole: {}.</b></p>'
        '<p class="fr-label">Head <code>{}</code>. Kept outside this database, it shows even a cut-off tail.</p></div>',
        phrases.count(head.events, "event", "events"),
        head.sha256,
    )
