"""Where a person signs: what became of the draft, what nothing supports, whose report it is and what it says."""

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo

import streamlit as st

from dashboard.parts import changes, look, patient_line, phrases, reasons
from dashboard.parts.look import draw, joined, markup
from triage.doubt import Doubt
from triage.half_written import Begun
from triage.study import Study


def begun_by_others(begun: Sequence[Begun], zone: tzinfo, names: Mapping[str, str]) -> None:
    """Say who else has begun a report about this study; their words are theirs."""
    if begun:
        people = [f"{names.get(b.subject, b.subject)} ({phrases.when(b.begun_at, zone)})" for b in begun]
        draw(
            markup(
                '<p class="fr-note" role="status">A report about this study was also begun by {}. '
                "Only they see their words.</p>",
                ", ".join(people),
            )
        )


def about_the_draft(
    key: Callable[[str], str],
    words: str,
    *,
    on_restore: Callable[[], None] | None,
    on_change: Callable[[], None],
) -> None:
    """What has become of the draft so far, and the way to reject it: one click on what is wrong.

    Args:
        key: names the parts of this study's unfinished report.
        words: what has become of it.
        on_restore: brings back what the person wrote before; None when nothing was set aside.
        on_change: called when a reason was picked or typed.
    """
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        draw(markup('<p class="fr-label">{}</p>', words))
        if on_restore is not None:
            st.button("Bring back my own words", key=key("restore"), type="tertiary", on_click=on_restore)
    reason(key, "Was the draft wrong?", reasons.OF_A_REJECTION, on_change=on_change)


def reason(
    key: Callable[[str], str], label: str, common: Sequence[str], *, on_change: Callable[[], None]
) -> None:
    """Why: one of the common reasons at one click, and one's own words beside it."""
    picked = st.pills(label, common, key=key("chip"), on_change=on_change, persist_state="session")
    if picked:
        st.text_input(
            "What exactly" if picked != reasons.OWN else reasons.OWN,
            key=key("own"),
            placeholder="In a few words",
            persist_state="session",
            on_change=on_change,
        )


def changes_against(before: tuple[str, str] | None, text: str) -> None:
    """What the person changed so far; nothing while there is nothing to compare or nothing has changed.

    Args:
        before: the text it started from, and a caption.
        text: as it stands now.
    """
    if before is not None and text.strip() and changes.changed(before[0], text):
        draw(changes.shown(before[0], text, before[1]))


def unsupported(
    doubts: Sequence[Doubt],
    blocking: Sequence[Doubt],
    taken_on: Sequence[str],
    on_take_on: Callable[[Doubt], None],
) -> None:
    """The sentences of a draft in this report that nothing supports, and what keeps it from being signed.

    Args:
        doubts: all of them.
        blocking: those that must be edited, deleted or answered for.
        taken_on: those the person answers for.
        on_take_on: called when they answer for one more.
    """
    if not doubts:
        return
    with st.container(border=True, key="unsupported"):
        if blocking:
            look.section("Signing is blocked")
            lead = "Nothing on the film or at the bedside supports these words of the AI draft. Edit them, delete them, or answer for them yourself."
        else:
            lead = "Words of the AI draft that nothing on the film or at the bedside supports:"
        draw(markup('<p class="fr-label" role="status">{}</p>', lead))
        for number, doubt in enumerate(doubts):
            mine = doubt.sentence in taken_on
            said = " You answer for it." if mine else "" if doubt.critical else " It does not block signing."
            draw(
                markup(
                    '<p class="fr-text">“{}” <span class="fr-small"><b class="fr-out">unsupported</b>: {}.{}</span></p>',
                    doubt.sentence,
                    doubt.reason,
                    said,
                )
            )
            if doubt in blocking:
                st.button(
                    "I answer for this sentence", key=f"take-on-{number}", on_click=on_take_on, args=(doubt,)
                )


def confirm(
    study: Study,
    zone: tzinfo,
    text: str,
    *,
    yes: str,
    on_yes: Callable[[], None],
    on_no: Callable[[], None],
    about: Sequence[str] = (),
    before: tuple[str, str] | None = None,
) -> None:
    """Say once more whose report it is and what it says, before it is signed for good.

    Args:
        study: what is signed.
        zone: of the person at the screen.
        text: exactly what will stand in the report.
        yes: what the button says.
        on_yes, on_no: the two ways out.
        about: what else the signature says: what became of the draft, why, which sentences are answered for.
        before: what it is compared with, and a caption; None when there is nothing to compare.
    """
    with st.container(border=True, key="confirm"):
        look.section("You take responsibility for this report")
        draw(patient_line.identity(study, zone))
        draw(markup('<div class="fr-text fr-signed">{}</div>', text))
        changes_against(before, text)
        draw(joined([markup('<p class="fr-label">{}</p>', line) for line in about]))
        with st.container(horizontal=True):
            st.button(yes, type="primary", key="confirm_yes", on_click=on_yes)
            st.button("Back to editing", key="confirm_no", on_click=on_no)
