"""The gate before an application that would answer everybody everything."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit.proto.BackMsg_pb2 import BackMsg

from dashboard import sign_in, streamlit_adapter
from dashboard.gate import LOGINS, Gate
from dashboard.headers import ENDED_HEADER, HeaderRules
from dashboard.live import SIGNED_OUT, TOO_BIG
from dashboard.sign_in import IDLE_FOR, LASTS_FOR
from db.connection import Database
from db.errors import DatabaseUnavailable
from db.sign_in_store import SignInStore
from tests.conftest import Server
from tests.fakes import FixedClock
from triage.ports import House

URL = "http://testserver"
SECRET = b"a patient's film"
ADA = {"sub": "ada", "name": "Ada", "roles": ["clinician"]}
PROTECTED = (
    "/api/uploads",
    "/api/studies/1/film.png",
    "/api/",
    "/media/0123.png",
    "/_stcore/metrics",
    "/_stcore/script-health-check",
    "/_stcore/stream",
    "/_stcore",
    "/component/x/index.html",
    "/app/static/report.pdf",
    "/anything/../api",
)
CLICK = BackMsg(rerun_script={"query_string": ""}).SerializeToString()
REFRESH = BackMsg(rerun_script={"is_auto_rerun": True}).SerializeToString()


async def everything(request: Request) -> Response:
    if request.url.path == "/oauth2callback":
        answer = Response(status_code=302, headers={"location": "/"})
        claims = {**ADA, "origin": URL, "is_logged_in": True, "provider": "firstread", "groups": ["g"] * 300}
        answer.set_cookie(
            streamlit_adapter.USER_COOKIE, streamlit_adapter.sign_cookie(claims), max_age=2592000
        )
        answer.set_cookie(streamlit_adapter.TOKENS_COOKIE, "the whole id token")
        return answer
    person = getattr(request.state, "person", None)
    if request.url.path == "/api/breaks":
        raise ValueError(SECRET.decode())
    return JSONResponse({"secret": SECRET.decode(), "person": person.subject if person else None})


async def stream(socket: WebSocket) -> None:
    """Tells what Streamlit would see: its cookies, why there is none, and each message that came through."""
    await socket.accept()
    await socket.send_json([sorted(socket.cookies), socket.headers.get(ENDED_HEADER)])
    try:
        while True:
            await socket.send_json(len(await socket.receive_bytes()))
    except WebSocketDisconnect:
        pass


@pytest.fixture(scope="module")
def database(server: Server) -> Iterator[Database]:
    """One database for the whole module: each test signs in on its own."""
    server.run("CREATE DATABASE gate TEMPLATE {}", server.template)
    made = Database(server.url(server.app_url, "gate"))
    yield made
    made.close()
    server.run("DROP DATABASE gate WITH (FORCE)")


def latest(house: House, count: int) -> list[str]:
    """What the last events on the trail were, the latest last."""
    return [c.event.action for c in reversed(house.audit.latest(count))]


@pytest.fixture
def sign_ins(database: Database) -> SignInStore:
    return SignInStore(database)


@pytest.fixture
def client(sign_ins: SignInStore, clock: FixedClock) -> Iterator[TestClient]:
    gate = Middleware(Gate, rules=HeaderRules(URL), sign_ins=lambda: sign_ins, now=clock.now)
    methods = ["GET", "POST", "PUT", "DELETE"]
    app = Starlette(
        routes=[
            WebSocketRoute("/{rest:path}", stream),
            Route("/{rest:path}", everything, methods=methods),
        ],
        middleware=[gate],
    )
    with TestClient(app, base_url=URL, follow_redirects=False) as made:
        yield made


@pytest.fixture
def ada(client: TestClient) -> TestClient:
    """The same client, signed in as the provider's callback does it."""
    client.get("/oauth2callback")
    return client


def carry(client: TestClient, handle: object) -> None:
    claims = {"sid": handle, "origin": URL, "is_logged_in": True, "provider": "firstread", **ADA}
    client.cookies.set(streamlit_adapter.USER_COOKIE, streamlit_adapter.sign_cookie(claims))


# ── nobody ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", PROTECTED)
def test_req_1_nobody_gets_a_byte(client: TestClient, path: str):
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
        answer = client.request(method, path, headers={"origin": URL})
        assert answer.status_code in {303, 401, 403}, (method, path)
        assert SECRET not in answer.content


def test_req_1_an_address_nobody_thought_of_leads_to_the_sign_in_page(client: TestClient):
    answer = client.get("/reading")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert client.post("/reading", headers={"origin": URL}).status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/static/js/a.js",
        "/_stcore/bidi-components/firstread.drop_area/drop_area.js",
        "/p/token",
        "/healthz",
        "/readyz",
    ],
)
def test_what_shows_nothing_is_open(client: TestClient, path: str):
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("handle", ["made up", "", None, 7, ["x"]])
def test_req_11_a_cookie_that_never_passed_the_callback_names_nobody(client: TestClient, handle: object):
    """Even one signed with our own secret: the roles it claims are not read."""
    carry(client, handle)
    assert client.get("/api/x").status_code == 401


