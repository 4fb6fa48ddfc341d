"""The demo's provider signs in its three people over HTTP, for its one client, on loopback."""

import base64
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from dashboard import children, provider

ROOT = Path(__file__).parents[2]
BACK = "http://127.0.0.1:9/oauth2callback"


def answers(url):
    try:
        return ask(url)[0] == 200
    except OSError:
        return False


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args):
        return None


ASK = urllib.request.build_opener(Stay)


def ask(url, **fields):
    """Status, headers and text of an answer; a redirect is an answer."""
    data = urllib.parse.urlencode(fields).encode() if fields else None
    try:
        with ASK.open(url, data, timeout=10) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = tmp_path_factory.mktemp("provider")
    arguments = ["-m", "dashboard.provider", str(port), BACK]
    child = children.start("provider", arguments, {"FIRSTREAD_DEMO": "1"}, home)
    try:
        deadline = time.monotonic() + 60
        while not answers(provider.metadata_url(port)):
            child.check()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield port
    finally:
        children.stop([child])


@pytest.fixture(scope="module")
def client(port):
    return provider.register(port, BACK)


def authorize(port, client_id, redirect_uri=BACK):
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": "openid profile email",
        "state": "s",
        "nonce": "n",
    }
    return f"http://127.0.0.1:{port}/oauth2/authorize?{urllib.parse.urlencode(query)}"


def claims(port, client, subject):
    status, headers, _ = ask(authorize(port, client[0]), sub=subject)
    assert status == 302
    code = urllib.parse.parse_qs(urllib.parse.urlsplit(headers["Location"]).query)["code"][0]
    form = urllib.parse.urlencode(
        {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    ).encode()
    proof = base64.b64encode(":".join(client).encode()).decode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/oauth2/token", form, {"Authorization": f"Basic {proof}"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        token = json.load(answer)["id_token"]
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


@pytest.mark.parametrize("person", provider.PEOPLE, ids=lambda p: p.subject)
def test_each_person_gets_their_roles_in_the_id_token(port, client, person):
    said = claims(port, client, person.subject)
    assert (said["sub"], said["name"], said["roles"]) == (person.subject, person.name, sorted(person.roles))
    assert said["auth_time"] <= said["exp"]


def test_the_sign_in_page_offers_the_people_and_loads_nothing_from_elsewhere(port, client):
    _, _, page = ask(authorize(port, client[0]))
    assert all(f'value="{p.subject}"' in page and p.name in page for p in provider.PEOPLE)
    assert "DEMO" in page
    assert "http" not in page.replace("http://127.0.0.1", "")


def test_nobody_else_can_sign_in(port, client):
    assert ask(authorize(port, client[0]), sub="mallory@demo")[0] == 403


def test_nobody_can_give_themselves_a_role(port):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/users/clinician@demo", b'{"roles": ["administrator"]}', method="PUT"
    )
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(request, timeout=10)


def test_an_unknown_client_is_refused(port):
    assert ask(authorize(port, "stranger"))[0] == 400


def test_a_client_is_sent_back_to_its_own_address_only(port, client):
    status, headers, _ = ask(authorize(port, client[0], "http://127.0.0.1:9/elsewhere"), sub="clinician@demo")
    assert not (status == 302 and "code=" in headers.get("Location", ""))


def test_no_second_client_can_be_made(port):
    with pytest.raises(urllib.error.HTTPError, match="403"):
        provider.register(port, "http://127.0.0.1:9/another")


def test_signing_out_leads_back(port):
    status, headers, _ = ask(
        f"http://127.0.0.1:{port}/oauth2/end_session?post_logout_redirect_uri=http://evil.example"
    )
    assert (status, headers["Location"]) == (302, BACK)


def test_it_runs_in_a_demo_only():
    environment = {k: v for k, v in os.environ.items() if k != "FIRSTREAD_DEMO"}
    refused = subprocess.run(
        [sys.executable, "-m", "dashboard.provider", "0", BACK],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert refused.returncode != 0
    assert "runs in a demo only" in refused.stderr
