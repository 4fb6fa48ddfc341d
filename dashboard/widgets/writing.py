"""The field a report is written in: it sends its words while they are typed, so that no crash costs a sentence."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import streamlit as st

_HTML = '<div class="editor"></div>'


@dataclass(frozen=True)
class Said:
    """What the field sent last: its words, over which text of the server's, and how often it has sent over that one."""

    text: str
    revision: str
    heard: int


def said(sent: Any) -> Said | None:
    """What the field said, None when it has said nothing or nothing of that form.

    Args:
        sent: what Streamlit keeps under the field's key.
    """
    given = sent.get("said") if isinstance(sent, dict) else None
    if not isinstance(given, dict):
        return None
    text, revision, heard = given.get("text"), given.get("revision"), given.get("heard")
    if isinstance(text, str) and isinstance(revision, str) and isinstance(heard, int):
        return Said(text, revision, heard)
    return None


@cache
def _mount() -> Any:
    return st.components.v2.component("firstread.editor", html=_HTML, css="editor.css", js="editor.js")


def editor(
    key: str,
    *,
    label: str,
    text: str,
    revision: str,
    heard: int,
    status: str,
    placeholder: str,
    on_said: Callable[[], None],
) -> None:
    """Draw the field; it keeps its own undo, composition and selection, and is never overwritten while it is typed in.

    Args:
        key: names this report, and is where `said` finds what was typed.
        label: above the field.
        text: what stands in it when `revision` is new.
        revision: another one puts `text` into the field; the same one leaves the field alone.
        heard: how many of its messages over this revision have been kept.
        status: what stands beneath when nothing is unsent.
        placeholder: shown while it is empty.
        on_said: called when words have come.
    """
    data = {
        "name": key,
        "label": label,
        "text": text,
        "revision": revision,
        "heard": heard,
        "status": status,
        "placeholder": placeholder,
    }
    _mount()(key=key, data=data, on_said_change=on_said)
