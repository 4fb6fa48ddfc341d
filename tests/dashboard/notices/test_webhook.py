"""Against a real HTTP server on this machine."""

import hmac
from hashlib import sha256

import pytest

from dashboard.notices import webhook
from dashboard.notices.letter import NotSent
from tests.dashboard.notices.conftest import SECRET


def test_what_arrives_is_the_letter_with_a_signature_that_its_receiver_can_check(hook, letter):
    webhook.send(hook.url, SECRET, letter, clock=lambda: 1_795_248_000.9)
    ((headers, body),) = hook.posted
    assert body == letter.body
    assert headers["content-type"] == "application/json"
    assert headers["idempotency-key"] == letter.key
    proof = hmac.new(SECRET.encode(), b"1795248000." + body, sha256).hexdigest()
    assert headers["firstread-signature"] == f"t=1795248000,v1={proof}"


def test_another_body_another_moment_or_another_secret_is_another_signature():
    signed = {
        webhook.signature(SECRET, 1, b"{}"),
        webhook.signature(SECRET, 2, b"{}"),
        webhook.signature(SECRET, 1, b"[]"),
        webhook.signature("x" * 32, 1, b"{}"),
    }
    assert len(signed) == 4


@pytest.mark.parametrize(
    ("code", "passing"), [(500, True), (503, True), (429, True), (408, True), (404, False), (302, False)]
)
def test_an_answer_that_is_no_yes_is_a_failure(hook, letter, code, passing):
    hook.answers = [code]
    with pytest.raises(NotSent, match=str(code)) as caught:
        webhook.send(hook.url, SECRET, letter)
    assert caught.value.passing is passing
    assert len(hook.posted) == 1, "no redirect is followed"


def test_a_receiver_that_is_not_there_is_said_so(letter):
    with pytest.raises(NotSent, match="did not answer") as caught:
        webhook.send("http://127.0.0.1:1", SECRET, letter)
    assert caught.value.passing


def test_no_proxy_and_no_password_file_of_the_machine_come_into_it(hook, letter, monkeypatch, tmp_path):
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login ada password word\n", "utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    webhook.send(hook.url, SECRET, letter)
    ((headers, _),) = hook.posted
    assert "authorization" not in headers
