"""A model behind an address: any server that speaks the OpenAI way, asked carefully and never trusted far.

What leaves is the film as a picture without a header, and words about a decade, a sex, bedside values and findings. No
name, number or date leaves. Letters burnt into the pixels would, so a film that may carry some is not for such a server.
"""

import base64
import json
import logging
import math
import ssl
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from typing import Any

import httpx
from PIL.Image import Image
from pybreaker import CircuitBreaker, CircuitBreakerError
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    wait_exponential_jitter,
)

from triage.errors import ReaderFailed
from triage.reading import ModelIdentity

log = logging.getLogger(__name__)
LARGEST_ANSWER = 1024**2
"""Bytes; a text of a few hundred words and twenty log probabilities are a hundredth of it."""
TRIES, LONGEST_PAUSE_S = 3, 10.0
FAILURES, REST_S = 3, 30.0
"""After so many requests in a row that failed with all their tries, the server is left alone for so many seconds."""
_TOP = 20
_PASSING = {408, 425, 429, 500, 502, 503, 504}
_PERSON = "a person will read this film"


@dataclass(frozen=True)
class Server:
    """Where a model is served, what it is called there, and the key that opens it."""

    url: str
    name: str
    key: str | None = field(default=None, repr=False)

    @property
    def host(self) -> str:
        return httpx.URL(self.url).netloc.decode()


class ServerFailed(ReaderFailed):
    """The server did not answer, or not in a way that can be read."""


class _Passing(ServerFailed):
    """It may answer if it is asked again; `after_s` is how long it wants to be left alone."""

    def __init__(self, says: str, after_s: float = 0.0) -> None:
        super().__init__(says)
        self.after_s = after_s


class Refused(ReaderFailed):
    """The server works and will not do this, however often it is asked."""


class ServedRespondent:
    """Puts questions about a film to a server, and lets it write; the port is `engine.general.Respondent`."""

    precision = "served"

    def __init__(
        self, server: Server, *, patience_s: float = 60.0, pause_s: float = 0.5, rest_s: float = REST_S
    ) -> None:
        self._server, self._patience_s, self._pause_s = server, patience_s, pause_s
        self._client = _client(server, patience_s)
        self._breaker = CircuitBreaker(
            FAILURES, rest_s, exclude=[Refused], throw_new_error_on_trip=False, name="model server"
        )
        # Nobody can hash weights from outside: this names the server and the model, not its bytes.
        named = sha256(f"{server.url}|{server.name}".encode()).hexdigest()
        self.identity = ModelIdentity(f"{server.name} at {server.host}", named, 0)

    def yes_over_no(self, film: Image, context: str, questions: Sequence[str]) -> list[float]:
        """Ask many questions about one film; the film stands first, so that a server can keep what it saw."""
        picture = _data_url(film)
        options = {"max_tokens": 1, "logprobs": True, "top_logprobs": _TOP}
        asked = (self._chat(f"{context}\n{question}", picture, options) for question in questions)
        return [_yes_over_no(choice) for choice in asked]

    def write(self, film: Image | None, requests: Sequence[str], most: int) -> list[str]:
        """Let the server write one text per request."""
        picture = _data_url(film) if film is not None else None
        return [_text(self._chat(request, picture, {"max_tokens": most})) for request in requests]

    def _chat(self, words: str, picture: str | None, options: dict[str, object]) -> dict[str, Any]:
        content: list[dict[str, object]] = [{"type": "text", "text": words}]
        if picture is not None:
            content.insert(0, {"type": "image_url", "image_url": {"url": picture}})
        body = {
            "model": self._server.name,
            "messages": [{"role": "user", "content": content}],
            "temperature": 0,
            "seed": 0,
            **options,
        }
        try:
            answer = self._breaker.call(self._try, body)
        except CircuitBreakerError as open_now:
            raise ServerFailed(
                f"The model server failed {FAILURES} times in a row and is left alone for a while; {_PERSON}."
            ) from open_now
        return _first_choice(answer)

    def _try(self, body: dict[str, object]) -> dict[str, Any]:
        again = Retrying(
            retry=retry_if_exception_type(_Passing),
            stop=stop_after_attempt(TRIES) | stop_after_delay(self._patience_s),
            wait=self._pause,
            reraise=True,
        )
        return again(_ask, self._client, "chat/completions", body, self._patience_s)

    def _pause(self, state: RetryCallState) -> float:
        failed = state.outcome.exception() if state.outcome else None
        log.warning("the model server failed, try %d of %d", state.attempt_number, TRIES)
        wanted = failed.after_s if isinstance(failed, _Passing) else 0.0
        mine = wait_exponential_jitter(max=LONGEST_PAUSE_S, jitter=self._pause_s, multiplier=self._pause_s)(
            state
        )
        return min(max(wanted, mine), LONGEST_PAUSE_S)


