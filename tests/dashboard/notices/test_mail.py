"""Against a real SMTP server on this machine."""

import email
from dataclasses import replace

import pytest
from aiosmtpd.smtp import AuthResult

from dashboard.notices import mail
from dashboard.notices.letter import NotSent

SENDER = "firstread@hospital.example"


def test_a_letter_arrives_whole(mail_server, letter):
    box = mail_server()
    mail.send(box.url, SENDER, replace(letter, to=("ward7@hospital.example", "oncall@hospital.example")))
    (envelope,) = box.arrived
    assert (envelope.mail_from, envelope.rcpt_tos) == (
        SENDER,
        ["ward7@hospital.example", "oncall@hospital.example"],
    )
    message = email.message_from_bytes(envelope.content)
    assert message["Subject"] == letter.subject
    assert message["Message-ID"] == f"<{letter.key}@hospital.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_payload().replace("\r\n", "\n").strip() == letter.text.strip()


def test_it_signs_in_with_the_words_of_the_address(mail_server, letter):
    seen = []

    def check(_server, _session, _envelope, _mechanism, auth):
        seen.append((auth.login, auth.password))
        return AuthResult(success=True)

    box = mail_server(authenticator=check, auth_require_tls=False)
    mail.send(box.url.replace("://", "://ward%407:p%2Fw@"), SENDER, letter)
    assert seen == [(b"ward@7", b"p/w")]
    assert len(box.arrived) == 1


@pytest.mark.parametrize(("answer", "passing"), [("451 try later", True), ("554 no", False)])
def test_a_refusal_is_a_sentence_and_says_whether_to_try_again(mail_server, letter, answer, passing):
    box = mail_server()
    box.answer = answer
    with pytest.raises(NotSent, match=rf"refused it \({answer[:3]}\)") as caught:
        mail.send(box.url, SENDER, letter)
    assert caught.value.passing is passing


def test_addresses_that_are_not_known_are_a_failure_even_when_another_is(mail_server, letter):
    box = mail_server()
    box.refuse = frozenset({"ward7@hospital.example"})
    with pytest.raises(NotSent, match="every address"):
        mail.send(box.url, SENDER, letter)
    with pytest.raises(NotSent, match="1 of 2"):
        mail.send(box.url, SENDER, replace(letter, to=(*letter.to, "oncall@hospital.example")))


def test_a_server_that_is_not_there_is_said_so(letter):
    with pytest.raises(NotSent, match="did not answer") as caught:
        mail.send("smtp://127.0.0.1:1", SENDER, letter)
    assert caught.value.passing


def test_to_another_machine_nothing_goes_in_the_clear(mail_server, letter):
    """127.0.0.2 is not this machine's own name for itself, so it counts as another one; it offers no TLS."""
    box = mail_server("127.0.0.2")
    with pytest.raises(NotSent, match="no TLS"):
        mail.send(box.url, SENDER, letter)
    assert box.arrived == []


def test_a_letter_to_nobody_is_a_failure_that_names_the_setting(mail_server, letter):
    box = mail_server()
    with pytest.raises(NotSent, match="FIRSTREAD_NOTICE_TO"):
        mail.send(box.url, SENDER, replace(letter, to=()))
    assert box.tries == 0
