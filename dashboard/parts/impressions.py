"""The three impressions: drafts nobody has signed, who put them into words, and what was taken out of them."""

from collections.abc import Mapping, Sequence

import streamlit as st
from markupsafe import Markup

from dashboard.parts import phrases
from dashboard.parts.look import draw, joined, markup
from triage.reading import Draft, Style, Writer

TITLES = {Style.BRIEF: "Brief", Style.BULLET: "Bullet", Style.COMPREHENSIVE: "Comprehensive"}
_WRITER = {
    Writer.MODEL: "AI draft, worded by the model",
    Writer.COMPOSER: "AI draft, composed word for word from the findings",
}


def written(draft: Draft) -> Markup:
    """A finished draft with its author."""
    return markup(
        '<p class="fr-label">{} · nobody has signed it</p><div class="fr-text fr-draft">{}</div>',
        _WRITER[draft.writer],
        draft.text,
    )


def arriving(text: str) -> Markup:
    """A draft while its words come; what stands here is not checked yet."""
    return markup(
        '<p class="fr-label" aria-busy="true">AI draft, being written; not checked yet</p>'
        '<div class="fr-text fr-draft">{}<span aria-hidden="true"> ▍</span></div>',
        text,
    )


def removed(draft: Draft) -> Markup:
    """The sentences the fact check took out, each with its reason."""
    return joined(
        [
            markup('<p class="fr-text"><s>{}</s><span class="fr-small">{}</span></p>', sentence, reason)
            for sentence, reason in draft.removed
        ]
    )


def show(
    drafts: Sequence[Draft],
    words: Mapping[Style, str],
    *,
    key: str,
    usable: bool,
) -> Draft | None:
    """One tab per style: the finished draft, or its words so far, or that it has not begun.

    Args:
        drafts: those stored.
        words: those on their way.
        key: tells the tabs of two studies apart.
        usable: whether a person may start their report from one.

    Returns: the draft a person wants to start from, in the run in which they say so.
    """
    done, chosen = {d.style: d for d in drafts}, None
    for tab, style in zip(st.tabs([TITLES[s] for s in Style], key=f"{key}-tabs"), Style, strict=True):
        with tab:
            if style in done:
                chosen = _finished(done[style], key, usable=usable) or chosen
            elif words.get(style):
                draw(arriving(words[style]))
            else:
                draw(markup('<p class="fr-note">Not written yet.</p>'))
    return chosen


def _finished(draft: Draft, key: str, *, usable: bool) -> Draft | None:
    draw(written(draft))
    taken = usable and st.button(f"Start from the {draft.style} draft", key=f"{key}-use-{draft.style}")
    if draft.removed:
        with st.expander(
            f"The fact check removed {phrases.count(len(draft.removed), 'sentence', 'sentences')}"
        ):
            draw(removed(draft))
    return draft if taken else None
