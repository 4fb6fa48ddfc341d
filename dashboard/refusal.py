"""How the gate says no: JSON to programs, one calm sentence to people."""

from html import escape
from http import HTTPStatus

from starlette.responses import HTMLResponse, JSONResponse, Response

from dashboard.headers import under

MACHINES = ("/api", "/_stcore", "/media", "/component")
"""Below these, programs ask, not people."""
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Firstread</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body {{ font: 17px/1.5 system-ui, sans-serif; margin: 15vh auto; max-width: 28rem; padding: 0 1rem }}</style>
<h1>Firstread</h1><p>{sentence}</p><p><a href="/">To the start</a></p></html>"""


def refusal(path: str, status: HTTPStatus, sentence: str) -> Response:
    """An answer that refuses, in the form its reader understands."""
    if under(path, *MACHINES):
        return JSONResponse({"error": sentence}, status)
    return HTMLResponse(_PAGE.format(sentence=escape(sentence)), status)
