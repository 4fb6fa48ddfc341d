"""The film with everything a reader does to it: windows, lengths, the prior beside it, what the model points at."""

from collections.abc import Sequence
from typing import Any

from dashboard.parts import film, look, phrases, plain_film
from dashboard.widgets.viewing import viewer
from triage.finding import PROBABLE_FROM
from triage.reading import Reading
from triage.study import Instance, Study


def show(
    study: Study, reading: Reading | None, priors: Sequence[Study], *, highlight: str | None = None
) -> str | None:
    """Draw the viewer, or the plain film where the browser has no WebGL.

    Args:
        study: whose films are shown; the one that was read first.
        reading: what may be laid over it; None shows the film alone.
        priors: earlier studies of the same patient, the latest first.
        highlight: the code of the finding whose region lights up, and whose heatmap is laid over the film.

    Returns: the code of the finding whose region was clicked, in the run that the click caused; else None.
    """
    if not study.instances:
        look.empty("No film", "Only the order has arrived.")
        return None
    seen = viewer(f"viewer-{study.study_uid}", contents(study, reading, priors, highlight=highlight))
    if not seen.drawable:
        plain_film.show(study, reading, priors)
    return seen.picked


def contents(
    study: Study, reading: Reading | None, priors: Sequence[Study], *, highlight: str | None = None
) -> dict[str, Any]:
    """What the viewer is told: addresses and words, never a pixel."""
    read = study.film(reading.input_sha256) if reading else None
    shown = reading if read else None  # what lies on no film here is laid over none
    first = plain_film.first_explained(shown)
    return {
        "study": _side(study, read),
        "priors": [_side(prior) for prior in priors if prior.instances],
        "read": read.sop_instance_uid if read else "",
        "regions": _regions(shown) if shown else [],
        "heatmaps": _heatmaps(study.study_uid, shown) if shown else {},
        "explained_first": first.code if first else "",
        "highlight": highlight or "",
    }


def _side(study: Study, read: Instance | None = None) -> dict[str, Any]:
    first = read or study.frontal or study.instances[0]
    return {
        "uid": study.study_uid,
        "day": phrases.day(study.studied_at.date()),
        "accession": study.accession_number,
        "simulated": study.simulated,
        "films": [_film(study, instance) for instance in sorted(study.instances, key=lambda i: i != first)],
    }


def _film(study: Study, instance: Instance) -> dict[str, str]:
    return {
        "uid": instance.sop_instance_uid,
        "view": instance.view or "view not named",
        "url": film.frame_url(study.study_uid, instance),
    }


def _heatmaps(study_uid: str, reading: Reading) -> dict[str, dict[str, str]]:
    """By the finding's code: where each heatmap is, and what it shows."""
    return {
        f.code: {"url": film.heatmap_url(study_uid, f), "says": plain_film.explained(f)}
        for f in reading.findings
        if f.heatmap_sha256
    }


def _regions(reading: Reading) -> list[dict[str, Any]]:
    """Every finding with a place; those at least probable are boxed, the others only when they are asked for."""
    return [
        {
            "code": finding.code,
            "label": f"{finding.label} {phrases.per_cent(finding.probability).replace('>', 'over ')}",
            "boxed": finding.probability >= PROBABLE_FROM,
            "box": [box.left, box.top, box.right, box.bottom],
        }
        for finding in reading.findings
        if (box := finding.region) is not None and finding.probability is not None
    ]
