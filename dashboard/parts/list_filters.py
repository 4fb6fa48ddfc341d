"""What the list leaves out, as a person chooses it; and the views they keep."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import streamlit as st

from dashboard.parts import badges
from triage.listing import Filter, Held, SavedView, Stage
from triage.study import Urgency

URGENCY, MODALITY, STAGE, HELD, ARRIVED = KEYS = tuple(
    f"worklist_{name}" for name in ("urgency", "modality", "stage", "held", "arrived")
)
NAME = "worklist_view_name"
_STAGES = {Stage.WAITING: "waiting for AI", Stage.READ: "read by AI", Stage.PERSON: "for a person"}
_HELD = {Held.ME: "held by me", Held.NOBODY: "held by nobody"}
_ARRIVED = {1: "the last hour", 4: "the last 4 hours", 24: "the last day", 168: "the last week"}


def chosen(kept: Callable[[str], Any], search: str) -> Filter:
    """The filter that the fields say; `kept` answers what stands in one of them."""
    hours = kept(ARRIVED)
    return Filter(
        search=search,
        urgencies=frozenset(map(Urgency, kept(URGENCY) or ())),
        modality=kept(MODALITY) or "",
        stage=Stage(kept(STAGE)) if kept(STAGE) else None,
        held=Held(kept(HELD)) if kept(HELD) else None,
        arrived_within=timedelta(hours=hours) if hours else None,
    )


def fields(only: Filter) -> dict[str, Any]:
    """What the fields say of a filter, by their keys."""
    hours = int(only.arrived_within / timedelta(hours=1)) if only.arrived_within else None
    return {
        URGENCY: [int(level) for level in sorted(only.urgencies, reverse=True)],
        MODALITY: only.modality or None,
        STAGE: only.stage.value if only.stage else None,
        HELD: only.held.value if only.held else None,
        ARRIVED: hours if hours in _ARRIVED else None,
    }


def said(only: Filter) -> str:
    """The filter in a few words, nothing when it leaves nothing out."""
    hours = fields(only)[ARRIVED]
    words = (
        only.modality,
        _STAGES[only.stage] if only.stage else "",
        _HELD[only.held] if only.held else "",
        f"arrived in {_ARRIVED[hours]}" if hours else "",
    )
    return " · ".join(filter(None, words))


def choose(only: Filter, modalities: Sequence[str], on_change: Callable[[], None]) -> None:
    """The fields of the filter; urgency at hand, the others behind one button that says what is chosen."""
    levels = {int(level): f"{badges.SHAPES[level]} {level.name}" for level in reversed(Urgency)}
    st.pills(
        "Urgency",
        list(levels),
        selection_mode="multi",
        format_func=levels.__getitem__,
        key=URGENCY,
        on_change=on_change,
        label_visibility="collapsed",
    )
    words = said(only)
    with st.popover(f"Filters: {words}" if words else "Filters", icon=":material/filter_list:"):
        _one("Modality", dict(zip(modalities, modalities, strict=True)), MODALITY, on_change)
        _one("AI", {stage.value: text for stage, text in _STAGES.items()}, STAGE, on_change)
        _one("Held by", {held.value: text for held, text in _HELD.items()}, HELD, on_change)
        _one("Arrived", {hours: f"in {text}" for hours, text in _ARRIVED.items()}, ARRIVED, on_change)


def _one(label: str, options: Mapping[Any, str], key: str, on_change: Callable[[], None]) -> None:
    st.selectbox(
        label,
        list(options),
        index=None,
        format_func=lambda value: options.get(value, str(value)),
        key=key,
        placeholder="any",
        on_change=on_change,
    )


def views(
    kept: Sequence[SavedView],
    *,
    use: Callable[[Filter], None],
    save: Callable[[], None],
    remove: Callable[[str], None],
) -> None:
    """A person's own views: to use one, to forget one, to keep what is chosen now."""
    with st.popover("Views", icon=":material/bookmark:"):
        for view in kept:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.button(
                    view.name, key=f"use-{view.name}", on_click=use, args=(view.filter,), width="stretch"
                )
                st.button(
                    "",
                    icon=":material/delete:",
                    key=f"remove-{view.name}",
                    on_click=remove,
                    args=(view.name,),
                    help=f"Remove {view.name}",
                    type="tertiary",
                )
        st.text_input("Keep these filters as", key=NAME, placeholder="for example: chest, unread by AI")
        st.button("Save view", key="save-view", on_click=save)
