"""The one table of moves a study can make, and who may make them."""

from enum import StrEnum

from triage.errors import MoveNotAllowed


class Status(StrEnum):
    """Where a study stands; until it is signed it is on the worklist in every one of them."""

    RECEIVED = "received"
    IDENTIFIED = "identified"
    CONSENTED = "consented"
    READ = "read"
    RANKED = "ranked"
    UNRANKED = "unranked"  # read by a person, in the place order priority and vitals give
    SIGNED = "signed"
    AMENDED = "amended"
    REOPENED = "reopened"  # a film came after the signature: a person looks at it and amends


class Owner(StrEnum):
    """Who makes a move."""

    SYSTEM = "system"
    RADIOLOGIST = "radiologist"


MOVES: dict[tuple[Status, Status], Owner] = {
    (Status.RECEIVED, Status.IDENTIFIED): Owner.SYSTEM,
    (Status.RECEIVED, Status.UNRANKED): Owner.SYSTEM,  # the header belongs to someone else, or might
    (Status.IDENTIFIED, Status.CONSENTED): Owner.SYSTEM,
    (Status.IDENTIFIED, Status.UNRANKED): Owner.SYSTEM,  # no consent
    (Status.CONSENTED, Status.READ): Owner.SYSTEM,
    (Status.CONSENTED, Status.UNRANKED): Owner.SYSTEM,  # withdrawn, or the model failed
    (Status.READ, Status.RANKED): Owner.SYSTEM,
    (Status.READ, Status.UNRANKED): Owner.SYSTEM,  # withdrawn
    (Status.RANKED, Status.UNRANKED): Owner.SYSTEM,  # withdrawn
    (Status.UNRANKED, Status.CONSENTED): Owner.SYSTEM,  # consent came later
    (Status.RECEIVED, Status.SIGNED): Owner.RADIOLOGIST,  # a person never waits for the machine
    (Status.IDENTIFIED, Status.SIGNED): Owner.RADIOLOGIST,
    (Status.CONSENTED, Status.SIGNED): Owner.RADIOLOGIST,
    (Status.READ, Status.SIGNED): Owner.RADIOLOGIST,
    (Status.RANKED, Status.SIGNED): Owner.RADIOLOGIST,
    (Status.UNRANKED, Status.SIGNED): Owner.RADIOLOGIST,
    (Status.SIGNED, Status.AMENDED): Owner.RADIOLOGIST,
    (Status.AMENDED, Status.AMENDED): Owner.RADIOLOGIST,
    (Status.SIGNED, Status.REOPENED): Owner.SYSTEM,  # a film nobody looked at; the report stays as signed
    (Status.AMENDED, Status.REOPENED): Owner.SYSTEM,
    (Status.REOPENED, Status.AMENDED): Owner.RADIOLOGIST,
}

REPORTED = frozenset({Status.SIGNED, Status.AMENDED})
"""The statuses of studies whose report says all that anybody asked for."""
OPEN = frozenset(Status) - REPORTED
"""The statuses of studies that still wait for a person."""


def advance(current: Status, target: Status, owner: Owner) -> Status:
    """Make one move of a study; the only way its status changes.

    Raises: MoveNotAllowed: the table has no such move, or it belongs to another owner.
    """
    allowed = MOVES.get((current, target))
    if allowed is None:
        raise MoveNotAllowed(f"A study that is {current} cannot become {target}.")
    if allowed is not owner:
        raise MoveNotAllowed(f"Only the {allowed} can make a study {target}.")
    return target
