"""Notices to another program: signed JSON to one address, so that a pager or a chat can be rung."""

import hmac
import time
from collections.abc import Callable
from hashlib import sha256
from http import HTTPStatus

import httpx

from dashboard.notices.letter import Letter, NotSent

TIMEOUT_S = 10.0
SIGNATURE, KEY = "Firstread-Signature", "Idempotency-Key"
_AGAIN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


def signature(secret: str, at: int, body: bytes) -> str:
    """What proves that a body came from this installation at a moment: `t=<unix seconds>,v1=<HMAC-SHA256, hex>`.

    The seconds are signed with the body, so that an old notice cannot be played again later.
    """
    proof = hmac.new(secret.encode(), f"{at}.".encode() + body, sha256).hexdigest()
    return f"t={at},v1={proof}"


def send(url: str, secret: str, letter: Letter, clock: Callable[[], float] = time.time) -> None:
    """Post one letter; an answer from 200 to 299 means that it was taken.

    Nothing but the address that was set is contacted: no redirect, no proxy, no password file is followed.

    Raises: NotSent.
    """
    body = letter.body
    headers = {
        "Content-Type": "application/json",
        SIGNATURE: signature(secret, int(clock()), body),
        KEY: letter.key,
    }
    try:
        answer = httpx.post(
            url, content=body, headers=headers, timeout=TIMEOUT_S, follow_redirects=False, trust_env=False
        )
    except httpx.HTTPError as away:
        raise NotSent("The webhook did not answer.", passing=True) from away
    if not answer.is_success:
        code = answer.status_code
        raise NotSent(f"The webhook answered {code}.", passing=code >= 500 or code in _AGAIN)
