"""What the model saw: probability, certainty, side, and what it could not assess."""

from datetime import tzinfo

import streamlit as st
from markupsafe import Markup

from dashboard.parts import badges, mentions, phrases
from dashboard.parts.look import draw, joined, markup
from triage.finding import POSSIBLE_FROM, Certainty, Finding
from triage.reading import ModelIdentity, Reading
from triage.status import OPEN, Status
from triage.urgency import NEGATIVE_BELOW, outlook
from triage.worklist import Entry

_TONE = {Certainty.VERY_LIKELY: "stat", Certainty.PROBABLE: "asap", Certainty.POSSIBLE: "urgent"}


def bar(probability: float, certainty: Certainty) -> Markup:
    """A probability as a length; the number stands beside it."""
    return markup(
        '<div class="fr-bar" aria-hidden="true"><i class="fr-{}" style="width:{}%"></i></div>',
        _TONE.get(certainty, "quiet-bar"),
        round(probability * 100),
    )


def _row(finding: Finding, lit: str | None) -> Markup:
    p = finding.probability or 0.0
    return markup(
        '<tr><td>{}</td><td class="n">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>',
        mentions.button(finding.code, finding.label, lit),
        phrases.per_cent(finding.probability),
        bar(p, finding.certainty),
        badges.certainty(finding.certainty),
        phrases.side(finding),
        mentions.where(finding),
    )


def table(findings: list[Finding], caption: str, lit: str | None = None) -> Markup:
    """Findings as a table, the most probable first; a click on one lights up its region."""
    ordered = sorted(findings, key=lambda f: -(f.probability or 0.0))
    return markup(
        '<table class="fr-table fr-found"><caption>{}</caption><thead><tr><th scope="col">Finding</th>'
        '<th scope="col" class="n">Probability</th><th scope="col"></th><th scope="col">Certainty</th>'
        '<th scope="col">Side</th><th scope="col">Region</th></tr></thead><tbody>{}</tbody></table>',
        caption,
        joined([_row(f, lit) for f in ordered]),
    )


def pathology(reading: Reading) -> Markup:
    """The one number for the film as a whole, or that there is none."""
    p = reading.pathology_probability
    if p is None:
        return markup('<p class="fr-text">Pathology: not assessed. {}</p>', reading.note)
    return markup(
        '<p class="fr-text" title="Of a hundred films with this number, about that many are abnormal">'
        '<b>Any pathology {}</b> <span class="fr-quiet-text">calibrated probability</span>{}</p>',
        phrases.per_cent(p),
        _suggested(reading, p),
    )


def _suggested(reading: Reading, p: float) -> Markup:
    """What such a number asks for; no film is called clear over a finding that is possible."""
    if p < NEGATIVE_BELOW and any((f.probability or 0.0) >= POSSIBLE_FROM for f in reading.findings):
        return markup("")
    return markup(
        ' <span title="Words of a published table, not of this film">suggests {}</span>', outlook(p)
    )


def show(reading: Reading, zone: tzinfo, lit: str | None = None) -> None:
    """Everything the model says about the film, with whose weights and whose permission.

    Args:
        reading: what it says.
        zone: of the person at the screen.
        lit: the code of the finding that is lit up on the film.
    """
    draw(pathology(reading))
    assessed = [f for f in reading.findings if not f.abstained]
    likely = [f for f in assessed if (f.probability or 0.0) >= POSSIBLE_FROM]
    unlikely = [f for f in assessed if f not in likely]
    abstained = [f.label for f in reading.findings if f.abstained]
    if likely:
        draw(table(likely, "AI findings: possible, probable and very likely; the side is the patient's", lit))
    elif assessed:
        draw(markup('<p class="fr-note">Nothing the model assessed reaches {:.0%}.</p>', POSSIBLE_FROM))
    if lit is not None:
        draw(mentions.lit_up(reading, lit))
    with st.container(horizontal=True, gap="small"):
        _rest(unlikely, abstained, reading.note, lit)
    draw(source(reading, zone))


def _rest(unlikely: list[Finding], abstained: list[str], note: str, lit: str | None) -> None:
    if unlikely:
        with st.expander(f"Unlikely: {len(unlikely)}"):
            draw(table(unlikely, f"AI findings below {POSSIBLE_FROM:.0%}", lit))
    if abstained:
        with st.expander(f"Not assessed: {len(abstained)}"):
            draw(silence(abstained, note))


def silence(abstained: list[str], note: str) -> Markup:
    """What was not assessed and, where the reader said it, why each was not."""
    return markup(
        '<p class="fr-text">{}.</p><p class="fr-label">{}Not assessed is not absent.</p>',
        ", ".join(abstained),
        f"{note} " if note else "The data behind the model cannot support a number for these. ",
    )


def source(reading: Reading, zone: tzinfo) -> Markup:
    """Which weights spoke, how long they took, and with whose permission."""
    return markup(
        '<p class="fr-label">Model <b>{}</b> · {} · permit {} · read {}{}</p>',
        reading.model.id,
        _weights(reading.model),
        reading.permit_id[:19],
        phrases.when(reading.read_at, zone),
        f" in {sum(reading.seconds.values()):.1f} s" if reading.seconds else "",
    )


def _weights(model: ModelIdentity) -> str:
    """A model behind an address shows no weights that could be hashed."""
    return f"{model.bits} bit · weights {model.sha256[:12]}" if model.bits else "weights not known here"


def none(entry: Entry) -> Markup:
    """Say in plain words why there is no machine answer; a person reads all the same."""
    if entry.status is Status.UNRANKED:
        text = (
            f"There is no model answer. {entry.status_reason} Its place on the worklist comes from the order and the "
            "vitals."
        )
    elif entry.status is Status.REOPENED:
        text = f"There is no model answer to show. {entry.status_reason}"
    elif entry.status in OPEN:
        text = "The model has not answered yet. You need not wait for it."
    else:
        text = "There is no model answer to show."
    return markup('<p class="fr-note" role="status">{}</p>', text)
