"""The whole application in its own process, asked by programs: what Streamlit would show anybody, and what we do."""

import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import psutil
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from dashboard import asgi, boot, streamlit_adapter
from dashboard.api import errors, images, uploads
from dashboard.live import SIGNED_OUT
from db.connection import Database
from tests.browser.running import Running, serving
from tests.conftest import Server
from tests.films import a_film

ROOT = Path(__file__).parents[2]
PAGE = '<div id="root">'


@pytest.fixture(scope="module")
def running(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home, name = tmp_path_factory.mktemp("asgi"), "asgi"
    server.run("CREATE DATABASE {} TEMPLATE {}", name, server.template)
    app_url = server.url(server.app_url, name)
    database = Database(app_url)
    try:
        with serving(home, database, app_url) as live:
            live.receive("A-1")
            yield live
    finally:
        database.close()
        server.run("DROP DATABASE {} WITH (FORCE)", name)


def stream(running: Running, client: httpx.Client, origin: str = ""):
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    return connect(
        f"{running.url.replace('http', 'ws')}/_stcore/stream",
        origin=origin or running.url,
        subprotocols=["streamlit", client.cookies.get("_streamlit_xsrf", "x")],
        additional_headers={"cookie": cookies} if cookies else {},
        open_timeout=20,
        max_size=None,
    )


def run_message(**fields) -> bytes:
    return BackMsg(rerun_script={"query_string": "", **fields}).SerializeToString()


def hear(socket, until: str, patience_s: float = 20) -> str:
    """What a screen says, until a word of it has come."""
    said, deadline = "", time.monotonic() + patience_s
    while until not in said and time.monotonic() < deadline:
        said += socket.recv(timeout=patience_s).decode("utf-8", "replace")
    return said


# ── nobody ────────────────────────────────────────────────────────────────────────────────────────────


def test_req_1_nobody_gets_more_than_the_page(running: Running):
    study = running.house.studies.worklist(1)[0].study
    known = [study.study_uid, study.patient.name, study.patient.patient_id.value, study.accession_number]
    paths = [route.path for module in (uploads, images, errors) for route in module.routes()]
    paths = [p.replace("{study_uid}", study.study_uid).replace("{rest:path}", "x") for p in paths]
    paths += ["/", "/reading", "/worklist", "/audit_trail", "/media/0123.png", "/_stcore/metrics", "/docs"]
    paths += [
        "/_stcore/script-health-check",
        "/_stcore/agent/openapi.json",
        "/_stcore/host-config",
        "/app/static/x",
    ]
    paths += [
        "/_stcore/upload_file/s/f",
        "/views/reading.py",
        "/.streamlit/config.toml",
        "//evil.example",
        "/healthz",
    ]
    with running.client() as nobody:
        for path in paths:
            for method in ("GET", "POST", "PUT", "DELETE"):
                answer = nobody.request(method, path)
                assert answer.status_code in {200, 303, 400, 401, 403, 404, 405}, (method, path)
                assert not [word for word in known if word in answer.text], (method, path)
                if answer.status_code == 200:
                    assert PAGE in answer.text or path in {"/_stcore/host-config", "/healthz"}, (method, path)


@pytest.mark.parametrize(
    "detour", ["/static/../{}", "/static/%2e%2e/{}", "/p/../{}", "//{}", "/./{}", "/%61pi/x/../../{}"]
)
def test_req_1_no_detour_leads_around_the_gate(running: Running, detour: str):
    uid = running.house.studies.worklist(1)[0].study.study_uid
    wire = HTTPConnection(urlsplit(running.url).netloc, timeout=20)  # it sends an address as it is written
    wire.request("GET", detour.format(f"api/studies/{uid}/film.png"))
    answer = wire.getresponse()
    body = answer.read()
    wire.close()
    assert answer.status in {303, 400, 401, 404} or PAGE.encode() in body
    assert not body.startswith(b"\x89PNG")


def test_a_deep_link_shows_nobody_but_the_sign_in_page(running: Running):
    with running.client() as nobody:
        assert nobody.get("/reading").headers["location"] == "/"
        nobody.get("/_stcore/health")
        for script in ({}, {"page_name": "reading"}, {"page_name": "audit_trail"}):
            with stream(running, nobody) as socket:
                socket.send(run_message(**script))
                said = hear(socket, "Sign in")
        assert "A first read for every chest radiograph" in said
        assert "Back to the worklist" not in said


def test_req_4_an_anonymous_visitor_cannot_grow_memory(running: Running):
    (server,) = [
        p for p in psutil.Process().children(recursive=True) if "dashboard.asgi:app" in " ".join(p.cmdline())
    ]
    with running.client() as nobody:
        before = server.memory_info().rss
        for number in range(10):
            answer = nobody.put(f"/_stcore/upload_file/session/{number}", content=bytes(20_000_000))
            assert answer.status_code == 403
        grown = server.memory_info().rss - before
    assert grown < 10_000_000


def test_req_9_a_websocket_of_another_site_is_refused(running: Running):
    with running.client("clinician@demo") as ada, pytest.raises(InvalidStatus) as refused:
        stream(running, ada, origin="https://evil.example")
    assert refused.value.response.status_code == 403


# ── somebody ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_provider_is_asked_for_roles_and_told_the_exact_way_back(running: Running):
    with running.client() as nobody:
        asked = nobody.get("/auth/login", params={"provider": running.provider_token()}).headers["location"]
    parts = parse_qs(urlsplit(asked).query)
    assert asked.startswith(running.provider)
    assert parts["redirect_uri"] == [f"{running.url}/oauth2callback"]
    assert "roles" in json.loads(parts["claims"][0])["id_token"], "or Streamlit never hears of them"
    assert parts["prompt"] == ["login"]
    assert parts["state"]
    assert parts["nonce"]


def test_req_15_cookies_are_short_http_only_and_lax(running: Running):
    with running.client("clinician@demo") as ada:
        held = {cookie.name: cookie for cookie in ada.cookies.jar}
        assert streamlit_adapter.TOKENS_COOKIE not in held
        asked = ada.get("/auth/login", params={"provider": running.provider_token()})
    assert held[streamlit_adapter.USER_COOKIE].expires - time.time() <= 12 * 3600 + 1
    assert held[streamlit_adapter.USER_COOKIE].has_nonstandard_attr("HttpOnly")
    pieces = {piece.strip().lower() for piece in asked.headers["set-cookie"].split(";")}
    assert {"httponly", "samesite=lax", "max-age=43200"} <= pieces


def test_a_clinician_sees_the_film_an_administrator_does_not(running: Running):
    uid = running.house.studies.worklist(1)[0].study.study_uid
    url = f"/api/studies/{uid}/film.png"
    with running.client("clinician@demo") as ada, running.client("admin@demo") as robin:
        seen = ada.get(url)
        assert (seen.status_code, seen.headers["content-type"]) == (200, "image/png")
        assert seen.headers["cache-control"] == "private, no-store"
        assert robin.get(url).status_code == 403


def test_an_upload_arrives(running: Running):
    with running.client("clinician@demo") as ada:
        answer = ada.post("/api/uploads", files={"files": ("a.dcm", a_film("A-UP"))})
    assert [o["outcome"] for o in answer.json()] == ["accepted"], answer.text
    assert running.house.studies.by_accession("A-UP") == answer.json()[0]["study_uid"]


def test_req_11_signed_out_everywhere_at_once(running: Running):
    with running.client("clinician@demo") as ada:
        ada.get("/_stcore/health")
        stolen = httpx.Cookies(ada.cookies)
        with stream(running, ada) as socket:
            socket.send(run_message())
            hear(socket, "Dr. Ada Keller")
            away = threading.Timer(0.2, lambda: ada.get("/auth/logout"))
            away.start()
            began = time.monotonic()
            with pytest.raises(ConnectionClosed) as closed:
                hear(socket, "nothing of the kind")
            assert closed.value.rcvd.code == SIGNED_OUT
            assert time.monotonic() - began < 2
            away.join()
        with running.client() as thief:
            thief.cookies = stolen
            assert thief.get("/api/uploads").status_code == 401
            with stream(running, thief) as socket:
                socket.send(run_message())
                assert "You are signed out" in hear(socket, "signed out")


def test_req_7_whoever_knows_the_cookie_secret_is_still_nobody(running: Running):
    """Forged with the server's own secret, as an administrator, with a made-up handle."""
    forged = {
        "is_logged_in": True,
        "origin": running.url,
        "provider": boot.PROVIDER,
        "sub": "admin@demo",
        "roles": ["administrator"],
        "sid": secrets.token_urlsafe(32),
    }
    value = streamlit_adapter.create_signed_value(
        running.cookie_secret, streamlit_adapter.USER_COOKIE, json.dumps(forged)
    )
    with running.client() as thief:
        thief.cookies.set(streamlit_adapter.USER_COOKIE, value.decode())
        thief.get("/_stcore/health")
        assert thief.get("/api/uploads").status_code == 401
        with stream(running, thief) as socket:
            socket.send(run_message())
            assert "Audit trail" not in hear(socket, "Sign in")


def test_req_32_the_log_holds_no_secret_and_no_patient(running: Running):
    with running.client("clinician@demo") as ada:
        ada.get("/reading", params={"q": "Vale-Maren"})
        handle = ada.cookies[streamlit_adapter.USER_COOKIE]
    log = running.log.read_text("utf-8")
    for word in ("code=", "state=", "Vale-Maren", handle, "Test^A-1", running.cookie_secret):
        assert word not in log


# ── start ─────────────────────────────────────────────────────────────────────────────────────────────


def start(server: Server, folder: Path, **said: str) -> str:
    """Start the application in a folder, as far as it goes; answers why it did not."""
    environment = {
        "FIRSTREAD_HOME": str(folder),
        "FIRSTREAD_DATABASE_URL": server.url(server.app_url, "asgi"),
        "FIRSTREAD_COOKIE_SECRET": secrets.token_hex(32),
        "FIRSTREAD_OIDC_METADATA_URL": "http://127.0.0.1:1/.well-known/openid-configuration",
        "FIRSTREAD_OIDC_CLIENT_ID": "firstread",
        "FIRSTREAD_OIDC_CLIENT_SECRET": "s",
        **said,
    }
    command = [sys.executable, "-c", "from dashboard import asgi; asgi.app()"]
    ended = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return ended.stderr if ended.returncode else ""


@pytest.mark.usefixtures("running")
def test_req_16_it_starts_only_with_a_secret_worth_the_name(server: Server, tmp_path: Path):
    assert start(server, tmp_path) == ""
    for secret in ("short", ""):
        said = start(server, tmp_path, FIRSTREAD_COOKIE_SECRET=secret)
        assert "SettingsError" in said
        assert "FIRSTREAD_COOKIE_SECRET" in said


@pytest.mark.usefixtures("running")
def test_req_18_a_users_own_config_cannot_open_a_door(server: Server, tmp_path: Path):
    (tmp_path / ".streamlit").mkdir()
    own = tmp_path / ".streamlit" / "config.toml"
    own.write_text('[server.trustedUserHeaders]\nX-User = "sub"\n')
    assert "server.trustedUserHeaders" in start(server, tmp_path)
    own.write_text("[server]\nenableCORS = false\nenableXsrfProtection = false\n")
    assert start(server, tmp_path) == "", "ours has the last word"


def test_the_script_lies_beside_the_application():
    assert asgi.SCRIPT.is_file()
