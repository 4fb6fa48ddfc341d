"""One request: who asks, in which language, and what the browser is left with."""

from dataclasses import replace
from http.cookies import SimpleCookie

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from consent.wording import Operator
from dashboard.patient.asking import LARGEST_FORM, Asking, operator_of, sent_fields
from dashboard.patient.link import Seal, Visit
from dashboard.settings import Settings
from tests.builders import NOW, PATIENT_ID
from triage.stores import Invitation

SEAL = Seal("k" * 40)
VISIT = Visit("t" * 43, Invitation("0" * 64, PATIENT_ID, None, NOW, 5, used=False))


@pytest.fixture
def client():
    async def echo(request: Request) -> Response:
        return JSONResponse(await sent_fields(request))

    return TestClient(Starlette(routes=[Route("/", echo, methods=["POST"])]))


def settings(tmp_path, **changes):
    return Settings(**({"home": tmp_path, "cookie_secret": "k" * 40} | changes))


def asking(tmp_path, fields=None, *, query=b"", cookie=b"", **changes):
    scope = {
        "type": "http",
        "method": "GET" if fields is None else "POST",
        "path": "/p/x",
        "query_string": query,
        "headers": [(b"cookie", cookie)],
        "path_params": {"token": "t" * 43},
        "client": ("198.51.100.7", 5000),
    }
    return Asking(Request(scope), SEAL, settings(tmp_path, **changes), fields)


def cookies(page):
    found = SimpleCookie()
    for name, value in page.raw_headers:
        if name == b"set-cookie":
            found.load(value.decode())
    return found


def test_a_form_is_read_as_text(client):
    assert client.post("/", data={"name": "Мария & Co", "empty": ""}).json() == {
        "name": "Мария & Co",
        "empty": "",
    }


def test_bytes_that_are_no_text_do_no_harm(client):
    assert client.post("/", content=b"name=%ff%fe&x=\xff").status_code == 200


def test_req_4_a_form_larger_than_any_of_ours_is_not_read(client):
    answer = client.post("/", content=b"name=" + b"x" * LARGEST_FORM)
    assert (answer.status_code, answer.text) == (413, "This form is too large.")


def test_a_form_with_endless_fields_is_refused(client):
    assert client.post("/", content="&".join(f"f{i}=1" for i in range(50))).status_code == 400


def test_the_operator_is_the_one_in_the_settings(tmp_path):
    named = settings(tmp_path, operator="Northfield Hospital", operator_contact="+00 123 456")
    assert operator_of(named, "ru") == Operator("Northfield Hospital", "+00 123 456")


@pytest.mark.parametrize("half", [{}, {"operator": "Northfield"}, {"operator_contact": "+00"}])
def test_nobody_is_asked_in_the_name_of_nobody(tmp_path, half):
    unnamed = settings(tmp_path, **half)
    assert operator_of(unnamed, "en") is None
    assert operator_of(replace(unnamed, demo=True), "en").name == "Firstread demo clinic"


def test_a_first_look_leaves_a_nonce_and_a_form_that_proves_it(tmp_path):
    first = asking(tmp_path)
    nonce = cookies(first.leave(Response()))["firstread_form"]
    assert (nonce["path"], nonce["httponly"], nonce["samesite"]) == ("/p", True, "lax")
    sent = asking(
        tmp_path, {"form_token": first.frame.form_token}, cookie=f"firstread_form={nonce.value}".encode()
    )
    assert sent.from_our_page
    assert "firstread_form" not in cookies(sent.leave(Response()))


def test_a_form_without_nonce_or_with_anothers_is_not_from_our_page(tmp_path):
    token = asking(tmp_path, cookie=b"firstread_form=mine").frame.form_token
    assert not asking(tmp_path, {"form_token": token}).from_our_page
    assert not asking(tmp_path, {"form_token": token}, cookie=b"firstread_form=yours").from_our_page
    assert not asking(tmp_path, {}, cookie=b"firstread_form=mine").from_our_page


def test_a_chosen_language_is_remembered_and_a_form_keeps_its_own(tmp_path):
    chosen = asking(tmp_path, query=b"language=ru")
    assert cookies(chosen.leave(Response()))["firstread_language"].value == "ru"
    assert asking(tmp_path, {"language": "en"}, cookie=b"firstread_language=ru").language == "en"
    assert asking(tmp_path, cookie=b"firstread_language=ru").language == "ru"


def test_req_15_the_visit_cookie_is_short_and_kept_from_scripts(tmp_path):
    visit = cookies(asking(tmp_path).admit(Response(), "t" * 43, VISIT, NOW))["firstread_visit"]
    assert (visit["path"], visit["httponly"], visit["samesite"]) == ("/p", True, "lax")
    assert int(visit["max-age"]) <= 900
    assert not visit["secure"]


def test_req_15_behind_tls_every_cookie_is_for_tls_alone(tmp_path):
    page = asking(tmp_path, query=b"language=ru", url="https://firstread.example").admit(
        Response(), "t" * 43, VISIT, NOW
    )
    found = cookies(page)
    assert set(found) == {"firstread_visit", "firstread_form", "firstread_language"}
    assert all(cookie["secure"] for cookie in found.values())


def test_going_on_means_a_page_with_an_address_of_its_own(tmp_path):
    onward = asking(tmp_path, {}).send_on(VISIT, "/p/next", "signed", NOW)
    assert (onward.status_code, onward.headers["location"]) == (303, "/p/next?done=signed")
    assert onward.headers["referrer-policy"] == "no-referrer"


def test_the_address_is_the_callers(tmp_path):
    assert asking(tmp_path).address == "198.51.100.7"