# ── somebody ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_callback_leaves_the_browser_a_bare_handle(ada: TestClient, house: House):
    assert ada.get("/api/x").json()["person"] == "ada"
    cookies = dict(ada.cookies)
    assert set(cookies) == {streamlit_adapter.USER_COOKIE}, "the tokens stay with the provider"
    claims = streamlit_adapter.read_cookie(cookies)
    assert set(claims) == {"sid", "origin", "is_logged_in", "provider"}
    assert latest(house, 1) == ["sign in"]


def test_req_15_the_sign_in_cookie_is_http_only_lax_and_short(client: TestClient):
    said = client.get("/oauth2callback").headers["set-cookie"]
    for piece in ("HttpOnly", "SameSite=Lax", "Max-Age=43200", "Path=/"):
        assert piece in said


def test_a_failed_sign_in_opens_nothing(sign_ins: SignInStore, clock: FixedClock, house: House):
    async def refused(_: Request) -> Response:
        answer = Response(status_code=302, headers={"location": "/"})
        answer.delete_cookie(streamlit_adapter.USER_COOKIE)
        return answer

    gate = Middleware(Gate, rules=HeaderRules(URL), sign_ins=lambda: sign_ins, now=clock.now)
    app = Starlette(routes=[Route("/oauth2callback", refused)], middleware=[gate])
    before = house.audit.head()
    assert TestClient(app, base_url=URL, follow_redirects=False).get("/oauth2callback").status_code == 302
    assert house.audit.head() == before


def test_req_11_a_replayed_cookie_is_dead_after_sign_out(ada: TestClient, house: House):
    stolen = dict(ada.cookies)
    assert ada.get("/auth/logout").status_code == 200
    ada.cookies.clear()
    ada.cookies.update(stolen)
    assert ada.get("/api/x").status_code == 401
    assert latest(house, 2) == ["sign in", "sign out"]


def test_another_site_cannot_sign_anybody_out(ada: TestClient):
    answer = ada.get("/auth/logout", headers={"sec-fetch-site": "cross-site"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert ada.get("/api/x").status_code == 200


def test_req_10_idle_for_15_minutes(ada: TestClient, clock: FixedClock):
    clock.advance(IDLE_FOR.total_seconds() - 1)
    assert ada.get("/api/x").status_code == 200, "looking is no click"
    clock.advance(1)
    assert ada.get("/api/x").status_code == 401


def test_req_10_an_upload_is_activity_and_twelve_hours_are_the_end(ada: TestClient, clock: FixedClock):
    for _ in range(51):
        clock.advance(14 * 60)
        assert ada.post("/api/x", headers={"origin": URL}).status_code == 200
    clock.advance(LASTS_FOR.total_seconds() - 51 * 14 * 60)
    assert ada.post("/api/x", headers={"origin": URL}).status_code == 401


# ── wrong doors ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": URL, "sec-fetch-site": "cross-site"}, 403),
        ({"origin": URL, "sec-fetch-site": "same-site"}, 403),
        ({"origin": URL}, 200),
        ({"origin": "null", "sec-fetch-site": "same-origin"}, 200),
    ],
)
def test_only_our_own_pages_change_anything(ada: TestClient, headers: dict[str, str], status: int):
    assert ada.post("/api/x", headers=headers).status_code == status
    assert ada.post("/p/token", headers=headers).status_code == status


@pytest.mark.parametrize("path", ["/_stcore/upload_file/s/1", "/_stcore/agent/mcp", "/_stcore/agent"])
def test_req_3_streamlits_own_uploads_are_closed_to_everybody(ada: TestClient, path: str):
    for method in ("GET", "PUT", "DELETE", "POST"):
        assert ada.request(method, path, headers={"origin": URL}).status_code == 403


def test_req_2_a_media_file_nobodys_screen_shows_is_not_there(ada: TestClient):
    assert ada.get("/media/0123.png").status_code == 404


def test_another_host_name_is_led_to_ours(client: TestClient):
    led = client.get("/", headers={"host": "localhost:9"})
    assert (led.status_code, led.headers["location"]) == (307, URL)
    assert client.get("/api/x", headers={"host": "evil.example"}).status_code == 421
    assert client.get("/healthz", headers={"host": "10.0.0.7"}).status_code == 200, "a probe asks by number"


def test_req_25_the_door_is_not_hammered(client: TestClient, clock: FixedClock):
    tries, window = LOGINS
    assert [client.get("/auth/login").status_code for _ in range(tries + 1)] == [200] * tries + [429]
    clock.advance((window + timedelta(seconds=1)).total_seconds())
    assert client.get("/auth/login").status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/api/x", "/media/1.png", "/reading", "/auth/login", "/_stcore/upload_file/a/b"]
)
def test_req_17_the_headers_are_on_refusals_too(client: TestClient, path: str):
    answer = client.get(path)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_a_failure_says_nothing_about_a_patient(ada: TestClient, caplog: pytest.LogCaptureFixture):
    answer = ada.get("/api/breaks")
    assert answer.status_code == 500
    assert SECRET not in answer.content
    assert SECRET.decode() not in caplog.text
    assert "ValueError at" in caplog.text


