"""The three impressions: drafts nobody has signed, who put them into words, and what was taken out of them."""

from collections.abc import Callable, Mapping, Sequence

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
    on_use: Callable[[Draft], None] | None,
    *,
    key: str,
) -> None:
    """One tab per style: the finished draft, or its words so far, or that it has not begun.

    Args:
        drafts: those stored.
        words: those on their way.
        on_use: called with the draft a person starts from; None when there is nothing to write.
        key: tells the tabs of two studies apart.
    """
    done = {d.style: d for d in drafts}
    for tab, style in zip(st.tabs([TITLES[s] for s in Style], key=f"{key}-tabs"), Style, strict=True):
        with tab:
            if style in done:
                _finished(done[style], on_use, key)
            elif words.get(style):
                draw(arriving(words[style]))
            else:
                draw(markup('<p class="fr-note">Not written yet.</p>'))


def _finished(draft: Draft, on_use: Callable[[Draft], None] | None, key: str) -> None:
    draw(written(draft))
    if on_use is not None:
        st.button(
            f"Start from the {draft.style} draft",
            key=f"{key}-use-{draft.style}",
            on_click=on_use,
            args=(draft,),
        )
    if draft.removed:
        with st.expander(
            f"The fact check removed {phrases.count(len(draft.removed), 'sentence', 'sentences')}"
        ):
            draw(removed(draft))
