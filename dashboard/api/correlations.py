"""The correlations of a cohort as a file, after the look is on record: sums over many, and nobody's numbers."""

from datetime import timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consent.audit import AuditEvent
from dashboard import cohort, cohort_file, resources
from dashboard.api.asking import check
from dashboard.api.errors import BadRequest, TooMany
from dashboard.rate import Rate
from triage.correlation import Cohort
from triage.permission import Action, Person

FILES = (12, timedelta(minutes=1))
_rate = Rate(*FILES)


async def table(request: Request) -> Response:
    """One line per pair, as CSV; the address names the cohort as the page does."""
    person = await run_in_threadpool(check, request, Action.VIEW_CORRELATIONS)
    try:
        chosen = cohort_file.cohort_of(request.query_params.multi_items())
    except ValueError as wrong:
        raise BadRequest(
            "Give dates like 2026-01-31, ages as whole numbers and sex as female, male, other or unknown."
        ) from wrong
    made = await run_in_threadpool(_table, person, chosen, request.url.query)
    name = {"content-disposition": 'attachment; filename="correlations.csv"'}
    return Response(made, media_type="text/csv; charset=utf-8", headers=name)


def routes() -> list[Route]:
    return [Route(cohort_file.PATH, table)]


def _table(person: Person, chosen: Cohort, asked: str) -> str:
    house = resources.house()
    now = house.clock.now()
    if not _rate.allows(person.subject, now):
        raise TooMany(f"{FILES[0]} of these files are made per person and minute; wait a moment.")
    house.audit.record(
        AuditEvent(person.subject, "export correlations", "correlations", now, detail=asked[:500])
    )
    try:
        return cohort_file.to_csv(cohort.associations(house.figures, chosen, now))
    except cohort.TooBusy as busy:
        raise TooMany(str(busy)) from busy
