"""Why a draft was wrong, and why a signed report changes: the common reasons at one click, and one's own words."""

OWN = "In my own words"
OF_A_REJECTION = (
    "It is not there",
    "Something was missed",
    "Wrong side or place",
    "Too sure, or not sure enough",
    "Artefact or poor film",
    "Unclear wording",
    OWN,
)
OF_AN_AMENDMENT = (
    "Something was missed",
    "Wrong side or place",
    "New clinical information",
    "Compared with another study",
    "Slip of the pen",
    OWN,
)


def whole(chip: str, own: str) -> str:
    """One reason out of what was picked and what was typed; nothing when neither says anything."""
    own = own.strip()
    if not chip or chip == OWN:
        return own
    return f"{chip}: {own}" if own else chip


def parts(reason: str) -> tuple[str | None, str]:
    """What was picked and what was typed, out of one reason; the other way round of `whole`."""
    if not reason:
        return None, ""
    for chip in (*OF_A_REJECTION, *OF_AN_AMENDMENT):
        if reason == chip:
            return chip, ""
        if reason.startswith(f"{chip}: "):
            return chip, reason.removeprefix(f"{chip}: ")
    return OWN, reason
