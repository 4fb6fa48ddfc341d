"""The moves a study made, with who and when."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo

from markupsafe import Markup

from dashboard.parts import phrases
from dashboard.parts.look import joined, markup
from triage.stores import StatusChange


def steps(changes: Sequence[StatusChange], zone: tzinfo, names: Mapping[str, str]) -> Markup:
    """One line per move, the first first; `names` are what people are called, by subject."""
    return markup(
        '<ol class="fr-steps">{}</ol>',
        joined(
            [
                markup(
                    '<li><b>{}</b> <span class="fr-quiet-text">{} · {}</span>{}</li>',
                    change.status.value,
                    phrases.when(change.changed_at, zone),
                    names.get(change.agent, change.agent),
                    f" {change.reason}" if change.reason else "",
                )
                for change in changes
            ]
        ),
    )
