"""Where on a film: a box to the words for it, and the words to what a box can answer for."""

import re
from collections.abc import Iterable

from triage.finding import Region

_THIRDS = ("upper", "middle", "lower")
_PLACE = re.compile(
    r"\b(upper|middle|lower|bases?|basal|basilar|ap(?:ex|ices|ical)|perihilar|central(?:ly)?)\b"
)
_ZONE_OF = {"base": "lower", "bases": "lower", "basal": "lower", "basilar": "lower"}
_ZONE_OF |= {"apex": "upper", "apices": "upper", "apical": "upper"}


def thirds(region: Region) -> tuple[str, ...]:
    """Name the thirds of the film's height that a box covers by at least a third of its own height."""
    height = (region.bottom - region.top) or 1.0
    edges = [(i / 3, (i + 1) / 3) for i in range(3)]
    shares = [max(0.0, min(region.bottom, b) - max(region.top, a)) / height for a, b in edges]
    return tuple(name for name, share in zip(_THIRDS, shares, strict=True) if share >= 1 / 3)


def place(region: Region) -> str:
    """Say where a box lies: "right lower zone". The patient faces us, so the left of the picture is the right side."""
    middle = (region.left + region.right) / 2
    side = (
        "right"
        if region.right <= 0.5 or middle < 0.4
        else "left"
        if region.left >= 0.5 or middle > 0.6
        else ""
    )
    zones = " and ".join(thirds(region))
    return f"{side} {zones} zone" if side else f"{zones} zone, near the middle"


def places_in(clause: str) -> set[str]:
    """Find which zones a clause, in lower case, speaks of."""
    return {_ZONE_OF.get(word, word) for word in _PLACE.findall(clause)}


def unsupported(zones: Iterable[str], region: Region | None) -> str:
    """Name a zone that a box cannot answer for; empty when it can."""
    known = thirds(region) if region else ()
    return next((zone for zone in sorted(zones) if zone not in known), "")
