"""The three impressions: drafts nobody has signed, who put them into words, what they rest on and what was changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import streamlit as st
from markupsafe import Markup

from dashboard.parts import mentions, phrases, reasons
from dashboard.parts.look import draw, joined, markup
from triage.doubt import Doubt, same_words
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
    "order": "Next step",
    "patient": "Patient",
}
"""What the code of a ground is called."""
_KINDS = {"step": "guideline", "order": "order", "patient": "record"}
_WRITER = {
    Writer.MODEL: "AI draft, worded by the model",
    Writer.COMPOSER: "AI draft, composed word for word from the findings",
}


class Use(StrEnum):
    """What a person does with a draft, in one click."""

    ACCEPT = "accept"
    EDIT = "edit"
    REJECT = "reject"


@dataclass(frozen=True)
class Chosen:
    """A draft and what a person does with it; a rejection says why."""

    draft: Draft
    use: Use
    why: str = ""


def written(draft: Draft, lit: str | None = None) -> Markup:
    """A finished draft with its author; every finding it names is a button."""
    return markup(
        '<p class="fr-label">{} · nobody has signed it</p><div class="fr-text fr-draft">{}</div>',
        _WRITER[draft.writer],
        mentions.linked(draft.text, lit),
    )


def arriving(text: str) -> Markup:
    """A draft while its words come; a sentence is shown when it has passed the fact check."""
    return markup(
        '<p class="fr-label" aria-busy="true">AI draft, being written; each sentence is checked before it stands here</p>'
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


def evidence(draft: Draft, doubts: Sequence[Doubt] = ()) -> Markup:
    """Each sentence with what it rests on: a region of the film, a vital, a guideline's rule, the limits; or nothing.

    Args:
        draft: with the grounds of its sentences.
        doubts: what film and bedside hold against it now; the bedside may have changed since it was written.
    """
    against = {same_words(doubt.sentence): doubt for doubt in doubts}
    rows = [
        markup(
            "<tr><td>{}</td><td>{}</td></tr>",
            said.sentence,
            _rests_on(said, against.get(same_words(said.sentence))),
        )
        for said in draft.evidence
    ]
    return markup(
        '<table class="fr-table"><caption>What each sentence rests on</caption><thead><tr>'
        '<th scope="col">Sentence</th><th scope="col">Evidence</th></tr></thead><tbody>{}</tbody></table>',
        joined(rows),
    )


def _rests_on(said: Evidence, doubt: Doubt | None) -> Markup:
    if doubt is not None:
        return markup('<b class="fr-out">unsupported</b>: {}', doubt.reason)
    return joined(
        [
            markup(
                '<span class="fr-ground"><i>{}</i> {}: {}</span>', _kind(code), _NAMES.get(code, code), where
            )
            for code, where in said.grounds
        ]
    )


def _kind(code: str) -> str:
    if code in PARAMETERS:
        return "vital"
    return "film" if code in LABELS or code == "film" else _KINDS.get(code, "limits")


def show(
    drafts: Sequence[Draft],
    words: Mapping[Style, str],
    *,
    key: str,
    usable: bool,
    lit: str | None = None,
    doubts: Mapping[Style, Sequence[Doubt]] | None = None,
) -> Chosen | None:
    """One tab per style: the finished draft, or its words so far, or that it has not begun.

    Args:
        drafts: those stored.
        words: those on their way.
        key: tells the tabs of two studies apart.
        usable: whether a person may take one for their report.
        lit: the code of the finding that is lit up.
        doubts: by style, the sentences that nothing supports now.

    Returns: what a person does with which draft, in the run in which they say so.
    """
    done, chosen = {d.style: d for d in drafts}, None
    for tab, style in zip(st.tabs([TITLES[s] for s in Style], key=f"{key}-tabs"), Style, strict=True):
        with tab:
            if style in done:
                against = (doubts or {}).get(style, ())
                chosen = _finished(done[style], key, against, lit, usable=usable) or chosen
            elif words.get(style):
                draw(arriving(words[style]))
            else:
                draw(markup('<p class="fr-note">Not written yet.</p>'))
    return chosen


def _finished(
    draft: Draft, key: str, doubts: Sequence[Doubt], lit: str | None, *, usable: bool
) -> Chosen | None:
    draw(written(draft, lit))
    chosen = _uses(draft, key) if usable else None
    if draft.evidence or doubts:
        count = f" · {phrases.count(len(doubts), 'sentence', 'sentences')} unsupported" if doubts else ""
        with st.expander(f"Evidence, sentence by sentence{count}"):
            draw(evidence(draft, doubts))
    changes = len(draft.removed) + len(draft.mended)
    if changes:
        with st.expander(f"The fact check changed {phrases.count(changes, 'sentence', 'sentences')}"):
            draw(changed(draft))
    return chosen


def _uses(draft: Draft, key: str) -> Chosen | None:
    chosen = None
    with st.container(horizontal=True, gap="small", key=f"{key}-uses-{draft.style}"):
        if st.button("Accept as it stands", key=f"{key}-accept-{draft.style}", help="Goes on to signing"):
            chosen = Chosen(draft, Use.ACCEPT)
        if st.button(f"Start from the {draft.style} draft", key=f"{key}-use-{draft.style}"):
            chosen = Chosen(draft, Use.EDIT)
        with st.popover("Reject"):
            draw(markup('<p class="fr-label">What is wrong with it?</p>'))
            for number, why in enumerate(reasons.OF_A_REJECTION):
                if st.button(why, key=f"{key}-reject-{draft.style}-{number}", type="tertiary"):
                    chosen = Chosen(draft, Use.REJECT, why)
    return chosen
