"""The three impressions: drafts nobody has signed, who put them into words, what they rest on and what was changed."""

from collections.abc import Mapping, Sequence

import streamlit as st
from markupsafe import Markup

from dashboard.parts import phrases
from dashboard.parts.look import draw, joined, markup
from triage.finding import LABELS
from triage.reading import Draft, Evidence, Style, Writer
from triage.vitals import PARAMETERS

TITLES = {Style.BRIEF: "Brief", Style.BULLET: "Bullet", Style.COMPREHENSIVE: "Comprehensive"}
_NAMES = {
    **LABELS,
    **{code: parameter.label for code, parameter in PARAMETERS.items()},
    "film": "Whole film",
    "limits": "Limits of the model",
    "step": "Next step",
}
"""What the code of a ground is called."""
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


def changed(draft: Draft) -> Markup:
    """The model's sentences that the fact check put right or took out, each with its reason."""
    mended = [
        markup(
            '<p class="fr-text"><s>{}</s> {}<span class="fr-small">{}</span></p>', sentence, instead, reason
        )
        for sentence, instead, reason in draft.mended
    ]
    removed = [
        markup('<p class="fr-text"><s>{}</s><span class="fr-small">{}</span></p>', sentence, reason)
        for sentence, reason in draft.removed
    ]
    return joined(mended + removed)


def evidence(draft: Draft) -> Markup:
    """Each sentence with what it rests on: a place on the film or none, a bedside value, or the limits."""
    rows = [
        markup("<tr><td>{}</td><td>{}</td></tr>", said.sentence, _grounds(said)) for said in draft.evidence
    ]
    return markup(
        '<table class="fr-table"><caption>What each sentence rests on</caption><thead><tr>'
        '<th scope="col">Sentence</th><th scope="col">Evidence</th></tr></thead><tbody>{}</tbody></table>',
        joined(rows),
    )


def _grounds(said: Evidence) -> str:
    return "; ".join(f"{_NAMES.get(code, code)}: {where}" for code, where in said.grounds)


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
    if draft.evidence:
        with st.expander("Evidence, sentence by sentence"):
            draw(evidence(draft))
    changes = len(draft.removed) + len(draft.mended)
    if changes:
        with st.expander(f"The fact check changed {phrases.count(changes, 'sentence', 'sentences')}"):
            draw(changed(draft))
    return draft if taken else None
