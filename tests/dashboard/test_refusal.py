import json
from http import HTTPStatus

import pytest

from dashboard.refusal import refusal


@pytest.mark.parametrize("path", ["/api", "/api/x", "/_stcore/metrics", "/media/a.png", "/component/x"])
def test_programs_hear_json(path: str):
    answer = refusal(path, HTTPStatus.FORBIDDEN, "No.")
    assert (answer.status_code, json.loads(answer.body)) == (403, {"error": "No."})


@pytest.mark.parametrize("path", ["/", "/apiary", "/auth/login", "/p/token"])
def test_people_read_a_sentence(path: str):
    answer = refusal(path, HTTPStatus.TOO_MANY_REQUESTS, "Wait <a minute>.")
    assert answer.media_type == "text/html"
    assert b"<p>Wait &lt;a minute&gt;.</p>" in answer.body
