"""What a patient agreed to: the answers that hold now, and every form behind them."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from markupsafe import Markup

from consent.record import Consent, ConsentState, Provision, Purpose
from dashboard.parts import badges, phrases
from dashboard.parts.look import joined, markup

PURPOSES = {
    Purpose.AI_READING: "Reading of films with AI assistance",
    Purpose.TRAINING: "Use of the data for training the model",
    Purpose.EVALUATION: "Evaluation on de-identified films",
}
_STATES = {
    ConsentState.DRAFT: "begun, not signed",
    ConsentState.ACTIVE: "in force",
    ConsentState.INACTIVE: "replaced or withdrawn",
    ConsentState.NOT_DONE: "refused to sign",
    ConsentState.ENTERED_IN_ERROR: "entered in error",
}


def standing(answers: Sequence[tuple[Purpose, bool | None, str]]) -> Markup:
    """What holds at this moment, purpose by purpose, with the sentence the reader would get."""
    rows = [
        markup("<tr><td>{}</td><td>{}</td><td>{}</td></tr>", PURPOSES[purpose], badges.answer(yes), why)
        for purpose, yes, why in answers
    ]
    return markup(
        '<table class="fr-table"><caption>What holds now</caption><thead><tr><th scope="col">Purpose</th>'
        '<th scope="col">Answer</th><th scope="col">Why</th></tr></thead><tbody>{}</tbody></table>',
        joined(rows),
    )


def _provision(provision: Provision, zone: tzinfo) -> Markup:
    end = f" until {phrases.when(provision.ends_at, zone)}" if provision.ends_at else ""
    return markup(
        "<li>{} {} <span class='fr-quiet-text'>from {}{}</span></li>",
        PURPOSES[provision.purpose],
        badges.answer(provision.permits),
        phrases.when(provision.starts_at, zone),
        end,
    )


def form(consent: Consent, zone: tzinfo) -> Markup:
    """One signed form: which words, in which language, what was answered, and by whose hand."""
    active = consent.state is ConsentState.ACTIVE
    return markup(
        '<div class="fr-{}"><p class="fr-label">{} · signed {} by <b>{}</b> · wording {} ({}), {} · {}</p>'
        '<ul class="fr-steps">{}</ul></div>',
        "signed" if active else "draft",
        badges.badge(_STATES[consent.state], "done" if active else "quiet"),
        phrases.when(consent.signature.signed_at, zone),
        consent.signature.name,
        consent.wording_version,
        consent.language,
        f"sha256 {consent.wording_sha256[:12]}",
        consent.consent_id,
        joined([_provision(p, zone) for p in consent.provisions]),
    )


def ended(consents: Sequence[Consent], now: datetime, zone: tzinfo) -> list[Markup]:
    """Permissions that no longer hold because somebody ended them or their time ran out, the latest first."""
    over = [
        (p.ends_at, p.purpose)
        for c in consents
        for p in c.provisions
        if p.permits and p.ends_at is not None and p.ends_at <= now
    ]
    return [
        markup("<li>{}: permission ended {}</li>", PURPOSES[purpose], phrases.when(at, zone))
        for at, purpose in sorted(over, reverse=True)
    ]
