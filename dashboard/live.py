"""The websockets that are open right now: what they say is checked, and a sign-out closes every one of them."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from starlette.types import Message, Receive, Send

from dashboard.streamlit_adapter import Frame, frame_of

SIGNED_OUT = 4401
"""The code a websocket closes with when its person is not signed in any more."""
REFUSED, TOO_BIG, TRY_LATER = 1008, 1009, 1013


class LiveSockets:
    """Open websockets by the sign-in they belong to; used on the event loop alone."""

    def __init__(self) -> None:
        self._open: dict[str, set[asyncio.Event]] = defaultdict(set)

    @contextmanager
    def registered(self, sid: str) -> Iterator[asyncio.Event]:
        """List a socket while it is open; the event is set when it must close."""
        closing = asyncio.Event()
        self._open[sid].add(closing)
        try:
            yield closing
        finally:
            self._open[sid].discard(closing)
            if not self._open[sid]:
                del self._open[sid]

    def close(self, sid: str) -> None:
        """Close every websocket of one sign-in."""
        for closing in self._open.get(sid, ()):
            closing.set()


class WatchedSocket:
    """One websocket whose every message is checked before Streamlit hears it.

    Args:
        receive, send: the socket's own.
        check: answers None when a message may pass, else the code to close with.
        closing: set by whoever ends the sign-in elsewhere.
        longest: of one message, in bytes; None leaves it to Streamlit.
    """

    def __init__(
        self,
        receive: Receive,
        send: Send,
        *,
        check: Callable[[Frame], Awaitable[int | None]] | None = None,
        closing: asyncio.Event | None = None,
        longest: int | None = None,
    ) -> None:
        self._receive, self._send, self._check = receive, send, check
        self._closing, self._longest = closing or asyncio.Event(), longest
        self._closed = False

    async def send(self, message: Message) -> None:
        """Pass an answer on, unless the socket is closed: a script may still be talking."""
        if not self._closed:
            await self._send(message)

    async def receive(self) -> Message:
        """The next message that may pass; a disconnect when there will be none."""
        while True:
            message = await self._next()
            if message is None:
                return await self._close(SIGNED_OUT)
            if message["type"] != "websocket.receive":
                return message
            data = message.get("bytes") or b""
            if self._longest is not None and len(data) > self._longest:
                return await self._close(TOO_BIG)
            frame = frame_of(data)
            if frame is Frame.UNWANTED:
                continue
            code = await self._check(frame) if self._check else None
            return message if code is None else await self._close(code)

    async def _next(self) -> Message | None:
        """What the browser says, or None when the sign-in ends first."""
        heard = asyncio.ensure_future(self._receive())
        ended = asyncio.ensure_future(self._closing.wait())
        try:
            await asyncio.wait({heard, ended}, return_when=asyncio.FIRST_COMPLETED)
            return None if ended.done() else heard.result()
        finally:
            heard.cancel()
            ended.cancel()

    async def _close(self, code: int) -> Message:
        self._closed = True
        await self._send({"type": "websocket.close", "code": code})
        return {"type": "websocket.disconnect", "code": code}
