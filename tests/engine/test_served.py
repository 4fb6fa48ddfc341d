"""Against a real HTTP server on this machine that answers, drips, breaks, refuses, sends us away and comes back."""

import base64
import json
import math
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from engine.general import GeneralReader
from engine.model.calibration import Calibration
from engine.model.config import HEAD
from engine.served import LARGEST_ANSWER, Refused, ServedRespondent, Server, ServerFailed, names
from tests.builders import NOW, a_study, vitals
from tests.engine.test_reader import a_permit, a_png, the_film
from triage.errors import ReaderFailed
from triage.reading import Draft, Style


def spoken(top, text="There is a pleural effusion."):
    words = [{"token": token, "logprob": math.log(p)} for token, p in top.items()]
    return {
        "choices": [
            {"message": {"content": text}, "logprobs": {"content": [{"token": "x", "top_logprobs": words}]}}
        ]
    }


class Desk(ThreadingHTTPServer):
    """Hands out what it was told to, keeps what it was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Clerk)
        self.answers, self.asked, self.usual = [], [], (200, {}, spoken({"Yes": 0.6, " yes": 0.2, "No": 0.1}))

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/v1"


class Clerk(BaseHTTPRequestHandler):
    def do_GET(self):
        self.reply(200, {}, {"data": [{"id": "reader-7b"}, {"id": 5}, "x"]})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append((self.path, dict(self.headers), body))
        answer = self.server.answers.pop(0) if self.server.answers else self.server.usual
        if callable(answer):
            answer(self)
        else:
            self.reply(*answer)

    def reply(self, status, headers, body):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": len(data), **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@pytest.fixture
def desk():
    server = Desk()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def a_respondent(desk, **changes):
    options = {"patience_s": 5.0, "pause_s": 0.01, "rest_s": 60.0} | changes
    return ServedRespondent(Server(desk.url, "reader-7b", "s3cret"), **options)


def a_film(seed=0):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 255, (40, 30), np.uint8))


def ask(respondent, questions=("Is there mass?",)):
    return respondent.yes_over_no(a_film(), "A chest radiograph.", questions)


# ── asked and answered ────────────────────────────────────────────────────────────────────────────────


def test_every_spelling_of_yes_is_summed_against_every_spelling_of_no(desk):
    assert ask(a_respondent(desk)) == pytest.approx([math.log(0.8 / 0.1)])


@pytest.mark.parametrize(
    ("top", "score"),
    [({"Yes": 0.9, "the": 0.01}, math.log(0.9 / 0.01)), ({"▁no": 0.5, "Maybe": 0.1}, math.log(0.1 / 0.5))],
)
def test_a_word_that_is_not_told_is_taken_for_the_least_likely_one(desk, top, score):
    desk.usual = (200, {}, spoken(top))
    assert ask(a_respondent(desk)) == pytest.approx([score])


def test_the_film_goes_first_as_a_plain_png_with_the_key_and_the_name(desk):
    respondent = a_respondent(desk)
    ask(respondent, ("Is there mass?", "Is there effusion?"))

    path, headers, body = desk.asked[0]
    picture, words = body["messages"][0]["content"]
    with Image.open(BytesIO(base64.b64decode(picture["image_url"]["url"].split(",")[1]))) as shown:
        assert np.array_equal(np.asarray(shown), np.asarray(a_film()))
        assert shown.info == {}
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == "Bearer s3cret"
    assert words["text"] == "A chest radiograph.\nIs there mass?"
    assert (body["model"], body["max_tokens"], body["temperature"]) == ("reader-7b", 1, 0)
    assert body["logprobs"] is True
    assert [b["messages"][0]["content"][0] == picture for _, _, b in desk.asked] == [True, True]
    assert "s3cret" not in repr(respondent._server)


def test_it_writes_with_and_without_a_film(desk):
    respondent = a_respondent(desk)

    assert respondent.write(a_film(), ["one", "two"], 40) == ["There is a pleural effusion."] * 2
    assert respondent.write(None, ["three"], 40) == ["There is a pleural effusion."]
    assert [len(body["messages"][0]["content"]) for _, _, body in desk.asked] == [2, 2, 1]
    assert desk.asked[0][2]["max_tokens"] == 40


def test_a_whole_reading_carries_no_name_number_or_date(desk):
    believed = Calibration(curves=dict.fromkeys(HEAD, (1.0, 0.0)))
    reader = GeneralReader(a_respondent(desk), believed, admit=lambda *_: None, now=lambda: NOW)
    study = a_study()

    reading, _ = reader.read(study, vitals(), a_png(), "image/png", a_permit())
    drafts = dict(reader.drafts(study, vitals(), reading, the_film, a_permit()))

    assert reading.probability("mass") == pytest.approx(0.5)  # a grey film gets the same answer here
    assert reading.model.id == f"reader-7b at 127.0.0.1:{desk.server_port}"
    assert all(isinstance(drafts[style], Draft) for style in Style)
    sent = json.dumps([body for _, _, body in desk.asked])
    patient = study.patient
    for secret in (patient.name, patient.patient_id.value, study.accession_number, study.study_uid):
        assert secret
        assert secret not in sent
    assert str(study.studied_at.year) not in sent


def test_a_server_says_what_it_serves(desk):
    assert names(Server(desk.url, "")) == ["reader-7b"]


# ── trouble that passes ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("code", [429, 500, 503])
def test_trouble_that_passes_is_asked_again(desk, code):
    desk.answers = [(code, {}, b"no"), (code, {}, b"no")]

    assert len(ask(a_respondent(desk))) == 1
    assert len(desk.asked) == 3


def test_the_pause_a_server_asks_for_is_kept(desk):
    desk.answers = [(429, {"Retry-After": "1"}, b"no")]
    began_at = time.monotonic()

    ask(a_respondent(desk))

    assert time.monotonic() - began_at >= 1.0


def test_after_three_tries_a_person_reads(desk):
    desk.usual = (500, {}, b"no")

    with pytest.raises(ServerFailed, match=r"HTTP 500.*a person will read"):
        ask(a_respondent(desk))
    assert len(desk.asked) == 3


def silent(_clerk):
    time.sleep(0.6)


def dripping(clerk):
    clerk.send_response(200)
    clerk.end_headers()
    for _ in range(40):
        clerk.wfile.write(b" ")
        clerk.wfile.flush()
        time.sleep(0.02)


@pytest.mark.parametrize("slow", [silent, dripping])
def test_a_slow_server_is_not_waited_for(desk, slow):
    desk.usual = slow
    began_at = time.monotonic()

    with pytest.raises(ReaderFailed, match="too long"):
        ask(a_respondent(desk, patience_s=0.2))
    assert time.monotonic() - began_at < 2.0


def test_a_server_that_is_not_there_is_a_sentence():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    respondent = ServedRespondent(Server(url, "x"), patience_s=1.0, pause_s=0.01)

    with pytest.raises(ServerFailed, match=r"does not answer; a person will read"):
        ask(respondent)


# ── trouble that stays ────────────────────────────────────────────────────────────────────────────────

BROKEN = {
    "no JSON": b"<html>oops</html>",
    "half of it": b'{"choices": [',
    "a list": b"[]",
    "no choices": {"choices": []},
    "choices of nothing": {"choices": [None]},
    "deep": b"[" * 100_000,
    "endless": b" " * (LARGEST_ANSWER + 1),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_answer_is_a_sentence_and_asked_once(desk, what):
    desk.usual = (200, {}, BROKEN[what])

    with pytest.raises(ServerFailed, match="a person will read"):
        ask(a_respondent(desk))
    assert len(desk.asked) == 1


def test_an_answer_that_is_packed_is_not_unpacked(desk):
    desk.usual = (200, {"Content-Encoding": "gzip"}, b"\x1f\x8b")

    with pytest.raises(ServerFailed, match="packed"):
        ask(a_respondent(desk))
    assert desk.asked[0][1]["Accept-Encoding"] == "identity"


SILENT = {
    "none": {"choices": [{"message": {"content": "Yes"}}]},
    "null": {"choices": [{"message": {"content": "Yes"}, "logprobs": None}]},
    "empty": {"choices": [{"logprobs": {"content": []}}]},
    "words for numbers": {
        "choices": [{"logprobs": {"content": [{"top_logprobs": [{"token": "Yes", "logprob": "much"}]}]}}]
    },
}


@pytest.mark.parametrize("what", SILENT)
def test_a_server_without_log_probabilities_is_told_apart(desk, what):
    desk.usual = (200, {}, SILENT[what])

    with pytest.raises(Refused, match="no log probabilities"):
        ask(a_respondent(desk))


@pytest.mark.parametrize("top", [{"Maybe": 0.9}, {}])
def test_neither_yes_nor_no_is_no_answer(desk, top):
    desk.usual = (200, {}, spoken(top))

    with pytest.raises(Refused, match="neither yes nor no"):
        ask(a_respondent(desk))


@pytest.mark.parametrize(("code", "says"), [(400, "does it take images"), (401, "FIRSTREAD_MODEL_KEY")])
def test_a_refusal_is_asked_once_and_does_not_open_the_breaker(desk, code, says):
    desk.usual = (code, {}, b"images are not supported")
    respondent = a_respondent(desk)

    for _ in range(5):
        with pytest.raises(Refused, match=says):
            ask(respondent)
    assert len(desk.asked) == 5


def test_a_redirect_is_not_followed(desk):
    other = Desk()
    try:
        desk.usual = (307, {"Location": f"{other.url}/chat/completions"}, b"")
        with pytest.raises(Refused, match="elsewhere"):
            ask(a_respondent(desk))
        assert other.asked == []
    finally:
        other.server_close()


def test_no_proxy_of_the_environment_sees_a_film(desk, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    assert len(ask(a_respondent(desk))) == 1


# ── the breaker ───────────────────────────────────────────────────────────────────────────────────────


def test_the_breaker_opens_spares_the_server_and_closes_again(desk):
    desk.usual = (500, {}, b"no")
    respondent = a_respondent(desk, rest_s=0.3)
    for _ in range(3):
        with pytest.raises(ServerFailed, match="HTTP 500"):
            ask(respondent)
    tried = len(desk.asked)

    with pytest.raises(ServerFailed, match="left alone"):
        ask(respondent)
    assert len(desk.asked) == tried == 9

    desk.usual = (200, {}, spoken({"Yes": 0.5, "No": 0.5}))
    time.sleep(0.35)
    assert ask(respondent) == pytest.approx([0.0])
    assert ask(respondent) == pytest.approx([0.0])
