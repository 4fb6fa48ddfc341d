"""One table: which error a program hears as which status; the words are the error's own."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from consent.errors import ConsentDenied, ConsentError
from dashboard.resources import FileMissing, StorageError
from triage.errors import (
    AlreadySigned,
    BadVitals,
    IdentityMismatch,
    MoveNotAllowed,
    NotPermitted,
    ReaderFailed,
    StudyHeld,
    TooFewPairs,
    TriageError,
    UnknownStudy,
    UnreadableFilm,
)


class NotHere(TriageError):
    """What was asked for is not on file, or must not be shown."""


class TooLarge(TriageError):
    """What was sent is larger than this server takes."""


class TooMany(TriageError):
    """The same was asked too often."""


class BadRequest(TriageError):
    """What was sent cannot be understood; the message says what is wrong."""


STATUS: Mapping[type[Exception], HTTPStatus] = {
    BadRequest: HTTPStatus.BAD_REQUEST,
    NotPermitted: HTTPStatus.FORBIDDEN,
    ConsentDenied: HTTPStatus.FORBIDDEN,
    UnknownStudy: HTTPStatus.NOT_FOUND,
    NotHere: HTTPStatus.NOT_FOUND,
    FileMissing: HTTPStatus.NOT_FOUND,
    IdentityMismatch: HTTPStatus.CONFLICT,
    MoveNotAllowed: HTTPStatus.CONFLICT,
    StudyHeld: HTTPStatus.CONFLICT,
    AlreadySigned: HTTPStatus.CONFLICT,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    BadVitals: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnreadableFilm: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooFewPairs: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    ReaderFailed: HTTPStatus.SERVICE_UNAVAILABLE,
    StorageError: HTTPStatus.SERVICE_UNAVAILABLE,
    TriageError: HTTPStatus.BAD_REQUEST,
    ConsentError: HTTPStatus.BAD_REQUEST,
}


def status_of(error: Exception) -> HTTPStatus:
    """The status of an error: its own, or that of the nearest kind of error it is."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


async def answer(_: Request, error: Exception) -> JSONResponse:
    """One sentence for whoever asked."""
    return JSONResponse({"error": str(error)}, status_of(error))


HANDLERS: Mapping[type[Exception], Callable[[Request, Exception], Awaitable[JSONResponse]]] = {
    TriageError: answer,
    ConsentError: answer,
    StorageError: answer,
}


async def nothing_here(_: Request) -> JSONResponse:
    """Streamlit would answer an unknown address with its page; a program gets a 404."""
    return JSONResponse({"error": "There is no such address or method."}, HTTPStatus.NOT_FOUND)


def routes() -> list[Route]:
    """The last of the /api routes: everything nobody else answers."""
    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    return [Route(path, nothing_here, methods=methods) for path in ("/api", "/api/{rest:path}")]
