"""May this person do this?"""

from dataclasses import dataclass
from enum import StrEnum

from triage.errors import NotPermitted


class Role(StrEnum):
    """What a person is in this house, as the sign-in provider says."""

    CLINICIAN = "clinician"
    ADMINISTRATOR = "administrator"


class Action(StrEnum):
    """Everything a signed-in person can do."""

    VIEW_WORKLIST = "view the worklist"
    VIEW_STUDY = "open a study"
    UPLOAD = "upload studies and vitals"
    CLAIM = "claim a study"
    SIGN = "sign a report"
    VIEW_CRITICAL = "see how critical results are told"
    TELL_CRITICAL = "tell critical results"
    VIEW_CONSENT = "see what a patient agreed to"
    ASK_CONSENT = "send a patient the consent form"
    VIEW_CORRELATIONS = "see correlations"
    VIEW_USAGE = "see usage"
    VIEW_AUDIT = "see the audit trail"
    VIEW_MODEL = "see the papers of the model"
    SIMULATE = "simulate waiting times"


_CLINICAL = {
    Action.VIEW_WORKLIST,
    Action.VIEW_STUDY,
    Action.UPLOAD,
    Action.CLAIM,
    Action.SIGN,
    Action.VIEW_CRITICAL,
    Action.TELL_CRITICAL,
    Action.VIEW_CONSENT,
    Action.ASK_CONSENT,
    Action.VIEW_CORRELATIONS,
}
ALLOWED: dict[Role, frozenset[Action]] = {
    Role.CLINICIAN: frozenset(_CLINICAL),
    Role.ADMINISTRATOR: frozenset(
        {
            Action.VIEW_CRITICAL,
            Action.VIEW_CORRELATIONS,
            Action.VIEW_USAGE,
            Action.VIEW_AUDIT,
            Action.VIEW_MODEL,
            Action.SIMULATE,
        }
    ),
}
"""The whole matrix; what is not in it is not allowed."""


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in: who the provider says they are, and their roles."""

    subject: str
    name: str
    roles: frozenset[Role] = frozenset()


def check_action(person: Person, action: Action) -> None:
    """Refuse what none of this person's roles allows.

    Raises: NotPermitted: with the sentence a disabled button shows.
    """
    if not any(action in ALLOWED[role] for role in person.roles):
        raise NotPermitted(f"Your role does not allow you to {action}.")


def can_act(person: Person, action: Action) -> bool:
    """Say whether `check_action` would pass."""
    try:
        check_action(person, action)
    except NotPermitted:
        return False
    return True