def names(server: Server, patience_s: float = 5.0) -> list[str]:
    """Ask a server once which models it serves.

    Raises: ReaderFailed: it does not answer, or not in a way that can be read.
    """
    with _client(server, patience_s) as client:
        answer = _ask(client, "models", None, patience_s)
    models = answer.get("data")
    found = [m.get("id") for m in models if isinstance(m, dict)] if isinstance(models, list) else []
    return [name for name in found if isinstance(name, str) and name]


# ── one request ───────────────────────────────────────────────────────────────────────────────────────


def _client(server: Server, patience_s: float) -> httpx.Client:
    """Nothing but the address that was set is contacted: no redirect, no proxy, no password file is followed."""
    headers = {"Accept-Encoding": "identity"}
    if server.key:
        headers["Authorization"] = f"Bearer {server.key}"
    return httpx.Client(
        base_url=server.url.rstrip("/") + "/",
        headers=headers,
        timeout=httpx.Timeout(patience_s, connect=min(5.0, patience_s)),
        follow_redirects=False,
        trust_env=False,
        verify=ssl.create_default_context(),
    )


def _ask(client: httpx.Client, path: str, body: object, patience_s: float) -> dict[str, Any]:
    late = time.monotonic() + patience_s
    try:
        with client.stream("POST" if body else "GET", path, json=body) as answer:
            _check_status(answer)
            data = b"".join(_bounded(answer, late))
    except httpx.TimeoutException as slow:
        raise _Passing(f"The model server took too long; {_PERSON}.") from slow
    except httpx.TransportError as away:
        raise _Passing(f"The model server does not answer; {_PERSON}.") from away
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as broken:
        raise ServerFailed(f"The model server's answer is broken; {_PERSON}.") from broken
    if not isinstance(found, dict):
        raise ServerFailed(f"The model server's answer is broken; {_PERSON}.")
    return found


def _check_status(answer: httpx.Response) -> None:
    code = answer.status_code
    if code in _PASSING:
        raise _Passing(f"The model server is busy or broken (HTTP {code}); {_PERSON}.", _retry_after(answer))
    if answer.is_redirect:
        raise Refused(f"The model server sends us elsewhere, and Firstread does not follow; {_PERSON}.")
    if code in {401, 403}:
        raise Refused("The model server refuses our key; set FIRSTREAD_MODEL_KEY to the one it was given.")
    if code != httpx.codes.OK:
        raise Refused(f"The model server refuses this request (HTTP {code}): does it take images? {_PERSON}.")


def _retry_after(answer: httpx.Response) -> float:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdecimal() else 0.0


def _bounded(answer: httpx.Response, late: float) -> Iterator[bytes]:
    """Take the answer as it comes, up to a size and an hour: a server may drip or never end."""
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise ServerFailed(f"The model server's answer is packed, which was not asked for; {_PERSON}.")
    size = 0
    for piece in answer.iter_raw():
        size += len(piece)
        if size > LARGEST_ANSWER:
            raise ServerFailed(f"The model server's answer is far too long; {_PERSON}.")
        if time.monotonic() > late:
            raise _Passing(f"The model server took too long; {_PERSON}.")
        yield piece


# ── the answer ────────────────────────────────────────────────────────────────────────────────────────


def _first_choice(answer: dict[str, Any]) -> dict[str, Any]:
    choices = answer.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise ServerFailed(f"The model server's answer is broken; {_PERSON}.")
    return choices[0]


def _text(choice: dict[str, Any]) -> str:
    message = choice.get("message")
    said = message.get("content") if isinstance(message, dict) else None
    return said if isinstance(said, str) else ""


def _yes_over_no(choice: dict[str, Any]) -> float:
    """Sum what the server tells of the first word: every spelling of yes against every spelling of no.

    A word that is not among those told is at most as likely as the least likely of them, and is taken for that.
    """
    told = dict[str, list[float]]()
    for token, value in _top_words(choice):
        told.setdefault(token.strip("\u2581\u0120 \n").lower(), []).append(value)
    yes, no = told.get("yes", []), told.get("no", [])
    if not yes and not no:
        raise Refused(f"The model answers neither yes nor no; {_PERSON}.")
    least = min(value for values in told.values() for value in values)
    return _summed(yes or [least]) - _summed(no or [least])


def _top_words(choice: dict[str, Any]) -> list[tuple[str, float]]:
    try:
        words = choice["logprobs"]["content"][0]["top_logprobs"]
        found = [(str(word["token"]), float(word["logprob"])) for word in words]
    except (KeyError, IndexError, TypeError, ValueError) as silent:
        raise Refused(
            f"The model server gives no log probabilities; start it so that it does. Until then {_PERSON}."
        ) from silent
    return [(token, value) for token, value in found if math.isfinite(value)]


def _summed(values: list[float]) -> float:
    most = max(values)
    return most + math.log(sum(math.exp(value - most) for value in values))


def _data_url(film: Image) -> str:
    """The pixels alone, as a PNG that carries nothing else."""
    out = BytesIO()
    film.save(out, "PNG")
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"
