"""A mail server and a webhook on this machine, real ones, for as long as a test asks for them."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from dashboard.notices import sending
from dashboard.notices.letter import Letter
from tests.builders import NOW, a_critical_result
from triage.critical import Cause, Notice

SECRET = "w" * 32


@dataclass
class MailBox:
    """What arrived; `answer` is what the server says to the next mails, `refuse` the addresses it does not know."""

    url: str = ""
    answer: str = "250 OK"
    refuse: frozenset[str] = frozenset()
    arrived: list[Envelope] = field(default_factory=list)
    tries: int = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refuse:
            return "550 no such address"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.tries += 1
        if self.answer.startswith("250"):
            self.arrived.append(envelope)
        return self.answer


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def mail_server() -> Iterator[Callable[..., MailBox]]:
    """Start a mail server: `mail_server()`, on this machine's own address unless told otherwise."""
    started: list[Controller] = []

    def start(host: str = "127.0.0.1", scheme: str = "smtp", **options: object) -> MailBox:
        box = MailBox()
        port = _free_port(host)  # the controller asks itself at the port it was given, so 0 will not do
        controller = Controller(box, hostname=host, port=port, **options)  # type: ignore[arg-type]
        controller.start()
        started.append(controller)
        box.url = f"{scheme}://{host}:{port}"
        return box

    yield start
    for controller in started:
        controller.stop()


@dataclass
class Hook:
    """What was posted; `answers` are the codes of the next ones, the last for all that follow."""

    url: str = ""
    answers: list[int] = field(default_factory=lambda: [200])
    posted: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A web server that takes notices."""
    taken = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            taken.posted.append(({k.lower(): v for k, v in self.headers.items()}, body))
            code = taken.answers.pop(0) if len(taken.answers) > 1 else taken.answers[0]
            self.send_response(code)
            self.send_header("location", f"{taken.url}/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_said: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    taken.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield taken
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def letter() -> Letter:
    notice = Notice("1", "Ward doctor on call", Cause.UNREACHED, NOW)
    return Letter(a_critical_result(), notice, "https://firstread.example", ("ward7@hospital.example",))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same tries, at once."""
    monkeypatch.setattr(sending, "FIRST_PAUSE_S", 0.01)
