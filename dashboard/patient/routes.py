"""The patient's pages over HTTP: a link, a birth date, a page to read, choose and sign, and the way back."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from consent.errors import ConsentError
from consent.record import Consent, Purpose
from consent.wording import CURRENT, Operator, wording
from dashboard.patient import answers, language, link, pages
from dashboard.patient.asking import Asking, sent_fields
from dashboard.patient.forms import BirthDateForm, SignForm
from dashboard.patient.link import Seal, Visit
from dashboard.patient.pages import OnFile, OwnLink
from dashboard.rate import Rate
from dashboard.resources import StorageError
from dashboard.settings import Settings, SettingsError
from triage.errors import TriageError
from triage.ports import House

_log = logging.getLogger(__name__)
PER_ADDRESS = (60, timedelta(minutes=1))
IN_TOTAL = (600, timedelta(minutes=1))
"""Forms a minute, from one address and from all: counted in this process, forgotten when it ends."""
STEP_S = 0.25
"""Refusals are answered at the next full step, so that their time tells nothing about their reason."""
_DONE = frozenset({"signed", "withdrawn", "link"})


def routes(house_of: Callable[[], House], settings: Settings) -> list[BaseRoute]:
    """The routes under /p that patients reach without signing in.

    Args:
        house_of: answers the house; asked at each request.
        settings: the public address, the cookie secret and who the operator is.

    Raises: SettingsError: there is no cookie secret.
    """
    if not settings.cookie_secret:
        raise SettingsError("The patient pages need FIRSTREAD_COOKIE_SECRET; set 32 random bytes or more.")
    portal = _Portal(house_of, settings, Seal(settings.cookie_secret))
    return [
        Mount("/p/static", StaticFiles(directory=pages.FOLDER / "static")),
        Route("/p/{token}", portal.show, methods=["GET"]),
        Route("/p/{token}", portal.send, methods=["POST"]),
        Route("/p/{token}/receipt.{kind:str}", portal.hand_out, methods=["GET"]),
    ]


class _Portal:
    """One address for each link: GET shows, POST does what the form's `act` says."""

    def __init__(self, house_of: Callable[[], House], settings: Settings, seal: Seal) -> None:
        self._house_of, self._settings, self._seal = house_of, settings, seal
        self._per_address, self._in_total = Rate(*PER_ADDRESS), Rate(*IN_TOTAL)
        self._acts: Mapping[str, Callable[[House, Asking, Visit], Response]] = {
            "sign": self._sign,
            "withdraw": self._withdraw,
            "link": self._renew,
        }

    async def show(self, request: Request) -> Response:
        """Show the door, or the page behind it; looking never uses a link up."""
        asking = Asking(request, self._seal, self._settings)
        return await self._calmly(asking, self._show)

    def _show(self, asking: Asking) -> Response:
        house = self._house_of()
        visit = asking.visit(house)
        if visit is None:
            return asking.leave(pages.door(asking.frame))
        if visit.invitation.used:
            return self._used(asking)
        done = asking.wanted if asking.wanted in _DONE else ""
        return asking.leave(
            self._consent_page(house, asking, visit, SignForm(language=asking.language), done=done)
        )

    async def send(self, request: Request) -> Response:
        """Take a form; what it needs besides is a place among the tries of the last minute."""
        asking = Asking(request, self._seal, self._settings, await sent_fields(request))
        now = datetime.now(UTC)
        if not (self._per_address.allows(asking.address, now) and self._in_total.allows("all", now)):
            return pages.message(asking.frame, "busy", HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": "60"})
        if not asking.from_our_page:
            return pages.message(asking.frame, "form", HTTPStatus.FORBIDDEN)
        if asking.fields.get("act") in self._acts:
            return await self._calmly(asking, self._act)
        return await self._identify(asking)

    # ── the door ──────────────────────────────────────────────────────────────────────────────────────

    async def _identify(self, asking: Asking) -> Response:
        """Check the birth date: one try, counted before it is checked, and a refusal that never says why."""
        started = time.monotonic()
        form, kept = BirthDateForm.read(asking.fields), SignForm.read(asking.fields)
        if form.typed is None:
            unclear = HTTPStatus.UNPROCESSABLE_ENTITY
            return pages.door(asking.frame, form, kept=kept, problem="bad_date", status=unclear)
        answer = await self._calmly(asking, self._open, form, kept)
        if answer.status_code == HTTPStatus.FORBIDDEN:
            await asyncio.sleep(STEP_S - (time.monotonic() - started) % STEP_S)
        return answer

    def _open(self, asking: Asking, form: BirthDateForm, kept: SignForm) -> Response:
        house = self._house_of()
        invitation = link.try_birth_date(house, asking.token, form.typed) if form.typed else None
        if invitation is None:
            return pages.door(asking.frame, form, kept=kept, problem="refused", status=HTTPStatus.FORBIDDEN)
        visit, now = Visit(asking.token, invitation), house.clock.now()
        if kept.begun:
            page = self._consent_page(house, asking, visit, kept)
            return asking.admit(page, asking.token, visit, now)
        return asking.send_on(visit, f"/p/{asking.token}", "", now)

    # ── behind it ─────────────────────────────────────────────────────────────────────────────────────

    def _act(self, asking: Asking) -> Response:
        house = self._house_of()
        visit = asking.visit(house)
        if visit is None:
            kept = SignForm.read(asking.fields)
            return pages.door(asking.frame, kept=kept, problem="over", status=HTTPStatus.FORBIDDEN)
        if visit.invitation.used:
            return self._used(asking)
        return self._acts[asking.fields["act"]](house, asking, visit)

    def _sign(self, house: House, asking: Asking, visit: Visit) -> Response:
        """File the answers; what is missing is said at its field, and nothing typed is lost."""
        form = SignForm.read(asking.fields)
        problems = form.problems()
        if problems or asking.operator is None:
            return self._consent_page(house, asking, visit, form, problems)
        path = answers.sign(house, visit, form, asking.operator)
        if path is None:
            return self._used(asking)
        return asking.send_on(visit, path, "signed", house.clock.now())

    def _withdraw(self, house: House, asking: Asking, visit: Visit) -> Response:
        """Take back one yes, with one tap."""
        purpose = asking.fields.get("purpose", "")
        if purpose in {asked.purpose.value for asked in wording(CURRENT, asking.language).questions}:
            answers.withdraw(house, visit, Purpose(purpose))
        return asking.send_on(visit, f"/p/{visit.token}", "withdrawn", house.clock.now())

    def _renew(self, house: House, asking: Asking, visit: Visit) -> Response:
        """Give the patient a personal link in place of the one they came with."""
        return asking.send_on(visit, answers.renew(house, visit), "link", house.clock.now())

    def _consent_page(
        self,
        house: House,
        asking: Asking,
        visit: Visit,
        form: SignForm,
        problems: Mapping[str, str] | None = None,
        done: str = "",
    ) -> Response:
        operator = asking.operator
        if operator is None:
            return pages.message(asking.frame, "closed", HTTPStatus.SERVICE_UNAVAILABLE)
        consent = answers.current(house, visit.patient_id)
        answers.view(house, visit, consent)
        return pages.consent_page(
            asking.frame,
            form,
            problems or {},
            _on_file(house, asking, consent, operator) if consent else None,
            self._own_link(house, asking, visit),
            done,
        )

    def _own_link(self, house: House, asking: Asking, visit: Visit) -> OwnLink:
        return OwnLink(
            token=visit.token,
            address=f"{self._settings.url}/p/{visit.token}",
            keeps=visit.lasts_beyond(house.clock.now()),
            expires=language.moment(visit.invitation.expires_at, asking.language),
            tries_left=visit.invitation.tries_left,
        )

    @staticmethod
    def _used(asking: Asking) -> Response:
        return asking.leave(pages.message(asking.frame, "used", HTTPStatus.GONE))

    # ── the receipt ───────────────────────────────────────────────────────────────────────────────────

    async def hand_out(self, request: Request) -> Response:
        """Give the receipt as a file, to read (txt) or for machines (json)."""
        asking = Asking(request, self._seal, self._settings)
        return await self._calmly(asking, self._hand_out, request.path_params["kind"])

    def _hand_out(self, asking: Asking, kind: str) -> Response:
        house = self._house_of()
        visit = asking.visit(house)
        if visit is None or visit.invitation.used or kind not in _KINDS:
            return RedirectResponse(f"/p/{asking.token}", HTTPStatus.SEE_OTHER, pages.HEADERS)
        consent = answers.current(house, visit.patient_id)
        made = answers.receipt_of(consent, asking.operator) if consent and asking.operator else None
        if consent is None or made is None:
            return RedirectResponse(f"/p/{asking.token}", HTTPStatus.SEE_OTHER, pages.HEADERS)
        answers.view(house, visit, consent, "export receipt")
        attached = {"Content-Disposition": f'attachment; filename="{consent.consent_id}.{kind}"'}
        body = made.json if kind == "json" else made.text
        return Response(body, media_type=_KINDS[kind], headers=pages.HEADERS | attached)

    async def _calmly(self, asking: Asking, act: Callable[..., Response], *given: Any) -> Response:
        """Do the work beside the event loop; when our own records fail, say so in one sentence."""
        try:
            return await run_in_threadpool(act, asking, *given)
        except (StorageError, TriageError, ConsentError) as failed:
            _log.error("a patient page failed: %s", type(failed).__name__)
            return pages.message(asking.frame, "unavailable", HTTPStatus.SERVICE_UNAVAILABLE)


_KINDS = {"json": "application/ld+json; charset=utf-8", "txt": "text/plain; charset=utf-8"}


def _on_file(house: House, asking: Asking, consent: Consent, operator: Operator) -> OnFile:
    return OnFile(
        consent=consent,
        standings=answers.standings(consent, house.clock.now(), asking.language),
        receipt=answers.receipt_of(consent, operator),
        drawn=answers.drawn(house, consent),
    )
