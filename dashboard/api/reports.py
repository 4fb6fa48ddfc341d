"""The signed report as a PDF; a draft is never exported, and each export is on record."""

import re
from io import BytesIO
from threading import BoundedSemaphore

from PIL import Image
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard import report_pdf, resources
from dashboard.api.asking import check, look
from dashboard.api.errors import BadRequest, NotHere
from dashboard.api.images import coloured
from dashboard.report_pdf import Printed
from dashboard.report_words import NAMES
from engine.dicom.pixels import film_pixels, png_of
from triage.permission import Action, Person
from triage.ports import House
from triage.reading import Reading
from triage.steps import SHOWN
from triage.study import Instance, Study

LONGEST_SIDE = 1400  # pixels; 90 mm at 400 dots per inch
_printing = BoundedSemaphore(1)
"""A film takes some 200 MB while it is decoded; the reports on paper wait for each other."""


async def report(request: Request) -> Response:
    """The report as it stands, every version in it; `second` asks for a language beside English."""
    person = await run_in_threadpool(check, request, Action.VIEW_STUDY)
    second = request.query_params.get("second") or None
    if second is not None and second not in NAMES:
        raise BadRequest(f"A report is printed in {', '.join(NAMES)}.")
    data, name = await run_in_threadpool(_report, person, request.path_params["study_uid"], second)
    saved = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type="application/pdf", headers=saved)


def routes() -> list[Route]:
    return [Route("/api/studies/{study_uid}/report.pdf", report)]


def _report(person: Person, study_uid: str, second: str | None) -> tuple[bytes, str]:
    house = resources.house()
    entry = house.studies.entry(study_uid)
    reports = house.studies.reports(study_uid)
    if not reports:
        raise NotHere("This report is not signed yet; a draft is not exported.")
    languages = "en" if second is None else f"en, {second}"
    look(person, study_uid, "export report", f"version {reports[-1].version}, {languages}")
    reading = house.studies.reading(study_uid) if entry.status in SHOWN else None
    with _printing:
        read = entry.study.film(reading.input_sha256) if reading else None
        film = _film(house, entry.study, read)
        printed = Printed(
            study=entry.study,
            reports=reports,
            reading=reading,
            film=film,
            heat=_under_heat(house, film, reading if read else None),
            demo=resources.settings().demo,
        )
        return report_pdf.pdf(printed, second), _name(entry.study, reports[-1].version)


def _film(house: House, study: Study, read: Instance | None) -> Image.Image | None:
    shown = read or study.frontal or next(iter(study.instances), None)
    if shown is None:
        return None
    png = png_of(film_pixels(house.files.load(shown.sha256), shown.media_type), LONGEST_SIDE)
    return Image.open(BytesIO(png), formats=["PNG"]).convert("L")


def _under_heat(house: House, film: Image.Image | None, reading: Reading | None) -> Image.Image | None:
    shown = reading.pointed_at if reading else None
    if film is None or shown is None or shown.heatmap_sha256 is None:
        return None
    heat = Image.open(BytesIO(coloured(house.files.load(shown.heatmap_sha256))), formats=["PNG"])
    laid = heat.convert("RGBA").resize(film.size, Image.Resampling.BILINEAR)
    return Image.alpha_composite(film.convert("RGBA"), laid).convert("RGB")


def _name(study: Study, version: int) -> str:
    """A file name without the patient's."""
    number = re.sub(r"[^A-Za-z0-9._-]", "", study.accession_number)[:40] or "study"
    return f"report-{number}-v{version}.pdf"
