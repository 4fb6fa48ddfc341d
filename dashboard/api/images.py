"""Films and heatmaps for the screen: decoded here, shown only after the look is on record."""

from functools import lru_cache
from io import BytesIO
from threading import BoundedSemaphore

import numpy as np
from PIL import Image
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard import resources
from dashboard.api.asking import check, look
from dashboard.api.errors import NotHere
from engine.dicom.pixels import film_pixels, png_of
from engine.dicom.quarantine import film_frame
from triage.permission import Action, Person
from triage.steps import SHOWN
from triage.study import Instance, Study

LONGEST_SIDE = 2048  # pixels; what a screen can show
_decoding = BoundedSemaphore(2)
"""A film of a large detector takes some 200 MB while it is decoded; only so many at a time."""
_INFERNO = np.array([[0, 0, 4], [87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]])
_CLEAR_BELOW, _MOST_OPAQUE = 0.15, 0.85


async def film(request: Request) -> Response:
    """One film of a study, as 8-bit grey PNG."""
    person = await run_in_threadpool(check, request, Action.VIEW_STUDY)
    uid, instance = request.path_params["study_uid"], request.query_params.get("instance", "")
    return _png(await run_in_threadpool(_film, person, uid, instance))


async def frame(request: Request) -> Response:
    """One film of a study with all its greys, for the viewer: int16, see `engine.dicom.frame.packed`."""
    person = await run_in_threadpool(check, request, Action.VIEW_STUDY)
    uid, instance = request.path_params["study_uid"], request.query_params.get("instance", "")
    packed = await run_in_threadpool(_frame, person, uid, instance)
    return Response(packed, media_type="application/octet-stream", headers={"content-encoding": "gzip"})


async def heatmap(request: Request) -> Response:
    """Where the model looked for one finding, in colours with transparency, as long as its answer may be shown."""
    person = await run_in_threadpool(check, request, Action.VIEW_STUDY)
    uid, code = request.path_params["study_uid"], request.query_params.get("finding", "")
    return _png(await run_in_threadpool(_heatmap, person, uid, code))


def routes() -> list[Route]:
    return [
        Route("/api/studies/{study_uid}/film.png", film),
        Route("/api/studies/{study_uid}/frame", frame),
        Route("/api/studies/{study_uid}/heatmap.png", heatmap),
    ]


def _png(data: bytes) -> Response:
    return Response(data, media_type="image/png")


def _film(person: Person, study_uid: str, sop_instance_uid: str) -> bytes:
    instance = _looked_at(person, study_uid, sop_instance_uid)
    return _decoded(instance.sha256, instance.media_type)


def _frame(person: Person, study_uid: str, sop_instance_uid: str) -> bytes:
    return _framed(_looked_at(person, study_uid, sop_instance_uid).sha256)


def _looked_at(person: Person, study_uid: str, sop_instance_uid: str) -> Instance:
    instance = _instance(resources.house().studies.entry(study_uid).study, sop_instance_uid)
    look(person, study_uid, "view film", instance.sop_instance_uid)
    return instance


def _instance(study: Study, sop_instance_uid: str) -> Instance:
    if not sop_instance_uid:
        shown = study.frontal or next(iter(study.instances), None)
    else:
        shown = next((i for i in study.instances if i.sop_instance_uid == sop_instance_uid), None)
    if shown is None:
        raise NotHere("This study has no such film.")
    return shown


@lru_cache(maxsize=16)
def _decoded(sha256: str, media_type: str) -> bytes:
    """Pixels may be remembered, permissions never."""
    with _decoding:
        return png_of(film_pixels(resources.house().files.load(sha256), media_type), LONGEST_SIDE)


@lru_cache(maxsize=16)
def _framed(sha256: str) -> bytes:
    """As `_decoded`: some 10 MB each, for the films that somebody reads now."""
    return film_frame(resources.house().files.load(sha256))


def _heatmap(person: Person, study_uid: str, code: str) -> bytes:
    house = resources.house()
    shown = house.studies.entry(study_uid).status in SHOWN
    reading = house.studies.reading(study_uid) if shown else None
    found = next((f for f in reading.findings if f.code == code), None) if reading else None
    if reading is None or found is None or found.heatmap_sha256 is None:
        raise NotHere("There is no heatmap to show for this finding.")
    look(person, study_uid, "view heatmap", reading.permit_id)
    return coloured(house.files.load(found.heatmap_sha256))


def coloured(heat: bytes) -> bytes:
    """Paint a heatmap: cool where the model hardly looked, glowing where it looked most.

    Args:
        heat: PNG, uint8 [H, W], 255 where it looked most.

    Returns: PNG, uint8 RGBA [H, W]; what is nearly cold is clear, so that the film stays readable.
    Source: colours of matplotlib's inferno, at five points.
    """
    warmth = np.asarray(Image.open(BytesIO(heat), formats=["PNG"]).convert("L")) / 255.0  # [H, W]
    points = np.linspace(0.0, 1.0, len(_INFERNO))
    colours = [np.interp(warmth, points, _INFERNO[:, channel]) for channel in range(3)]
    opacity = np.clip((warmth - _CLEAR_BELOW) / (1 - _CLEAR_BELOW), 0, 1) * _MOST_OPAQUE * 255
    painted = np.rint(np.stack([*colours, opacity], axis=-1)).astype(np.uint8)  # [H, W, 4]
    out = BytesIO()
    Image.fromarray(painted, "RGBA").save(out, "PNG")
    return out.getvalue()
