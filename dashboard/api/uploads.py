"""Films and tables arrive: streamed to disk, taken in one by one, an outcome for each."""

from asyncio import Semaphore
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from consent.record import PatientId
from dashboard import intake, resources
from dashboard.api.asking import check
from dashboard.api.errors import BadRequest, TooLarge, TooMany
from dashboard.intake import Outcome, Taken
from dashboard.rate import Rate
from triage.permission import Action, Person
from triage.study import Patient, Sex, Urgency
from triage.vitals import Vitals
from triage.vitals_table import COLUMNS, MAX_BYTES, vitals_from

MB = 1024**2
LARGEST_FILE, LARGEST_REQUEST = 100 * MB, 500 * MB
MOST_FILES, MOST_FIELDS, LONGEST_FIELD = 500, 60, 16 * 1024  # characters
UPLOADS = (120, timedelta(minutes=1))
_TOO_LARGE = "The file is larger than 100 MB; split the archive, or send the films one by one."
_rate = Rate(*UPLOADS)
_at_once = Semaphore(2)
"""A film is held in memory while it is taken in; only so many at a time."""


async def studies(request: Request) -> JSONResponse:
    """Take in films: multipart, any number of `files`, and what the form says about them.

    Fields: accession_number; patient_id, issuer, patient_name, birth_date (1950-12-31), sex; indication;
    order_priority (routine, urgent, asap, stat); the columns of a table of vitals.

    Answers a JSON list of {path, outcome, reason, study_uid}, one per film.
    """
    person = await _uploader(request)
    async with _form(request) as form:
        said = {name: value for name, value in form.multi_items() if isinstance(value, str)}
        order = _order(said)
        outcomes: list[Outcome] = []
        for file in _files(form):
            outcomes += await _take(file, person, order)
    if all(o.reason == _TOO_LARGE for o in outcomes):
        raise TooLarge(_TOO_LARGE)
    return JSONResponse([asdict(o) for o in outcomes])


async def vitals(request: Request) -> JSONResponse:
    """Take in tables of vitals: multipart `files`; answers a JSON list of {line, accession_number, ok, reason}."""
    person = await _uploader(request)
    async with _form(request) as form:
        taken = []
        for file in _files(form):
            data = await file.read(MAX_BYTES + 1)
            taken += await run_in_threadpool(intake.take_vitals, resources.house(), data, person.subject)
    return JSONResponse([asdict(o) for o in taken])


def routes() -> list[Route]:
    return [
        Route("/api/uploads", studies, methods=["POST"]),
        Route("/api/vitals", vitals, methods=["POST"]),
    ]


# ── what arrives ──────────────────────────────────────────────────────────────────────────────────────


async def _uploader(request: Request) -> Person:
    person = await run_in_threadpool(check, request, Action.UPLOAD)
    if not _rate.allows(person.subject, resources.house().clock.now()):
        raise TooMany("Too many uploads at once; wait a minute, then send it again.")
    return person


@asynccontextmanager
async def _form(request: Request) -> AsyncIterator[FormData]:
    """The posted form; its files lie on disk and go with the block."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise BadRequest("Send the files as a form (multipart/form-data).")
    async with aclosing(_limited(request)) as stream:
        parser = MultiPartParser(
            request.headers,
            stream,
            max_files=MOST_FILES,
            max_fields=MOST_FIELDS,
            max_part_size=LONGEST_FIELD,
        )
        try:
            form = await parser.parse()
        except MultiPartException as broken:
            raise BadRequest(f"The form cannot be read: {broken.message}") from broken
    try:
        yield form
    finally:
        await form.close()


async def _limited(request: Request) -> AsyncGenerator[bytes, None]:
    """The body, cut off where it grows too large; what it claims to be is not believed."""
    arrived = 0
    async for chunk in request.stream():
        arrived += len(chunk)
        if arrived > LARGEST_REQUEST:
            raise TooLarge("More than 500 MB in one go; send fewer files at a time.")
        yield chunk


def _files(form: FormData) -> list[UploadFile]:
    files = [f for f in form.getlist("files") if isinstance(f, UploadFile)]
    if not files:
        raise BadRequest("No file was sent; the form's field is called files.")
    return files


async def _take(file: UploadFile, person: Person, order: Mapping[str, Any]) -> list[Outcome]:
    name = file.filename or "unnamed"
    if (file.size or 0) > LARGEST_FILE:
        return [Outcome(name, Taken.REJECTED, _TOO_LARGE)]
    async with _at_once:
        data = await file.read()
        return await run_in_threadpool(
            intake.take_file, resources.house(), name, data, agent=person.subject, **order
        )


# ── what the form says ────────────────────────────────────────────────────────────────────────────────


def _order(said: Mapping[str, str]) -> dict[str, Any]:
    return {
        "accession_number": said.get("accession_number", "").strip(),
        "indication": said.get("indication", "").strip(),
        "order_priority": _priority(said.get("order_priority", "")),
        "patient": _patient(said),
        "vitals": _vitals(said),
    }


def _priority(word: str) -> Urgency:
    try:
        return Urgency[word.strip().upper() or "ROUTINE"]
    except KeyError as unknown:
        raise BadRequest("order_priority is one of routine, urgent, asap, stat.") from unknown


def _patient(said: Mapping[str, str]) -> Patient | None:
    number = said.get("patient_id", "").strip()
    if not number:
        return None
    born, sex = said.get("birth_date", "").strip(), said.get("sex", "").strip().lower()
    try:
        return Patient(
            patient_id=PatientId(number, said.get("issuer", "").strip()),
            name=said.get("patient_name", "").strip(),
            birth_date=date.fromisoformat(born) if born else None,
            sex=Sex(sex or "unknown"),
        )
    except ValueError as wrong:
        raise BadRequest(
            "Give birth_date like 1950-12-31 and sex as female, male, other or unknown."
        ) from wrong


def _vitals(said: Mapping[str, str]) -> Vitals | None:
    measured = {c: said[c] for c in COLUMNS if c != "accession_number" and said.get(c, "").strip()}
    if not set(measured) - {"measured_at"}:
        return None
    return vitals_from(measured, resources.house().clock.now())
