"""One request of a patient: at which link, in which language, from which browser."""

from datetime import datetime
from functools import cached_property
from http import HTTPStatus
from secrets import token_urlsafe
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consent.wording import Operator
from dashboard.patient import language, link, pages
from dashboard.patient.language import PHRASES
from dashboard.patient.link import Seal, Visit
from dashboard.patient.pages import Frame
from dashboard.settings import Settings
from triage.ports import House

VISIT_COOKIE, FORM_COOKIE, LANGUAGE_COOKIE = "firstread_visit", "firstread_form", "firstread_language"
LARGEST_FORM = 256 * 1024  # bytes; a drawn signature is the longest field
_MOST_FIELDS = 20


def operator_of(settings: Settings, spoken: str) -> Operator | None:
    """Who asks the patient, None when the settings do not say; only a demo may go without."""
    if settings.operator and settings.operator_contact:
        return Operator(settings.operator, settings.operator_contact)
    words = PHRASES[spoken]
    return Operator(words["demo_operator"], words["demo_contact"]) if settings.demo else None


class Asking:
    """What one request says, and what the answer leaves with the browser.

    `fields` is the sent form; a form names the language it was shown in.
    """

    def __init__(
        self, request: Request, seal: Seal, settings: Settings, fields: dict[str, str] | None = None
    ) -> None:
        self._request, self._seal, self._settings = request, seal, settings
        self.fields = fields or {}
        self.token: str = request.path_params["token"]
        self.wanted: str = request.query_params.get("done", "")
        self._nonce = request.cookies.get(FORM_COOKIE, "")
        self._fresh = "" if self._nonce or fields is not None else token_urlsafe(16)

    @property
    def address(self) -> str:
        """Where the request comes from, as far as the server knows."""
        return self._request.client.host if self._request.client else ""

    @cached_property
    def language(self) -> str:
        """The language to answer in."""
        return language.choose(
            self.fields.get("language") or self._request.query_params.get("language"),
            self._request.cookies.get(LANGUAGE_COOKIE),
            self._request.headers.get("accept-language", ""),
        )

    @cached_property
    def operator(self) -> Operator | None:
        """Who asks the patient, None when nobody said so."""
        return operator_of(self._settings, self.language)

    @cached_property
    def frame(self) -> Frame:
        """What is around the page."""
        return Frame(
            language=self.language,
            operator=self.operator or Operator("", ""),
            form_token=self._seal.form_token(self._nonce or self._fresh),
            demo=self._settings.demo,
        )

    @property
    def from_our_page(self) -> bool:
        """Say whether the form was shown by us, to this browser."""
        return self._seal.knows(self._nonce, self.fields.get("form_token", ""))

    def visit(self, house: House) -> Visit | None:
        """The visit this browser is on, None when it has to show its birth date first."""
        cookie = self._request.cookies.get(VISIT_COOKIE, "")
        return self._seal.visit(house, self.token, cookie) if cookie else None

    def leave(self, page: Response) -> Response:
        """Answer, remembering the language and the browser."""
        if self._fresh:
            self._remember(page, FORM_COOKIE, self._fresh)
        if self._request.query_params.get("language"):
            self._remember(page, LANGUAGE_COOKIE, self.language)
        return page

    def admit(self, page: Response, token: str, visit: Visit, now: datetime) -> Response:
        """Answer, opening one link to this browser for a quarter of an hour."""
        cookie = self._seal.cookie(token, visit.patient_id, now)
        self._remember(page, VISIT_COOKIE, cookie, int(link.VISIT.total_seconds()))
        return self.leave(page)

    def send_on(self, visit: Visit, path: str, done: str, now: datetime) -> Response:
        """Go to a page by its own address, so that loading it again repeats nothing."""
        onward = RedirectResponse(
            f"{path}?done={done}" if done else path, HTTPStatus.SEE_OTHER, pages.HEADERS
        )
        return self.admit(onward, path.removeprefix("/p/"), visit, now)

    def _remember(self, page: Response, name: str, value: str, max_age: int | None = None) -> None:
        secure = self._settings.url.startswith("https://")
        page.set_cookie(name, value, max_age, path="/p", secure=secure, httponly=True, samesite="lax")


async def sent_fields(request: Request) -> dict[str, str]:
    """Read a sent form, and no more of it than a form can hold.

    Raises: HTTPException: it is larger than any form of ours.
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_FORM:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "This form is too large.")
    try:
        return dict(
            parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        )
    except ValueError as e:
        raise HTTPException(HTTPStatus.BAD_REQUEST, "This form has too many fields.") from e
