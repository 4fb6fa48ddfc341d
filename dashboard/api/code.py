"""The browser's own code where it is large: compressed once, kept by browsers, under an address of its content."""

import gzip
from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.api.errors import NotHere

VIEWER = Path(__file__).parents[1] / "widgets/viewer/built/whole.js"


async def viewer(request: Request) -> Response:
    """The viewer; it ships with us and says nothing of anybody."""
    name, packed = await run_in_threadpool(_packed)
    if request.path_params["name"] != name:
        raise NotHere("There is no such version of the viewer; reload the page.")
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(gzip.decompress(packed), media_type="text/javascript", headers=_KEPT)
    return Response(packed, media_type="text/javascript", headers={**_KEPT, "content-encoding": "gzip"})


_KEPT = {"cache-control": "public, max-age=31536000, immutable", "vary": "Accept-Encoding"}


@cache
def _packed() -> tuple[str, bytes]:
    code = VIEWER.read_bytes()
    return sha256(code).hexdigest()[:16], gzip.compress(code, 9, mtime=0)


def routes() -> list[Route]:
    return [Route("/code/viewer/{name}.js", viewer)]
