"""Is it alive, is it ready, and if not, why not."""

import time
from collections.abc import Callable
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from dashboard import resources

REMEMBERED_S = 2.0
"""Anybody may ask, so the database is asked at most this often."""


async def alive(_: Request) -> JSONResponse:
    """The process answers; nothing else is said."""
    return JSONResponse({"alive": True})


class Readiness:
    """Whether a study could come in and go out right now, part by part."""

    def __init__(self) -> None:
        self._asked_at, self._found = float("-inf"), dict[str, str]()

    async def __call__(self, _: Request) -> JSONResponse:
        if time.monotonic() - self._asked_at > REMEMBERED_S:
            self._found = await run_in_threadpool(look)
            self._asked_at = time.monotonic()
        ready = not any(self._found.values())
        parts = {name: {"ok": not reason, "reason": reason} for name, reason in self._found.items()}
        status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse({"ready": ready, "parts": parts}, status)


def look() -> dict[str, str]:
    """Each part and why it is not well; "" where it is."""
    return {name: _reason(check) for name, check in resources.checks().items()}


def _reason(check: Callable[[], None]) -> str:
    try:
        check()
    except resources.StorageError as unwell:
        return str(unwell)
    return ""


def routes() -> list[Route]:
    return [Route("/healthz", alive), Route("/readyz", Readiness().__call__)]