def test_without_a_database_nothing_is_shown(clock: FixedClock):
    def gone() -> SignInStore:
        raise DatabaseUnavailable("The database does not answer.")

    gate = Middleware(Gate, rules=HeaderRules(URL), sign_ins=gone, now=clock.now)
    app = Starlette(routes=[Route("/{rest:path}", everything)], middleware=[gate])
    client = TestClient(app, base_url=URL, follow_redirects=False)
    carry(client, "any")
    for path in ("/api/x", "/reading", "/auth/logout", "/oauth2callback"):
        answer = client.get(path)
        assert (answer.status_code, SECRET in answer.content) == (503, False)
        assert "set-cookie" not in answer.headers, "a sign-in that is not on record is none"


# ── websockets ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/api/x", "/media/1", "/", "/_stcore/stream/x"])
def test_a_websocket_opens_at_streamlits_own_address_only(ada: TestClient, path: str):
    with pytest.raises(WebSocketDisconnect), ada.websocket_connect(path):
        pass


def test_a_websocket_under_another_host_name_stays_closed(ada: TestClient):
    with (
        pytest.raises(WebSocketDisconnect),
        ada.websocket_connect("/_stcore/stream", headers={"host": "evil.example"}),
    ):
        pass


def test_req_11_streamlit_never_sees_a_dead_cookie(ada: TestClient):
    with ada.websocket_connect("/_stcore/stream") as socket:
        assert socket.receive_json() == [[streamlit_adapter.USER_COOKIE], None]
    stolen = dict(ada.cookies)
    ada.get("/auth/logout")
    ada.cookies.update({**stolen, streamlit_adapter.TOKENS_COOKIE: "t", "_streamlit_xsrf": "x"})
    said = {ENDED_HEADER: "a lie"}
    with ada.websocket_connect("/_stcore/stream", headers=said) as socket:
        assert socket.receive_json() == [["_streamlit_xsrf"], "signed out"]


def test_req_13_a_sign_out_closes_every_open_screen(ada: TestClient):
    with ada.websocket_connect("/_stcore/stream") as one, ada.websocket_connect("/_stcore/stream") as two:
        for socket in (one, two):
            socket.receive_json()
        ada.get("/auth/logout")
        for socket in (one, two):
            with pytest.raises(WebSocketDisconnect) as closed:
                socket.receive_json()
            assert closed.value.code == SIGNED_OUT


def test_req_13_a_sign_in_that_was_ended_elsewhere_ends_with_the_next_message(
    ada: TestClient, sign_ins: SignInStore, clock: FixedClock
):
    with ada.websocket_connect("/_stcore/stream") as socket:
        socket.receive_json()
        socket.send_bytes(CLICK)
        assert socket.receive_json() == len(CLICK)
        handle = streamlit_adapter.read_cookie(dict(ada.cookies))["sid"]
        sign_in.close_record(sign_ins, sign_in.who(sign_ins, handle, clock.now()).record, clock.now())
        socket.send_bytes(REFRESH)
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
        assert closed.value.code == SIGNED_OUT


def test_req_10_clicks_keep_a_sign_in_alive_and_refreshes_do_not(ada: TestClient, clock: FixedClock):
    with ada.websocket_connect("/_stcore/stream") as socket:
        socket.receive_json()
        for _ in range(3):
            clock.advance(14 * 60)
            for message in (REFRESH, CLICK):
                socket.send_bytes(message)
                assert socket.receive_json() == len(message)
        for _ in range(14):
            clock.advance(60)
            socket.send_bytes(REFRESH)
            socket.receive_json()
        clock.advance(60)
        socket.send_bytes(REFRESH)
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
        assert closed.value.code == SIGNED_OUT


def test_req_10_a_page_that_opens_its_socket_again_is_no_click(ada: TestClient, clock: FixedClock):
    for _ in range(2):
        clock.advance(8 * 60 - 30)
        with ada.websocket_connect("/_stcore/stream") as socket:
            socket.receive_json()
            socket.send_bytes(CLICK)
            socket.receive_json()
    clock.advance(60)
    assert ada.get("/api/x").status_code == 401


def test_what_no_page_of_ours_sends_does_not_arrive(ada: TestClient):
    with ada.websocket_connect("/_stcore/stream") as socket:
        socket.receive_json()
        socket.send_bytes(BackMsg(clear_cache=True).SerializeToString())
        socket.send_text("hello")
        socket.send_bytes(REFRESH)
        assert socket.receive_json() == len(REFRESH)


def test_req_4_nobody_has_something_long_to_say(client: TestClient):
    long = BackMsg(rerun_script={"query_string": "x" * 70_000}).SerializeToString()
    with client.websocket_connect("/_stcore/stream") as socket:
        assert socket.receive_json() == [[], "nobody"]
        socket.send_bytes(CLICK)
        assert socket.receive_json() == len(CLICK)
        socket.send_bytes(long)
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
        assert closed.value.code == TOO_BIG
