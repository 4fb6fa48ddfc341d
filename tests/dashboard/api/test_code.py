import re
from hashlib import sha256
from pathlib import Path

import pytest

from dashboard.api.code import VIEWER
from tests.dashboard.api.conftest import As

BUILT = Path(VIEWER).parent
ADDRESS = re.search(r'"(/code/viewer/\w+\.js)"', (BUILT / "viewer.js").read_text("utf-8"))[1]


def test_the_small_file_names_the_large_one_by_its_content():
    assert f"/code/viewer/{sha256(VIEWER.read_bytes()).hexdigest()[:16]}.js" == ADDRESS


def test_the_viewer_comes_compressed_and_may_be_kept_for_ever(signed_in: As):
    answer = signed_in().get(ADDRESS, headers={"accept-encoding": "gzip"})
    assert (answer.status_code, answer.content) == (200, VIEWER.read_bytes())
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert int(answer.headers["content-length"]) < 1_200_000


def test_a_browser_that_cannot_unpack_gets_it_plain(signed_in: As):
    answer = signed_in().get(ADDRESS, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in answer.headers
    assert answer.content == VIEWER.read_bytes()


@pytest.mark.parametrize("name", ["0" * 16, "..%2Fsettings", "x"])
def test_another_version_is_not_there(signed_in: As, name: str):
    answer = signed_in().get(f"/code/viewer/{name}.js")
    assert answer.status_code == 404
    assert not answer.headers["content-type"].startswith("text/javascript")
