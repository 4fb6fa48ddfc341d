"""Words that name a finding, as buttons: a click lights up the finding's region on the film."""

from markupsafe import Markup

from dashboard.parts.look import joined, markup
from engine.places import place
from engine.vocabulary import MENTION, OWNER
from triage.finding import Finding
from triage.reading import Reading

NO_REGION = "no region"


def button(code: str, words: str, lit: str | None) -> Markup:
    """One button; a second click on what is lit puts the light out.

    Args:
        code: of the finding.
        words: what stands on it.
        lit: the code of the finding that is lit up, None when none is.
    """
    return markup(
        '<button type="button" class="fr-point" data-finding="{}" aria-pressed="{}" title="Show where on the film">{}</button>',
        code,
        "true" if code == lit else "false",
        words,
    )


def linked(text: str, lit: str | None) -> Markup:
    """A text with every name of a finding in it as a button."""
    lower = text.lower()
    if len(lower) != len(text):  # a few letters grow when they are lowered, and the places would be wrong
        return markup("{}", text)
    pieces, done = [], 0
    for mention in MENTION.finditer(lower):
        pieces.append(markup("{}", text[done : mention.start()]))
        pieces.append(button(OWNER[mention.group()], text[mention.start() : mention.end()], lit))
        done = mention.end()
    return joined([*pieces, markup("{}", text[done:])])


def where(finding: Finding) -> str:
    """Where the film speaks for a finding, in words."""
    return place(finding.region) if finding.region else NO_REGION


def lit_up(reading: Reading, code: str) -> Markup:
    """What lights up on the film, or why nothing does."""
    finding = next((f for f in reading.findings if f.code == code), None)
    if finding is None or finding.abstained:
        said = f"{NO_REGION}: it was not assessed"
    elif finding.region is None:
        said = f"{NO_REGION}: no single place on the film speaks for it"
    else:
        said = f"{where(finding)}, lit up on the film"
    return markup(
        '<p class="fr-note" role="status"><b>{}</b> · {}</p>', finding.label if finding else code, said
    )
