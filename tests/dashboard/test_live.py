import asyncio

from streamlit.proto.BackMsg_pb2 import BackMsg

from dashboard.live import SIGNED_OUT, TOO_BIG, LiveSockets, WatchedSocket
from dashboard.streamlit_adapter import Frame

CLICK = BackMsg(rerun_script={"query_string": ""}).SerializeToString()
NOISE = BackMsg(clear_cache=True).SerializeToString()


class Browser:
    """The other end of a websocket: what it says, and what it hears."""

    def __init__(self, *said: bytes) -> None:
        self._said = [{"type": "websocket.receive", "bytes": data} for data in said]
        self.heard: list[dict] = []

    async def receive(self) -> dict:
        if self._said:
            return self._said.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    async def send(self, message: dict) -> None:
        self.heard.append(message)


def test_a_message_is_asked_about_before_it_arrives():
    asked: list[Frame] = []

    async def check(frame: Frame) -> int | None:
        asked.append(frame)
        return None if len(asked) < 2 else SIGNED_OUT

    async def talk() -> list[dict]:
        browser = Browser(NOISE, CLICK, NOISE, CLICK)
        socket = WatchedSocket(browser.receive, browser.send, check=check)
        arrived = [await socket.receive(), await socket.receive()]
        await socket.send({"type": "websocket.send", "bytes": b"a patient"})
        assert browser.heard == [{"type": "websocket.close", "code": SIGNED_OUT}], "nothing follows the end"
        return arrived

    first, second = asyncio.run(talk())
    assert first["bytes"] == CLICK
    assert second == {"type": "websocket.disconnect", "code": SIGNED_OUT}
    assert asked == [Frame.CLICK, Frame.CLICK]


def test_a_socket_that_says_nothing_closes_when_its_sign_in_ends():
    async def talk() -> dict:
        live, browser = LiveSockets(), Browser()
        with live.registered("ada") as closing:
            socket = WatchedSocket(browser.receive, browser.send, closing=closing)
            asyncio.get_running_loop().call_later(0.01, live.close, "ada")
            ended = await asyncio.wait_for(socket.receive(), 2)
        assert live._open == {}
        return ended

    assert asyncio.run(talk())["code"] == SIGNED_OUT


def test_a_long_message_is_not_even_read():
    async def talk() -> dict:
        browser = Browser(bytes(101))
        return await WatchedSocket(browser.receive, browser.send, longest=100).receive()

    assert asyncio.run(talk())["code"] == TOO_BIG


def test_nothing_is_left_running_when_the_server_stops():
    async def talk() -> int:
        browser = Browser()
        socket = WatchedSocket(browser.receive, browser.send)
        waiting = asyncio.create_task(socket.receive())
        await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await asyncio.sleep(0)
        return len(asyncio.all_tasks()) - 1

    assert asyncio.run(talk()) == 0
