"""Nobody passes unseen: who is asking, on every route and every websocket, before Streamlit hears of it."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import sign_in, streamlit_adapter
from dashboard.access_log import whereabouts
from dashboard.headers import ENDED_HEADER, HeaderRules, cookies_in, under
from dashboard.live import REFUSED, SIGNED_OUT, TRY_LATER, LiveSockets, WatchedSocket
from dashboard.rate import Rate
from dashboard.refusal import MACHINES, refusal
from dashboard.sign_in import NOBODY, TOUCH_EVERY, Record, SignIns, Standing
from dashboard.streamlit_adapter import Frame
from db.errors import StorageError

_log = logging.getLogger(__name__)
_UNEXPECTED = "Something unexpected went wrong here; nothing was changed. Try again."
LOGINS = (20, timedelta(minutes=1))
_OPEN = frozenset(
    {"/", "/index.html", "/favicon.png", "/manifest.json"}
    | {"/healthz", "/readyz", "/_stcore/health", "/_stcore/host-config"}
    | {"/auth/login", "/auth/logout", "/oauth2callback"}
)
_OPEN_BELOW = ("/static", "/p", "/_stcore/bidi-components", "/code")
"""Code and pictures that ship with us, and the patient's pages, which have a door of their own."""
_PROBES = frozenset({"/healthz", "/readyz"})
_NEVER = ("/_stcore/upload_file", "/_stcore/agent")
"""Streamlit's uploads stay in memory, where others can overwrite them: films have a route of their own."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LONGEST_ANONYMOUS_FRAME = 64 * 1024
"""Who is not signed in has nothing long to say."""


class Gate:
    """ASGI middleware: default deny, our own record of who is signed in, the same headers on every answer.

    Args:
        app: everything behind the gate.
        rules: the headers of this installation, and its public address.
        sign_ins: answers the records of who is signed in.
        now: what time it is, with its zone.
    """

    def __init__(
        self, app: ASGIApp, rules: HeaderRules, sign_ins: Callable[[], SignIns], now: Callable[[], datetime]
    ) -> None:
        self._app, self._rules, self._sign_ins, self._now = app, rules, sign_ins, now
        self._sockets, self._logins = LiveSockets(), Rate(*LOGINS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    # ── http ──────────────────────────────────────────────────────────────────────────────────────────

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, started = scope["path"], False

        async def dressed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", []))
                if path == "/oauth2callback":
                    headers = await self._file_sign_in(headers)
                started = True
                message = {**message, "headers": self._rules.apply(path, headers)}
            await send(message)

        try:
            answer: ASGIApp = await self._refuse(scope) or self._app
            await answer(scope, receive, dressed)
        except ClientDisconnect:
            return
        except StorageError as down:
            answer = refusal(path, HTTPStatus.SERVICE_UNAVAILABLE, str(down))
        except Exception as error:  # noqa: BLE001 - the process boundary: no traceback reaches a browser or a log
            _log.error("a request failed: %s", whereabouts(error))  # its words may be a patient's
            answer = refusal(path, HTTPStatus.INTERNAL_SERVER_ERROR, _UNEXPECTED)
        else:
            return
        if not started:
            await answer(scope, receive, dressed)

    async def _refuse(self, scope: Scope) -> Response | None:
        """The answer to whoever may not pass; None lets them through."""
        path, headers = scope["path"], Headers(scope=scope)
        stranger = self._refuse_stranger(scope, headers)
        if stranger is not None:
            return stranger
        if path == "/auth/logout":
            return await self._sign_out(scope, headers)
        if path in _OPEN or under(path, *_OPEN_BELOW):
            return None
        standing = await self._standing(scope)
        if standing.record is None:
            machine = refusal(path, HTTPStatus.UNAUTHORIZED, "Sign in first.")
            return machine if _for_machines(path, scope) else RedirectResponse("/", HTTPStatus.SEE_OTHER)
        if under(path, "/media") and not self._owns(standing.record, path):
            return refusal(path, HTTPStatus.NOT_FOUND, "There is no such file.")
        if scope["method"] not in _SAFE:
            await self._touch(standing.record)
        scope.setdefault("state", {})["person"] = standing.record.person
        return None

    def _refuse_stranger(self, scope: Scope, headers: Headers) -> Response | None:
        """Refuse what no sign-in would make right: another host, another site's form, an endless run at the door."""
        path, method = scope["path"], scope["method"]
        if headers.get("host") != urlsplit(self._rules.url).netloc and path not in _PROBES:
            if method in _SAFE and not _for_machines(path, scope):
                return RedirectResponse(self._rules.url, HTTPStatus.TEMPORARY_REDIRECT)
            return refusal(path, HTTPStatus.MISDIRECTED_REQUEST, f"Open Firstread at {self._rules.url}.")
        if under(path, *_NEVER):
            return refusal(path, HTTPStatus.FORBIDDEN, "Films are uploaded on the upload page.")
        if method not in _SAFE and not self._same_origin(headers):
            return refusal(path, HTTPStatus.FORBIDDEN, "This was sent from another site.")
        if path == "/auth/login" and not self._logins.allows(_address(scope), self._now()):
            return refusal(path, HTTPStatus.TOO_MANY_REQUESTS, "Too many tries; wait a minute, then sign in.")
        return None

    def _same_origin(self, headers: Headers) -> bool:
        """Whether our own page sent this; browsers say so themselves, and old ones at least name the origin."""
        site = headers.get("sec-fetch-site")
        return site == "same-origin" if site else headers.get("origin") == self._rules.url

    def _owns(self, record: Record, path: str) -> bool:
        file_id = path.removeprefix("/media/").rsplit(".", 1)[0]
        return record.sid in map(sign_in.sid_of, streamlit_adapter.media_handles(file_id))

    # ── sign-in, sign-out ─────────────────────────────────────────────────────────────────────────────

    async def _standing(self, scope: Scope) -> Standing:
        claims = streamlit_adapter.read_cookie(HTTPConnection(scope).cookies) or {}
        handle = claims.get("sid")
        if not isinstance(handle, str):
            return NOBODY
        return await run_in_threadpool(sign_in.who, self._sign_ins(), handle, self._now())

    async def _file_sign_in(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Put what Streamlit learned from the provider on our record, and leave the browser a bare handle.

        The only place where a record begins: a cookie that did not pass here names nobody, whoever signed it. The
        ID token itself goes no further, so neither 300 groups nor a name end up in cookies and addresses.
        """
        claims = streamlit_adapter.read_cookie(cookies_in(headers))
        if claims is None:
            return headers
        handle = await run_in_threadpool(sign_in.open_record, self._sign_ins(), claims, self._now())
        bare = {k: claims[k] for k in ("origin", "is_logged_in", "provider")} | {"sid": handle}
        cookie = f"{streamlit_adapter.USER_COOKIE}={streamlit_adapter.sign_cookie(bare)}"
        lasts = int(sign_in.LASTS_FOR.total_seconds())
        ours = f"{cookie}; Path=/; HttpOnly; SameSite=Lax; Max-Age={lasts}"
        return [h for h in headers if not _sets_identity(h)] + [(b"set-cookie", ours.encode())]

    async def _sign_out(self, scope: Scope, headers: Headers) -> Response | None:
        if headers.get("sec-fetch-site") == "cross-site":
            return RedirectResponse("/", HTTPStatus.SEE_OTHER)
        standing = await self._standing(scope)
        if standing.record is not None:
            await run_in_threadpool(sign_in.close_record, self._sign_ins(), standing.record, self._now())
            self._sockets.close(standing.record.sid)
        return None

    async def _touch(self, record: Record) -> None:
        if self._now() - record.last_seen_at >= TOUCH_EVERY:
            await run_in_threadpool(self._sign_ins().touch, record.sid, self._now())

    # ── websocket ─────────────────────────────────────────────────────────────────────────────────────

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = Headers(scope=scope).get("host")
        if scope["path"] != streamlit_adapter.STREAM or host != urlsplit(self._rules.url).netloc:
            await send({"type": "websocket.close", "code": REFUSED})
            return
        try:
            standing = await self._standing(scope)
        except StorageError:
            await send({"type": "websocket.close", "code": TRY_LATER})
            return
        introduced, record = _introduced(scope, standing), standing.record
        if record is None:
            socket = WatchedSocket(receive, send, longest=_LONGEST_ANONYMOUS_FRAME)
            await self._app(introduced, socket.receive, socket.send)
            return
        with self._sockets.registered(record.sid) as closing:
            socket = WatchedSocket(receive, send, check=_Checked(self, record.sid), closing=closing)
            await self._app(introduced, socket.receive, socket.send)

    async def still(self, sid: str, *, click: bool) -> int | None:
        """Ask again on each message of a websocket whether its person is signed in.

        Returns: None, or the code to close the socket with.
        """
        try:
            found = await run_in_threadpool(self._sign_ins().find, sid)
            record = sign_in.stand(found, self._now()).record
            if record is not None and click:
                await self._touch(record)
        except StorageError:
            return TRY_LATER
        return SIGNED_OUT if record is None else None


class _Checked:
    """The check of one signed-in websocket; a page that opens, or opens its socket again, is no click."""

    def __init__(self, gate: Gate, sid: str) -> None:
        self._gate, self._sid, self._opened = gate, sid, False

    async def __call__(self, frame: Frame) -> int | None:
        click, self._opened = frame is Frame.CLICK and self._opened, True
        return await self._gate.still(self._sid, click=click)


def _introduced(scope: Scope, standing: Standing) -> Scope:
    """The scope as Streamlit may see it: nobody's cookies are gone, and why is said instead."""
    headers = [(n, v) for n, v in scope["headers"] if n != ENDED_HEADER.encode()]
    if standing.record is None:
        headers = [(n, _without_identity(v) if n == b"cookie" else v) for n, v in headers]
        headers.append((ENDED_HEADER.encode(), standing.ended.value.encode()))
    return {**scope, "headers": headers}


def _is_identity(name: str) -> bool:
    return name.startswith(streamlit_adapter.USER_COOKIE)


def _without_identity(cookies: bytes) -> bytes:
    pairs = [pair.strip() for pair in cookies.decode("latin-1").split(";")]
    return "; ".join(p for p in pairs if not _is_identity(p.partition("=")[0])).encode("latin-1")


def _sets_identity(header: tuple[bytes, bytes]) -> bool:
    name, value = header
    return name.lower() == b"set-cookie" and _is_identity(value.decode("latin-1"))


def _for_machines(path: str, scope: Scope) -> bool:
    return under(path, *MACHINES) or scope["method"] not in _SAFE


def _address(scope: Scope) -> str:
    client: tuple[str, int] | None = scope.get("client")
    return client[0] if client else ""
