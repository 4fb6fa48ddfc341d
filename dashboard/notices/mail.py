"""Notices by mail, through the hospital's own server."""

import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from dashboard.notices.letter import Letter, NotSent
from dashboard.settings import LOOPBACK

TIMEOUT_S = 10.0
_PORTS = {"smtp": 25, "smtps": 465}


def send(smtp_url: str, sender: str, letter: Letter) -> None:
    """Send one letter; a server that is not this machine must offer TLS with a certificate that holds.

    Args:
        smtp_url: as `Settings.notices.smtp_url`.
        sender: the address it comes from.
        letter: with at least one address to go to.

    Raises: NotSent.
    """
    if not letter.to:
        raise NotSent(
            "Nobody on the call list has a mail address, and FIRSTREAD_NOTICE_TO is empty.", passing=False
        )
    try:
        with _server(smtp_url) as server:
            refused = server.send_message(_message(sender, letter))
    except smtplib.SMTPResponseException as said:
        raise NotSent(
            f"The mail server refused it ({said.smtp_code}).", passing=said.smtp_code < 500
        ) from said
    except smtplib.SMTPRecipientsRefused as said:
        codes = {code for code, _ in said.recipients.values()}
        raise NotSent(
            f"The mail server refused every address ({min(codes)}).", passing=min(codes) < 500
        ) from said
    except ssl.SSLError as untrusted:
        raise NotSent("The mail server's certificate does not hold.", passing=False) from untrusted
    except smtplib.SMTPNotSupportedError as plain:
        raise NotSent(
            "The mail server offers no TLS; nothing was sent in the clear.", passing=False
        ) from plain
    except (OSError, smtplib.SMTPException) as away:
        raise NotSent("The mail server did not answer.", passing=True) from away
    if refused:
        raise NotSent(f"The mail server refused {len(refused)} of {len(letter.to)} addresses.", passing=False)


def _server(smtp_url: str) -> smtplib.SMTP:
    parts = urlsplit(smtp_url)
    host, port = str(parts.hostname), parts.port or _PORTS[parts.scheme]
    trusted = ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=trusted)
    else:
        server = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
    try:
        if parts.scheme == "smtp" and host not in LOOPBACK:
            server.starttls(context=trusted)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except (OSError, smtplib.SMTPException):
        server.close()
        raise
    return server


def _message(sender: str, letter: Letter) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, ", ".join(letter.to), letter.subject
    message["Message-ID"] = f"<{letter.key}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message
